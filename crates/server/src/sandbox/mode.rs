//! The setting `PLENARIA_SANDBOX`.

use anyhow::bail;

/// Which database a sandbox uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SandboxMode {
    /// SQLite, made anew at each start.
    Fresh,
    /// SQLite, as the last sandbox left it.
    Kept,
    /// PostgreSQL, in a database that is a sandbox's alone. It is not made anew.
    Postgres,
}

impl SandboxMode {
    /// Parses the setting; `None`: the server is no sandbox.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Option<Self>> {
        match text {
            "false" | "" => Ok(None),
            "true" => Ok(Some(Self::Fresh)),
            "keep" => Ok(Some(Self::Kept)),
            "postgresql" => Ok(Some(Self::Postgres)),
            _ => bail!("PLENARIA_SANDBOX must be “true”, “keep”, “postgresql” or “false”, and is “{text}”."),
        }
    }

    /// Checks the setting against others.
    ///
    /// # Errors
    /// Examples and known secrets would get into a database, or mail to people, without being asked for.
    pub(crate) fn check(self, has_database_url: bool, has_mail_server: bool) -> anyhow::Result<()> {
        if has_database_url && self != Self::Postgres {
            bail!(
                "PLENARIA_SANDBOX fills its database with examples and with clients whose secrets are known, and DATABASE_URL \
                 is set: unset it to use SQLite, or set PLENARIA_SANDBOX=postgresql if that database is for the sandbox alone."
            );
        }
        if !has_database_url && self == Self::Postgres {
            bail!("PLENARIA_SANDBOX=postgresql needs DATABASE_URL; PLENARIA_SANDBOX=true uses SQLite.");
        }
        if has_mail_server {
            bail!("PLENARIA_SANDBOX sends no mail, which is read at /sandbox/mail: unset PLENARIA_SMTP_URL.");
        }
        Ok(())
    }
}
