//! Parses and checks the settings. A value that is not valid stops the start with one clear sentence.

pub(crate) mod mail;

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use chrono::TimeDelta;
use ipnet::IpNet;
use plenaria_delivery::mail::Mailbox;
use plenaria_delivery::mail::transport::smtp_server::MailServer;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::webhook::{AddressPolicy, is_local};
use plenaria_http::auth::keys::{SecretKey, SecretKeys};
use plenaria_http::limits::rate_limit::Quotas;
use plenaria_http::request::origin::Origins;
use plenaria_persistence::database::url::DatabaseUrl;

use crate::bootstrap;
use crate::cli::RawSettings;
use crate::maintenance::Retention;
use crate::sandbox::mode::SandboxMode;

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Pretty,
    Json,
}

/// The checked settings.
#[derive(Debug)]
pub(crate) struct ServerConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// The collector that traces are sent to, without a trailing slash.
    pub(crate) otlp_endpoint: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) public_url: Option<String>,
    pub(crate) privacy_notice: String,
    pub(crate) rate_limits: Option<Quotas>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) origins: Origins,
    pub(crate) webhook_address_policy: AddressPolicy,
    pub(crate) retention: Retention,
    pub(crate) drain: Duration,
    pub(crate) cache_bytes: usize,
    /// In minutes before the start of an event.
    pub(crate) reminders: Vec<u32>,
    pub(crate) manage_url: Option<String>,
    /// Whether the server has pages for people.
    pub(crate) pages: bool,
    pub(crate) mail_from: Option<Mailbox>,
    pub(crate) smtp: Option<MailServer>,
    pub(crate) smtp_ca: Option<PathBuf>,
    /// `None`: the server is no sandbox.
    pub(crate) sandbox: Option<SandboxMode>,
    database_url: Option<String>,
    /// The replica's URL.
    pub(crate) database_read_url: Option<String>,
    pub(crate) secret_key: Option<String>,
    secret_key_previous: Option<String>,
}

impl ServerConfig {
    /// Checks everything that can be checked without I/O. Empty values count as unset.
    ///
    /// # Errors
    /// The first setting that is not valid, by name.
    pub(crate) fn check(raw: RawSettings) -> anyhow::Result<Self> {
        let non_empty = |value: Option<String>| value.filter(|v| !v.is_empty());
        let sandbox = SandboxMode::parse(&raw.sandbox)?;
        let webhooks = non_empty(raw.webhooks_allow_private).map(|text| webhook_address_policy(&text)).transpose()?;
        let mut config = Self {
            listen: listen("PLENARIA_LISTEN", &raw.listen, "127.0.0.1:8080")?,
            metrics_listen: non_empty(raw.metrics_listen).map(|text| metrics_listen(&text)).transpose()?,
            otlp_endpoint: non_empty(raw.otlp_endpoint).map(|url| otlp_endpoint(&url)).transpose()?,
            data_dir: raw.data_dir,
            public_url: non_empty(raw.public_url).map(|url| public_url(&url)).transpose()?,
            privacy_notice: privacy_notice(raw.privacy_notice)?,
            rate_limits: rate_limits(&raw.rate_limits)?,
            trusted_proxies: trusted_proxies(&raw.trusted_proxies)?,
            origins: origins(&raw.cors_origins)?,
            webhook_address_policy: webhooks.unwrap_or_default(),
            retention: Retention {
                changes: change_retention(&raw.change_retention_days)?,
                personal_data: personal_data_retention(&raw.personal_data_retention_days)?,
                audit: audit_retention(&raw.audit_retention_days)?,
            },
            drain: drain(&raw.drain_seconds)?,
            cache_bytes: cache_bytes(&raw.cache_mib)?,
            reminders: mail::reminders(&raw.reminders)?,
            pages: pages(&raw.pages)?,
            manage_url: non_empty(raw.manage_url).map(|url| mail::manage_url(&url)).transpose()?,
            mail_from: non_empty(raw.mail_from).map(|from| mail::mail_from(&from)).transpose()?,
            smtp: non_empty(raw.smtp_url).map(|url| mail::smtp(&url)).transpose()?,
            smtp_ca: raw.smtp_ca.filter(|file| !file.as_os_str().is_empty()),
            sandbox,
            database_url: non_empty(raw.database_url).map(database_url).transpose()?,
            database_read_url: non_empty(raw.database_read_url).map(database_read_url).transpose()?,
            secret_key: non_empty(raw.secret_key),
            secret_key_previous: non_empty(raw.secret_key_previous),
        };
        if config.smtp.is_some() && config.mail_from.is_none() {
            bail!("PLENARIA_MAIL_FROM is needed with PLENARIA_SMTP_URL: the address that mail comes from.");
        }
        if config.database_read_url.is_some() && config.is_embedded() {
            bail!(
                "PLENARIA_DATABASE_READ_URL is a PostgreSQL's replica, and needs DATABASE_URL, its primary; SQLite has none."
            );
        }
        if let Some(sandbox) = sandbox {
            sandbox.check(!config.is_embedded(), config.smtp.is_some())?;
            config.data_dir = config.data_dir.join("sandbox");
            // Receivers of webhooks run on the developer's machine. On a server, anyone could send requests through them.
            if webhooks.is_none() && config.is_local() {
                config.webhook_address_policy = AddressPolicy::PublicOrLoopback;
            }
        }
        for (name, value) in
            [("PLENARIA_SECRET_KEY", &config.secret_key), ("PLENARIA_SECRET_KEY_PREVIOUS", &config.secret_key_previous)]
        {
            value.as_deref().map(|v| secret_key(name, v)).transpose()?;
        }
        Ok(config)
    }

    /// Whether only this machine reaches the server, as far as the settings show.
    pub(crate) fn is_local(&self) -> bool {
        let is_here =
            |url: &String| url::Url::parse(url).is_ok_and(|url| url.host().is_some_and(|host| is_local(&host)));
        self.listen.ip().is_loopback()
            && self.trusted_proxies.is_empty()
            && self.public_url.as_ref().is_none_or(is_here)
    }

    /// The API's public address: the setting, or without it the address that is listened on.
    pub(crate) fn public_url_or(&self, listening: SocketAddr) -> PublicUrl {
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{listening}"));
        PublicUrl::new(&url, self.pages)
    }

    /// Whether links in mails lead to the API itself, for want of pages and of a front end.
    pub(crate) const fn has_no_page_for_links(&self) -> bool {
        !self.pages && self.manage_url.is_none()
    }

    /// Whether this is embedded mode: SQLite in the data directory.
    pub(crate) const fn is_embedded(&self) -> bool {
        self.database_url.is_none()
    }

    /// The database. In embedded mode its directory is created if it is missing.
    pub(crate) fn database(&self) -> anyhow::Result<DatabaseUrl> {
        if let Some(url) = &self.database_url {
            Ok(DatabaseUrl::Postgres(url.clone()))
        } else {
            bootstrap::create_directory(&self.data_dir)?;
            Ok(DatabaseUrl::Sqlite(self.data_dir.join("plenaria.db")))
        }
    }

    /// The secret keys. In embedded mode, a missing key is generated and stored in the data directory.
    pub(crate) fn secrets(&self) -> anyhow::Result<SecretKeys> {
        let current = match &self.secret_key {
            Some(text) => secret_key("PLENARIA_SECRET_KEY", text)?,
            None if self.is_embedded() => bootstrap::secret_key(&self.data_dir)?,
            None => bail!(
                "PLENARIA_SECRET_KEY is needed with PostgreSQL, the same for all instances: 32 bytes in base64. \
                 `openssl rand -base64 32` makes one."
            ),
        };
        let previous = self.secret_key_previous.as_deref().map(|v| secret_key("PLENARIA_SECRET_KEY_PREVIOUS", v));
        Ok(SecretKeys { current, previous: previous.transpose()? })
    }
}

/// Parses `PLENARIA_LOG_FORMAT`.
pub(crate) fn log_format(text: &str) -> anyhow::Result<LogFormat> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => bail!("PLENARIA_LOG_FORMAT must be “pretty” or “json”, and is “{text}”."),
    }
}

/// Parses an address to listen on.
pub(crate) fn listen(name: &str, text: &str, example: &str) -> anyhow::Result<SocketAddr> {
    let address = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    address.ok_or_else(|| anyhow!("{name} must be an address and a port like {example}, and is “{text}”."))
}

fn metrics_listen(text: &str) -> anyhow::Result<SocketAddr> {
    listen("PLENARIA_METRICS_LISTEN", text, "127.0.0.1:9464")
}

fn otlp_endpoint(text: &str) -> anyhow::Result<String> {
    if is_base_url(text) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    bail!("OTEL_EXPORTER_OTLP_ENDPOINT must be an address like http://collector.example.org:4318.");
}

fn public_url(text: &str) -> anyhow::Result<String> {
    if is_base_url(text) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    bail!("PLENARIA_PUBLIC_URL must be an address like https://api.example.org, and is “{text}”.");
}

fn privacy_notice(text: String) -> anyhow::Result<String> {
    let valid = !text.is_empty() && text.chars().count() <= 100 && !text.contains(char::is_control);
    if valid { Ok(text) } else { bail!("PLENARIA_PRIVACY_NOTICE must be a text of 1 to 100 characters.") }
}

fn pages(text: &str) -> anyhow::Result<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => bail!("PLENARIA_PAGES must be “on” or “off”, and is “{text}”."),
    }
}

/// Parses `on`, `off`, or numbers of requests a minute: `reads=600,registrations=60,clients=3000`.
fn rate_limits(text: &str) -> anyhow::Result<Option<Quotas>> {
    let invalid = || {
        anyhow!(
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
        let (name, number) = part.split_once('=').ok_or_else(invalid)?;
        let number = number.trim().parse().ok().filter(|n| (1..=1_000_000).contains(n)).ok_or_else(invalid)?;
        match name.trim() {
            "reads" => quotas.reads = number,
            "registrations" => quotas.registrations = number,
            "clients" => quotas.clients = number,
            _ => return Err(invalid()),
        }
    }
    Ok(Some(quotas))
}

/// Parses addresses and networks, separated by commas.
fn trusted_proxies(text: &str) -> anyhow::Result<Vec<IpNet>> {
    let net = |part: &str| part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            net(part).map_err(|_| {
                anyhow!("PLENARIA_TRUSTED_PROXIES must list addresses or networks like 10.0.0.0/8, and has “{part}”.")
            })
        })
        .collect()
}

/// Parses `*`, or origins separated by commas.
fn origins(text: &str) -> anyhow::Result<Origins> {
    if text.trim() == "*" {
        return Ok(Origins::Any);
    }
    let origin = |part: &str| {
        let url = url::Url::parse(part).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.map(|url| url.origin().ascii_serialization());
        origin.filter(|origin| origin == part).ok_or_else(|| {
            anyhow!("PLENARIA_CORS_ORIGINS must be “*” or list origins like https://www.example.org, and has “{part}”.")
        })
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    Ok(Origins::Only(parts.map(origin).collect::<Result<_, _>>()?))
}

fn webhook_address_policy(text: &str) -> anyhow::Result<AddressPolicy> {
    match text {
        "true" => Ok(AddressPolicy::Any),
        "false" => Ok(AddressPolicy::PublicOnly),
        _ => bail!("PLENARIA_WEBHOOKS_ALLOW_PRIVATE must be “true” or “false”, and is “{text}”."),
    }
}

/// Parses a number of MiB; returns bytes.
fn cache_bytes(text: &str) -> anyhow::Result<usize> {
    let mib = text.parse::<usize>().ok().filter(|mib| (1..=65_536).contains(mib));
    mib.map(|mib| mib * 1024 * 1024)
        .ok_or_else(|| anyhow!("PLENARIA_CACHE_MIB must be a number of MiB from 1 to 65536, and is “{text}”."))
}

/// Parses a number of days. Callers are promised 30 days.
fn change_retention(text: &str) -> anyhow::Result<TimeDelta> {
    let days = text.parse().ok().filter(|days| (30..=36_500).contains(days));
    days.map(TimeDelta::days).ok_or_else(|| {
        anyhow!("PLENARIA_CHANGE_RETENTION_DAYS must be a number of days from 30 to 36500, and is “{text}”.")
    })
}

/// Parses a number of days.
fn audit_retention(text: &str) -> anyhow::Result<TimeDelta> {
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.map(TimeDelta::days).ok_or_else(|| {
        anyhow!("PLENARIA_AUDIT_RETENTION_DAYS must be a number of days from 1 to 36500, and is “{text}”.")
    })
}

/// Parses `off`, or a number of days.
fn personal_data_retention(text: &str) -> anyhow::Result<Option<TimeDelta>> {
    if text == "off" {
        return Ok(None);
    }
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.map(|days| Some(TimeDelta::days(days))).ok_or_else(|| {
        anyhow!(
            "PLENARIA_PERSONAL_DATA_RETENTION_DAYS must be “off” or a number of days from 1 to 36500, and is “{text}”."
        )
    })
}

/// Parses a number of seconds: at most a minute, since service managers kill a program that takes longer to stop.
fn drain(text: &str) -> anyhow::Result<Duration> {
    let seconds = text.parse().ok().filter(|seconds| *seconds <= 60);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| anyhow!("PLENARIA_DRAIN_SECONDS must be a number of seconds from 0 to 60, and is “{text}”."))
}

/// Checks a database URL. Errors do not contain it, since it may contain a password.
fn database_url(text: String) -> anyhow::Result<String> {
    if is_postgres(&text) {
        return Ok(text);
    }
    bail!("DATABASE_URL must begin with postgres://; leave it out for SQLite in the data directory.");
}

fn database_read_url(text: String) -> anyhow::Result<String> {
    if is_postgres(&text) {
        return Ok(text);
    }
    bail!("PLENARIA_DATABASE_READ_URL must begin with postgres://; leave it out where there is no replica.");
}

/// Whether a text is an HTTP URL that paths can be appended to.
fn is_base_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.fragment().is_none()
    })
}

fn is_postgres(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"))
}

fn secret_key(name: &'static str, text: &str) -> anyhow::Result<SecretKey> {
    SecretKey::parse(text).context(name)
}

#[cfg(test)]
mod tests;
