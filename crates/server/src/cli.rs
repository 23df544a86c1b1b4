//! The command line. Every setting is an environment variable and a flag of the same name.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Publishes the programme of webinars and takes registrations for them.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
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
    /// Print the OpenAPI document
    Openapi,
}

/// Settings as they are given.
#[derive(Debug, Args)]
pub(crate) struct RawSettings {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long = "listen", env = "PLENARIA_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub(crate) listen: String,
    /// postgres://…; unset: SQLite in the data directory
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub(crate) database_url: Option<String>,
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
    /// on, off, or requests a minute for each address: reads=600,registrations=60
    #[arg(long = "rate-limits", env = "PLENARIA_RATE_LIMITS", default_value = "on", global = true)]
    pub(crate) rate_limits: String,
    /// Proxies whose X-Forwarded-For counts: addresses or networks, with commas between them
    #[arg(long = "trusted-proxies", env = "PLENARIA_TRUSTED_PROXIES", default_value = "", global = true)]
    pub(crate) trusted_proxies: String,
    /// Origins whose pages may call: *, or a list with commas
    #[arg(long = "cors-origins", env = "PLENARIA_CORS_ORIGINS", default_value = "*", global = true)]
    pub(crate) cors_origins: String,
    /// What to log: error, warn, info, debug, trace, or a filter like "info,sqlx=warn"
    #[arg(long = "log", env = "PLENARIA_LOG", default_value = "info", global = true)]
    pub(crate) log: String,
    /// How to log: pretty or json
    #[arg(long = "log-format", env = "PLENARIA_LOG_FORMAT", default_value = "pretty", global = true)]
    pub(crate) log_format: String,
}
