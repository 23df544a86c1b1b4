//! The command line. Every setting can be given as an environment variable or as a flag of the same name.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand};
use plenaria_domain::values::time_zone;

/// The program's version, and that of its time zone rules.
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

/// The commands; `serve` is the default.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve requests, and send mail and webhooks, until stopped by a signal
    Serve,
    /// Send mail and webhooks, without serving requests, until stopped by a signal
    Worker,
    /// Bring the database's schema up to date
    Migrate,
    /// Publish event definitions, all of them or none
    Publish {
        /// Definitions in YAML or JSON
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Help to write event definitions
    Definition {
        #[command(subcommand)]
        command: DefinitionCommand,
    },
    /// Record who attended an event
    Attendance {
        #[command(subcommand)]
        command: AttendanceCommand,
    },
    /// Print an event's statistics as bars
    Statistics {
        /// The event's slug or id
        event: String,
    },
    /// Manage the API clients of partner organisations
    Clients {
        #[command(subcommand)]
        command: ClientsCommand,
    },
    /// Preview the messages that attendees get
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// Check the database and the settings, and say what to do about each finding
    Doctor {
        /// Repair what can be repaired safely, and check again
        #[arg(long)]
        repair: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check whether the server on this machine is ready; the exit status is 0 if it is
    Health {
        /// Only check whether it responds
        #[arg(long)]
        live: bool,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// The subcommands of `attendance`.
#[derive(Debug, Subcommand)]
pub(crate) enum AttendanceCommand {
    /// Record the attendance of the people in a video platform's report (CSV), and say who is not registered
    Import {
        /// The report
        file: PathBuf,
        /// The event's slug or id
        #[arg(long)]
        event: String,
        /// Only people who stayed at least this many minutes
        #[arg(long, default_value_t = 0)]
        minutes: u32,
        /// Only say what would be recorded
        #[arg(long)]
        dry_run: bool,
    },
}

/// The subcommands of `mail`.
#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Print a message as it would be sent, for the bundled event and an invented person
    Preview {
        /// The kind of message; an unknown one prints the list of kinds
        kind: String,
        /// en, es, fr or ca
        #[arg(long, default_value = "en")]
        language: String,
        /// Print the HTML part alone, to open it in a browser
        #[arg(long)]
        html: bool,
    },
}

/// The subcommands of `definition`.
#[derive(Debug, Subcommand)]
pub(crate) enum DefinitionCommand {
    /// Print the JSON Schema of definitions, from which editors complete and check them
    Schema,
    /// Print an example with comments, to begin with
    New,
}

/// The subcommands of `clients`.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientsCommand {
    /// Add a client and print its secret, which cannot be printed again
    Add {
        /// The organisation's key, as definitions name owners and co-organisers
        #[arg(long)]
        organisation: String,
        /// A name for people
        #[arg(long)]
        name: String,
        /// Its scopes: registrations:read, registrations:write, events:write, webhooks:manage, audit:read
        #[arg(long = "scope", required = true, value_delimiter = ' ')]
        scopes: Vec<String>,
    },
    /// List all clients
    List,
    /// Give a client a new secret and print it; the old one stays valid for a while
    Rotate {
        /// The client's id
        id: String,
        /// For how many hours the old secret stays valid; 0: it becomes invalid at once
        #[arg(long = "grace-hours", default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(0..=8760))]
        grace_hours: u32,
    },
    /// Disable a client for good; its tokens stop working within a minute
    Disable {
        /// The client's id
        id: String,
    },
}

/// The settings as given, not yet checked.
#[derive(Debug, Args)]
pub(crate) struct RawSettings {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long = "listen", env = "PLENARIA_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub(crate) listen: String,
    /// Address and port that serve Prometheus metrics at /metrics; unset: no metrics
    #[arg(long = "metrics-listen", env = "PLENARIA_METRICS_LISTEN", global = true)]
    pub(crate) metrics_listen: Option<String>,
    /// Collector that traces are sent to by OTLP over HTTP, like <http://localhost:4318>; unset: no traces
    #[arg(long = "otlp-endpoint", env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true, global = true)]
    pub(crate) otlp_endpoint: Option<String>,
    /// postgres://…; unset: SQLite in the data directory
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub(crate) database_url: Option<String>,
    /// postgres://… of a replica that `serve` reads published events from; unset: no replica
    #[arg(long = "database-read-url", env = "PLENARIA_DATABASE_READ_URL", hide_env_values = true, global = true)]
    pub(crate) database_read_url: Option<String>,
    /// Directory for SQLite's file, the generated secret key, and mail if there is no mail server
    #[arg(long = "data-dir", env = "PLENARIA_DATA_DIR", default_value = "./plenaria-data", global = true)]
    pub(crate) data_dir: PathBuf,
    /// The API's public address; unset: the address that is listened on
    #[arg(long = "public-url", env = "PLENARIA_PUBLIC_URL", global = true)]
    pub(crate) public_url: Option<String>,
    /// 32 bytes in base64 that sign tokens; generated into the data directory with SQLite
    #[arg(long = "secret-key", env = "PLENARIA_SECRET_KEY", hide_env_values = true, global = true)]
    pub(crate) secret_key: Option<String>,
    /// The previous secret key, which still verifies tokens
    #[arg(long = "secret-key-previous", env = "PLENARIA_SECRET_KEY_PREVIOUS", hide_env_values = true, global = true)]
    pub(crate) secret_key_previous: Option<String>,
    /// The version of the privacy notice that people accept, recorded with their consent
    #[arg(long = "privacy-notice", env = "PLENARIA_PRIVACY_NOTICE", default_value = "1", global = true)]
    pub(crate) privacy_notice: String,
    /// on, off, or numbers of requests a minute: reads=600,registrations=60 for each address, clients=3000 for each client
    #[arg(long = "rate-limits", env = "PLENARIA_RATE_LIMITS", default_value = "on", global = true)]
    pub(crate) rate_limits: String,
    /// Proxies whose X-Forwarded-For header is trusted: addresses or networks, separated by commas
    #[arg(long = "trusted-proxies", env = "PLENARIA_TRUSTED_PROXIES", default_value = "", global = true)]
    pub(crate) trusted_proxies: String,
    /// Origins whose pages may call the API: *, or a list separated by commas
    #[arg(long = "cors-origins", env = "PLENARIA_CORS_ORIGINS", default_value = "*", global = true)]
    pub(crate) cors_origins: String,
    /// true: webhooks may be sent to private addresses and over plain HTTP too
    #[arg(long = "webhooks-allow-private", env = "PLENARIA_WEBHOOKS_ALLOW_PRIVATE", global = true)]
    pub(crate) webhooks_allow_private: Option<String>,
    /// For how many days changes stay in the feed (/v1/changes), at least 30
    #[arg(long = "change-retention-days", env = "PLENARIA_CHANGE_RETENTION_DAYS", default_value = "35", global = true)]
    pub(crate) change_retention_days: String,
    /// How many days after an event's end its personal data are made anonymous, unless its definition sets a number; or off
    #[arg(
        long = "personal-data-retention-days",
        env = "PLENARIA_PERSONAL_DATA_RETENTION_DAYS",
        default_value = "off",
        global = true
    )]
    pub(crate) personal_data_retention_days: String,
    /// For how many days entries stay in the audit log (/v1/audit), and replaced revisions in the history of events
    #[arg(long = "audit-retention-days", env = "PLENARIA_AUDIT_RETENTION_DAYS", default_value = "400", global = true)]
    pub(crate) audit_retention_days: String,
    /// Memory for the renderings of published events, in MiB
    #[arg(long = "cache-mib", env = "PLENARIA_CACHE_MIB", default_value = "32", global = true)]
    pub(crate) cache_mib: String,
    /// How many seconds a stopping server keeps serving while it reports that it is not ready
    #[arg(long = "drain-seconds", env = "PLENARIA_DRAIN_SECONDS", default_value = "0", global = true)]
    pub(crate) drain_seconds: String,
    /// smtp:// or smtps:// URL of the mail server; unset: messages are written into the data directory
    #[arg(long = "smtp-url", env = "PLENARIA_SMTP_URL", hide_env_values = true, global = true)]
    pub(crate) smtp_url: Option<String>,
    /// File with the certificate (PEM) of a further authority that may certify the mail server
    #[arg(long = "smtp-ca", env = "PLENARIA_SMTP_CA", global = true)]
    pub(crate) smtp_ca: Option<PathBuf>,
    /// The sender of mail: an address, or “Name <address>”; needed with a mail server
    #[arg(long = "mail-from", env = "PLENARIA_MAIL_FROM", global = true)]
    pub(crate) mail_from: Option<String>,
    /// A front end's page for managing a registration, which links in mails lead to; unset: the pages for people
    #[arg(long = "manage-url", env = "PLENARIA_MANAGE_URL", global = true)]
    pub(crate) manage_url: Option<String>,
    /// The pages for people, on which they read what is on and register: on or off
    #[arg(long = "pages", env = "PLENARIA_PAGES", default_value = "on", global = true)]
    pub(crate) pages: String,
    /// When people are reminded before an event starts: times like 1d,1h, or off
    #[arg(long = "reminders", env = "PLENARIA_REMINDERS", default_value = "1d,1h", global = true)]
    pub(crate) reminders: String,
    /// A sandbox to develop against, with example events, clients whose secrets are known, and mail at /sandbox/mail: true,
    /// keep (with the last one's data), postgresql, or false
    #[arg(
        long = "sandbox",
        env = "PLENARIA_SANDBOX",
        default_value = "false",
        default_missing_value = "true",
        num_args = 0..=1,
        require_equals = true,
        global = true
    )]
    pub(crate) sandbox: String,
    /// What is logged: error, warn, info, debug, trace, or a filter like "info,sqlx=warn"
    #[arg(long = "log", env = "PLENARIA_LOG", default_value = "info", global = true)]
    pub(crate) log: String,
    /// The format of the log: pretty or json
    #[arg(long = "log-format", env = "PLENARIA_LOG_FORMAT", default_value = "pretty", global = true)]
    pub(crate) log_format: String,
}
