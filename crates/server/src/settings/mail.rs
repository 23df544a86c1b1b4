//! Parses the settings of mail.

use anyhow::{anyhow, bail};
use plenaria_delivery::mail::Mailbox;
use plenaria_delivery::mail::transport::smtp_server::MailServer;

/// Parses times before the start like `1d,1h`, or `off`; returns minutes.
pub(super) fn reminders(text: &str) -> anyhow::Result<Vec<u32>> {
    if text == "off" {
        return Ok(Vec::new());
    }
    let minutes = |part: &str| {
        let (number, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let unit = [("d", 1440), ("h", 60), ("m", 1)].into_iter().find(|(name, _)| *name == unit)?.1;
        number.parse::<u32>().ok()?.checked_mul(unit).filter(|minutes| (1..=43_200).contains(minutes))
    };
    let all: Option<Vec<u32>> = text.split(',').map(|part| minutes(part.trim())).collect();
    all.filter(|all| all.len() <= 10).ok_or_else(|| {
        anyhow!(
            "PLENARIA_REMINDERS must be “off”, or at most 10 times up to 30 days like “1d,1h,15m”, and is “{text}”."
        )
    })
}

/// Parses the address of a page of a front end.
pub(super) fn manage_url(text: &str) -> anyhow::Result<String> {
    let valid = url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none());
    if valid && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(text.to_owned());
    }
    bail!(
        "PLENARIA_MANAGE_URL must be an address without # like https://www.example.org/my-registration, and is “{text}”."
    );
}

/// Parses the sender's address, with or without a name.
pub(crate) fn mail_from(text: &str) -> anyhow::Result<Mailbox> {
    let mailbox = text.parse().ok().filter(|_| !text.contains(char::is_control));
    mailbox.ok_or_else(|| anyhow!("PLENARIA_MAIL_FROM must be an address, or a name and one like “Metropolis <events@example.org>”, and is “{text}”."))
}

/// Parses the mail server's URL. Errors do not contain it, since it may contain a password.
pub(super) fn smtp(url: &str) -> anyhow::Result<MailServer> {
    MailServer::new(url)
        .map_err(|error| anyhow!("PLENARIA_SMTP_URL: {error}, like smtps://user:password@mail.example.org."))
}
