//! The commands.

mod clients;
mod doctor;
mod health;
mod mail;
mod migrate;
mod publish;
mod replica;
mod serve;
mod worker;

use std::io::Write as _;

use plenaria_domain::time::{Clock, Instant};
use plenaria_persistence::derivation::{Outcome, When};
use plenaria_persistence::{Store, StoreError};

use crate::Failure;
use crate::cli::{Cli, Command};
use crate::settings::{self, Settings};
use crate::telemetry::{self, Traces};

/// Runs a command.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    if matches!(cli.command, Some(Command::Openapi)) {
        return say(plenaria_http::openapi::text().trim_end());
    }
    if let Some(Command::Health { live }) = cli.command {
        return health::run(settings::listen("PLENARIA_LISTEN", &cli.settings.listen, "127.0.0.1:8080")?, live);
    }
    let (log, log_format) = (cli.settings.log.clone(), cli.settings.log_format.clone());
    let command = cli.command.unwrap_or(Command::Serve);
    let checked = Settings::check(cli.settings);
    // Only requests are traced.
    let collector =
        checked.as_ref().ok().and_then(|s| s.collector.as_deref()).filter(|_| matches!(command, Command::Serve));
    let traces = collector.map(Traces::open).transpose()?;
    telemetry::start(&log, &log_format, traces.as_ref())?;
    let done = run_command(checked?, command).await;
    if let Some(traces) = traces {
        traces.finish();
    }
    done
}

async fn run_command(settings: Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::run(settings, Clock::System).await,
        Command::Worker => worker::run(settings, Clock::System).await,
        Command::Mail { command } => mail::run(&settings, command, &Clock::System),
        Command::Migrate => migrate::run(&settings, &Clock::System).await,
        Command::Publish { files, dry_run } => publish::run(&settings, &files, dry_run, &Clock::System).await,
        Command::Clients { command } => clients::run(&settings, command, Clock::System.now()).await,
        Command::Doctor { repair, json } => {
            doctor::run(&settings, doctor::Manner { repair, json }, Clock::System).await
        }
        Command::Openapi | Command::Health { .. } => Ok(()),
    }
}

/// Writes a line to standard output.
fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}."))
}

/// Opens the database; in embedded mode its schema is brought up to date, elsewhere one that is behind is refused.
async fn open(settings: &Settings) -> Result<Store, Failure> {
    let store = Store::open(&settings.database()?).await.map_err(|error| cannot("open the database", &error))?;
    if settings.is_embedded() {
        store.migrate().await.map_err(|error| cannot("migrate the database", &error))?;
        return Ok(store);
    }
    let pending = store.pending_migrations().await.map_err(|error| cannot("read the schema's state", &error))?;
    if pending.is_empty() {
        return Ok(store);
    }
    Err(format!(
        "the database's schema is behind this program by {} ({}). Run `plenaria migrate` first.",
        if pending.len() == 1 { "one migration".to_owned() } else { format!("{} migrations", pending.len()) },
        pending.join(", ")
    ))
}

/// Derives the stored times again if this program's rules of time zones are newer than those that they were derived by; of
/// how many events they were corrected.
async fn correct_times(store: &Store, now: Instant) -> Result<usize, Failure> {
    match store.derive_again(When::Outdated, now).await {
        Ok(Outcome::Done(corrections)) => Ok(corrections.len()),
        Ok(Outcome::Current | Outcome::Newer(_)) => Ok(0),
        Err(error) => Err(cannot("derive the stored times again", &error)),
    }
}

/// A failure of the store, with its causes: the person at the command line is the operator.
fn cannot(what: &str, error: &StoreError) -> Failure {
    let mut text = format!("cannot {what}: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text + "."
}
