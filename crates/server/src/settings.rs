//! Settings, checked. A wrong value stops the start with one clear sentence.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;
use plenaria_delivery::mail::letter::{Links, Signer};
use plenaria_delivery::mail::{self, Destination, MailServer, Mailbox};
use plenaria_domain::time::Clock;
use plenaria_domain::webhook::Reach;
use plenaria_http::cors::Origins;
use plenaria_http::keys::{MasterSecret, Secrets};
use plenaria_http::rate_limit::Quotas;
use plenaria_http::tokens::{ConfirmationTokens, ManageTokens};
use plenaria_persistence::store::DatabaseUrl;

use crate::cli::RawSettings;
use crate::{Failure, embedded};

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Pretty,
    Json,
}

/// Settings that can be worked with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Where traces are sent, without a slash at the end.
    pub(crate) collector: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) public_url: Option<String>,
    pub(crate) privacy_notice: String,
    pub(crate) rate_limits: Option<Quotas>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) origins: Origins,
    pub(crate) webhook_reach: Reach,
    pub(crate) changes_kept: TimeDelta,
    pub(crate) retention: Option<TimeDelta>,
    pub(crate) drain: Duration,
    pub(crate) cache_bytes: usize,
    pub(crate) reminders: Vec<u32>,
    pub(crate) manage_url: Option<String>,
    mail_from: Option<Mailbox>,
    pub(crate) smtp: Option<MailServer>,
    smtp_ca: Option<PathBuf>,
    database_url: Option<String>,
    /// The replica's, if there is one.
    pub(crate) database_read_url: Option<String>,
    pub(crate) secret_key: Option<String>,
    secret_key_previous: Option<String>,
}

impl Settings {
    /// Checks everything that can be checked without touching anything.
    pub(crate) fn check(raw: RawSettings) -> Result<Self, Failure> {
        let given = |value: Option<String>| value.filter(|v| !v.is_empty());
        let settings = Self {
            listen: listen("PLENARIA_LISTEN", &raw.listen, "127.0.0.1:8080")?,
            metrics_listen: given(raw.metrics_listen).map(|text| metrics_listen(&text)).transpose()?,
            collector: given(raw.otlp_endpoint).map(|url| collector(&url)).transpose()?,
            data_dir: raw.data_dir,
            public_url: given(raw.public_url).map(|url| public_url(&url)).transpose()?,
            privacy_notice: privacy_notice(raw.privacy_notice)?,
            rate_limits: rate_limits(&raw.rate_limits)?,
            trusted_proxies: trusted_proxies(&raw.trusted_proxies)?,
            origins: origins(&raw.cors_origins)?,
            webhook_reach: webhook_reach(&raw.webhooks_allow_private)?,
            changes_kept: changes_kept(&raw.changes_kept_days)?,
            retention: retention(&raw.retention_days)?,
            drain: drain(&raw.drain_seconds)?,
            cache_bytes: cache_bytes(&raw.cache_mib)?,
            reminders: reminders(&raw.reminders)?,
            manage_url: given(raw.manage_url).map(|url| manage_url(&url)).transpose()?,
            mail_from: given(raw.mail_from).map(|from| mail_from(&from)).transpose()?,
            smtp: given(raw.smtp_url).map(|url| smtp(&url)).transpose()?,
            smtp_ca: raw.smtp_ca.filter(|file| !file.as_os_str().is_empty()),
            database_url: given(raw.database_url).map(database_url).transpose()?,
            database_read_url: given(raw.database_read_url).map(database_read_url).transpose()?,
            secret_key: given(raw.secret_key),
            secret_key_previous: given(raw.secret_key_previous),
        };
        if settings.smtp.is_some() && settings.mail_from.is_none() {
            return Err(
                "PLENARIA_MAIL_FROM is needed with PLENARIA_SMTP_URL: the address that mail comes from.".to_owned()
            );
        }
        if settings.database_read_url.is_some() && settings.is_embedded() {
            return Err(
                "PLENARIA_DATABASE_READ_URL is a PostgreSQL's replica, and needs DATABASE_URL, its primary; SQLite \
                        has none."
                    .to_owned(),
            );
        }
        for (name, value) in [
            ("PLENARIA_SECRET_KEY", &settings.secret_key),
            ("PLENARIA_SECRET_KEY_PREVIOUS", &settings.secret_key_previous),
        ] {
            value.as_deref().map(|v| secret(name, v)).transpose()?;
        }
        Ok(settings)
    }

    /// Whether this is embedded mode: SQLite in the data directory.
    pub(crate) const fn is_embedded(&self) -> bool {
        self.database_url.is_none()
    }

    /// The database; in embedded mode its directory is made if it is missing.
    pub(crate) fn database(&self) -> Result<DatabaseUrl, Failure> {
        if let Some(url) = &self.database_url {
            Ok(DatabaseUrl::Postgres(url.clone()))
        } else {
            embedded::make_directory(&self.data_dir)?;
            Ok(DatabaseUrl::Sqlite(self.data_dir.join("plenaria.db")))
        }
    }

    /// Who sends mail.
    pub(crate) fn sender(&self) -> Result<Mailbox, Failure> {
        self.mail_from.clone().map_or_else(|| mail_from("Plenaria <no-reply@localhost>"), Ok)
    }

    /// What links in mails lead to.
    pub(crate) fn links(&self, public_url: &str, manage_token: Signer, confirmation_token: Signer) -> Links {
        let (public_url, manage_url) = (public_url.to_owned(), self.manage_url.clone());
        Links { public_url, manage_url, manage_token, confirmation_token }
    }

    /// What sending mail needs, for an API that callers find at this address.
    pub(crate) fn mail(&self, public_url: &str, clock: Clock) -> Result<mail::Settings, Failure> {
        let secrets = self.secrets()?;
        let (manage, confirmation) = (ManageTokens::new(&secrets), ConfirmationTokens::new(&secrets));
        let manage: Signer = Arc::new(move |id, event_ends_at| manage.sign(id, event_ends_at).ok());
        let confirmation: Signer = Arc::new(move |id, asked_at| confirmation.sign(id, asked_at).ok());
        Ok(mail::Settings {
            from: self.sender()?,
            links: self.links(public_url, manage, confirmation),
            destination: self.mail_destination()?,
            reminders: self.reminders.clone(),
            kept: self.changes_kept,
            clock,
            timeout: mail::Settings::TIMEOUT,
            poll: mail::Settings::POLL,
        })
    }

    /// Where mail goes: to the server, or into the data directory.
    fn mail_destination(&self) -> Result<Destination, Failure> {
        let Some(server) = self.smtp.clone() else { return Ok(Destination::Directory(self.data_dir.join("mail"))) };
        let Some(file) = &self.smtp_ca else { return Ok(Destination::Smtp(server)) };
        let failure = |error: &dyn std::fmt::Display| format!("PLENARIA_SMTP_CA, {}: {error}.", file.display());
        let authority = std::fs::read(file).map_err(|error| failure(&error))?;
        server.trusting(&authority).map(Destination::Smtp).map_err(|error| failure(&error))
    }

    /// The secrets: given, or in embedded mode generated once and kept.
    pub(crate) fn secrets(&self) -> Result<Secrets, Failure> {
        let current = match &self.secret_key {
            Some(text) => secret("PLENARIA_SECRET_KEY", text)?,
            None if self.is_embedded() => embedded::secret(&self.data_dir)?,
            None => {
                return Err("PLENARIA_SECRET_KEY is needed with PostgreSQL, the same for all instances: 32 bytes in \
                            base64. `openssl rand -base64 32` makes one."
                    .to_owned());
            }
        };
        let previous = self.secret_key_previous.as_deref().map(|v| secret("PLENARIA_SECRET_KEY_PREVIOUS", v));
        Ok(Secrets { current, previous: previous.transpose()? })
    }
}

/// How to log, from its two settings.
pub(crate) fn log_format(text: &str) -> Result<LogFormat, Failure> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("PLENARIA_LOG_FORMAT must be “pretty” or “json”, and is “{text}”.")),
    }
}

/// Where to listen, as a setting says.
pub(crate) fn listen(name: &str, text: &str, example: &str) -> Result<SocketAddr, Failure> {
    let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| format!("{name} must be an address and a port like {example}, and is “{text}”."))
}

fn metrics_listen(text: &str) -> Result<SocketAddr, Failure> {
    listen("PLENARIA_METRICS_LISTEN", text, "127.0.0.1:9464")
}

fn collector(text: &str) -> Result<String, Failure> {
    let good = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.fragment().is_none()
    });
    if good {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("OTEL_EXPORTER_OTLP_ENDPOINT must be an address like http://collector.example.org:4318.".to_owned())
}

fn public_url(text: &str) -> Result<String, Failure> {
    let good = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.fragment().is_none()
    });
    if good {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("PLENARIA_PUBLIC_URL must be an address like https://api.example.org, and is “{text}”."))
}

fn privacy_notice(text: String) -> Result<String, Failure> {
    let good = !text.is_empty() && text.chars().count() <= 100 && !text.contains(char::is_control);
    if good { Ok(text) } else { Err("PLENARIA_PRIVACY_NOTICE must be a text of 1 to 100 characters.".to_owned()) }
}

/// `on`, `off`, or figures: `reads=600,registrations=60,clients=3000`.
fn rate_limits(text: &str) -> Result<Option<Quotas>, Failure> {
    let wrong = || {
        format!(
            "PLENARIA_RATE_LIMITS must be “on”, “off”, or requests a minute like “reads=600,registrations=60,clients=3000”, \
             each from 1 to 1000000, and is “{text}”."
        )
    };
    match text {
        "on" => return Ok(Some(Quotas::default())),
        "off" => return Ok(None),
        _ => {}
    }
    let mut quotas = Quotas::default();
    for part in text.split(',') {
        let (name, figure) = part.split_once('=').ok_or_else(wrong)?;
        let figure = figure.trim().parse().ok().filter(|f| (1..=1_000_000).contains(f)).ok_or_else(wrong)?;
        match name.trim() {
            "reads" => quotas.reads = figure,
            "registrations" => quotas.registrations = figure,
            "clients" => quotas.clients = figure,
            _ => return Err(wrong()),
        }
    }
    Ok(Some(quotas))
}

/// Addresses and networks, with commas between them.
fn trusted_proxies(text: &str) -> Result<Vec<IpNet>, Failure> {
    let net = |part: &str| part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            net(part).map_err(|_| {
                format!("PLENARIA_TRUSTED_PROXIES must list addresses or networks like 10.0.0.0/8, and has “{part}”.")
            })
        })
        .collect()
}

/// `*`, or origins with commas between them.
fn origins(text: &str) -> Result<Origins, Failure> {
    if text.trim() == "*" {
        return Ok(Origins::Any);
    }
    let origin = |part: &str| {
        let url = url::Url::parse(part).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.map(|url| url.origin().ascii_serialization());
        origin.filter(|origin| origin == part).ok_or_else(|| {
            format!("PLENARIA_CORS_ORIGINS must be “*” or list origins like https://www.example.org, and has “{part}”.")
        })
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Ok(Origins::Only(parts.map(origin).collect::<Result<_, _>>()?))
}

fn webhook_reach(text: &str) -> Result<Reach, Failure> {
    match text {
        "true" => Ok(Reach::Anywhere),
        "false" | "" => Ok(Reach::Public),
        _ => Err(format!("PLENARIA_WEBHOOKS_ALLOW_PRIVATE must be “true” or “false”, and is “{text}”.")),
    }
}

/// How many bytes of rendered answers may be kept.
fn cache_bytes(text: &str) -> Result<usize, Failure> {
    let mib = text.parse::<usize>().ok().filter(|mib| (1..=65_536).contains(mib));
    mib.map(|mib| mib * 1024 * 1024)
        .ok_or_else(|| format!("PLENARIA_CACHE_MIB must be a number of MiB from 1 to 65536, and is “{text}”."))
}

/// Callers are promised 30 days.
fn changes_kept(text: &str) -> Result<TimeDelta, Failure> {
    let days = text.parse().ok().filter(|days| (30..=36_500).contains(days));
    days.map(TimeDelta::days).ok_or_else(|| {
        format!("PLENARIA_CHANGES_KEPT_DAYS must be a number of days from 30 to 36500, and is “{text}”.")
    })
}

/// `off`, or how many days after the end of an event whose definition says nothing of it.
fn retention(text: &str) -> Result<Option<TimeDelta>, Failure> {
    if text == "off" {
        return Ok(None);
    }
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.map(|days| Some(TimeDelta::days(days))).ok_or_else(|| {
        format!("PLENARIA_RETENTION_DAYS must be “off” or a number of days from 1 to 36500, and is “{text}”.")
    })
}

/// A minute at most: whoever stops a program does not wait longer before killing it.
fn drain(text: &str) -> Result<Duration, Failure> {
    let seconds = text.parse().ok().filter(|seconds| *seconds <= 60);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| format!("PLENARIA_DRAIN_SECONDS must be a number of seconds from 0 to 60, and is “{text}”."))
}

/// Times before the start like `1d,1h`, or `off`; in minutes.
fn reminders(text: &str) -> Result<Vec<u32>, Failure> {
    if text == "off" {
        return Ok(Vec::new());
    }
    let minutes = |part: &str| {
        let (figure, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let unit = [("d", 1440), ("h", 60), ("m", 1)].into_iter().find(|(name, _)| *name == unit)?.1;
        figure.parse::<u32>().ok()?.checked_mul(unit).filter(|minutes| (1..=43_200).contains(minutes))
    };
    let all: Option<Vec<u32>> = text.split(',').map(|part| minutes(part.trim())).collect();
    all.filter(|all| all.len() <= 10).ok_or_else(|| {
        format!(
            "PLENARIA_REMINDERS must be “off”, or at most 10 times up to 30 days like “1d,1h,15m”, and is “{text}”."
        )
    })
}

fn manage_url(text: &str) -> Result<String, Failure> {
    let good = url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none());
    if good && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "PLENARIA_MANAGE_URL must be an address without # like https://www.example.org/my-registration, and is “{text}”."
    ))
}

fn mail_from(text: &str) -> Result<Mailbox, Failure> {
    let good = text.parse().ok().filter(|_| !text.contains(char::is_control));
    good.ok_or_else(|| format!("PLENARIA_MAIL_FROM must be an address, or a name and one like “Metropolis <events@example.org>”, and is “{text}”."))
}

/// The URL itself is never shown: it may hold a password.
fn smtp(url: &str) -> Result<MailServer, Failure> {
    MailServer::new(url)
        .map_err(|error| format!("PLENARIA_SMTP_URL: {error}, like smtps://user:password@mail.example.org."))
}

/// The URL itself is never shown: it may hold a password.
fn database_url(text: String) -> Result<String, Failure> {
    if is_postgres(&text) {
        return Ok(text);
    }
    Err("DATABASE_URL must begin with postgres://; leave it out for SQLite in the data directory.".to_owned())
}

fn database_read_url(text: String) -> Result<String, Failure> {
    if is_postgres(&text) {
        return Ok(text);
    }
    Err("PLENARIA_DATABASE_READ_URL must begin with postgres://; leave it out where there is no replica.".to_owned())
}

fn is_postgres(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"))
}

fn secret(name: &str, text: &str) -> Result<MasterSecret, Failure> {
    MasterSecret::parse(text).map_err(|error| format!("{name}: {error}."))
}

#[cfg(test)]
mod tests;
