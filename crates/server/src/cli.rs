//! The command line. Every setting is an environment variable and a flag of the same name.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand};
use plenaria_domain::time_zone;

/// The program's version, and that of the rules of time zones in it.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (time zones {})", env!("CARGO_PKG_VERSION"), time_zone::rules_version()));

/// Publishes the programme of webinars and takes registrations for them.
#[derive(Debug, Parser)]
#[command(name = "plenaria", version = VERSION.as_str(), about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: RawSettings,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do; without a command: `serve`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer requests until told to stop
    Serve,
    /// Send mail and webhooks until told to stop, without answering requests
    Worker,
    /// Bring the database's schema up to date
    Migrate,
    /// Publish definitions of events, all of them or none
    Publish {
        /// Definitions in YAML or JSON
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only say what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Manage the programs of partner organisations
    Clients {
        #[command(subcommand)]
        command: ClientsCommand,
    },
    /// Look at the messages that attendees get
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// Examine the database and the settings: what is wrong, where, and what to do
    Doctor {
        /// Mend what can be mended safely, and examine again
        #[arg(long)]
        repair: bool,
        /// Say it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask the server at the address that is listened on whether it is ready; the exit status says so
    Health {
        /// Only ask whether it answers
        #[arg(long)]
        live: bool,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// What to do with mail.
#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Print a message as it would be sent: the event is the one that comes along, the person is made up
    Preview {
        /// Which message; an unknown one says which there are
        kind: String,
        /// en, es, fr or ca
        #[arg(long, default_value = "en")]
        language: String,
    },
}

/// What to do with clients.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientsCommand {
    /// Add a client; its secret is shown this once
    Add {
        /// The organisation's key, as definitions name owners and co-organisers
        #[arg(long)]
        organisation: String,
        /// A name for people
        #[arg(long)]
        name: String,
        /// What it may do: registrations:read, registrations:write, events:write, webhooks:manage, audit:read
        #[arg(long = "scope", required = true, value_delimiter = ' ')]
        scopes: Vec<String>,
    },
    /// List all clients
    List,
    /// Give a client a new secret, shown this once; the old one stays good for a while
    Rotate {
        /// The client's id
        id: String,
        /// For how many hours the old secret stays good; 0: not at all
        #[arg(long = "keep-old-for", default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(0..=8760))]
        keep_old_for: u32,
    },
    /// Disable a client for good; its tokens stop working within a minute
    Disable {
        /// The client's id
        id: String,
    },
}

/// Settings as they are given.
#[derive(Debug, Args)]
pub(crate) struct RawSettings {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long = "listen", env = "PLENARIA_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub(crate) listen: String,
    /// Address and port where Prometheus finds metrics, at /metrics; unset: nowhere
    #[arg(long = "metrics-listen", env = "PLENARIA_METRICS_LISTEN", global = true)]
    pub(crate) metrics_listen: Option<String>,
    /// Collector that traces are sent to by OTLP over HTTP, like <http://localhost:4318>; unset: none are made
    #[arg(long = "otlp-endpoint", env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true, global = true)]
    pub(crate) otlp_endpoint: Option<String>,
    /// postgres://…; unset: SQLite in the data directory
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub(crate) database_url: Option<String>,
    /// postgres://… of a replica that `serve` reads what is published from; unset: all is read from the database itself
    #[arg(long = "database-read-url", env = "PLENARIA_DATABASE_READ_URL", hide_env_values = true, global = true)]
    pub(crate) database_read_url: Option<String>,
    /// Where SQLite's file and what was generated are kept
    #[arg(long = "data-dir", env = "PLENARIA_DATA_DIR", default_value = "./plenaria-data", global = true)]
    pub(crate) data_dir: PathBuf,
    /// Where callers find the API; unset: the address listened on
    #[arg(long = "public-url", env = "PLENARIA_PUBLIC_URL", global = true)]
    pub(crate) public_url: Option<String>,
    /// 32 bytes in base64 that sign tokens; generated into the data directory with SQLite
    #[arg(long = "secret-key", env = "PLENARIA_SECRET_KEY", hide_env_values = true, global = true)]
    pub(crate) secret_key: Option<String>,
    /// The secret before this one, which still verifies
    #[arg(long = "secret-key-previous", env = "PLENARIA_SECRET_KEY_PREVIOUS", hide_env_values = true, global = true)]
    pub(crate) secret_key_previous: Option<String>,
    /// The version of the privacy notice that people accept, recorded with their consent
    #[arg(long = "privacy-notice", env = "PLENARIA_PRIVACY_NOTICE", default_value = "1", global = true)]
    pub(crate) privacy_notice: String,
    /// on, off, or requests a minute: reads=600,registrations=60 for each address, clients=3000 for each client
    #[arg(long = "rate-limits", env = "PLENARIA_RATE_LIMITS", default_value = "on", global = true)]
    pub(crate) rate_limits: String,
    /// Proxies whose X-Forwarded-For counts: addresses or networks, with commas between them
    #[arg(long = "trusted-proxies", env = "PLENARIA_TRUSTED_PROXIES", default_value = "", global = true)]
    pub(crate) trusted_proxies: String,
    /// Origins whose pages may call: *, or a list with commas
    #[arg(long = "cors-origins", env = "PLENARIA_CORS_ORIGINS", default_value = "*", global = true)]
    pub(crate) cors_origins: String,
    /// true: webhooks may be sent to private addresses and over plain HTTP too
    #[arg(
        long = "webhooks-allow-private",
        env = "PLENARIA_WEBHOOKS_ALLOW_PRIVATE",
        default_value = "false",
        global = true
    )]
    pub(crate) webhooks_allow_private: String,
    /// For how many days changes stay in the feed (/v1/changes), at least 30
    #[arg(long = "changes-kept-days", env = "PLENARIA_CHANGES_KEPT_DAYS", default_value = "35", global = true)]
    pub(crate) changes_kept_days: String,
    /// After how many days from an event's end personal data are made anonymous, where its definition does not say; or off
    #[arg(long = "retention-days", env = "PLENARIA_RETENTION_DAYS", default_value = "off", global = true)]
    pub(crate) retention_days: String,
    /// How many MiB of rendered answers may be kept in memory
    #[arg(long = "cache-mib", env = "PLENARIA_CACHE_MIB", default_value = "32", global = true)]
    pub(crate) cache_mib: String,
    /// How many seconds the server still answers, but says that it is not ready, once it is told to stop
    #[arg(long = "drain-seconds", env = "PLENARIA_DRAIN_SECONDS", default_value = "0", global = true)]
    pub(crate) drain_seconds: String,
    /// smtp:// or smtps:// URL of the mail server; unset: messages are written into the data directory
    #[arg(long = "smtp-url", env = "PLENARIA_SMTP_URL", hide_env_values = true, global = true)]
    pub(crate) smtp_url: Option<String>,
    /// File with the certificate (PEM) of an authority that vouches for the mail server, beside those that browsers know
    #[arg(long = "smtp-ca", env = "PLENARIA_SMTP_CA", global = true)]
    pub(crate) smtp_ca: Option<PathBuf>,
    /// Who sends mail: an address, or “Name <address>”; needed with a mail server
    #[arg(long = "mail-from", env = "PLENARIA_MAIL_FROM", global = true)]
    pub(crate) mail_from: Option<String>,
    /// The front end's page for managing a registration, which links in mails lead to; unset: the API's own address
    #[arg(long = "manage-url", env = "PLENARIA_MANAGE_URL", global = true)]
    pub(crate) manage_url: Option<String>,
    /// When people are reminded before an event starts: times like 1d,1h, or off
    #[arg(long = "reminders", env = "PLENARIA_REMINDERS", default_value = "1d,1h", global = true)]
    pub(crate) reminders: String,
    /// What to log: error, warn, info, debug, trace, or a filter like "info,sqlx=warn"
    #[arg(long = "log", env = "PLENARIA_LOG", default_value = "info", global = true)]
    pub(crate) log: String,
    /// How to log: pretty or json
    #[arg(long = "log-format", env = "PLENARIA_LOG_FORMAT", default_value = "pretty", global = true)]
    pub(crate) log_format: String,
}
