//! The commands of the program, one file each.

mod attendance;
mod clients;
mod database;
mod definition;
mod doctor;
mod health;
mod mail;
mod migrate;
mod output;
pub(crate) mod publish;
mod replica;
mod serve;
mod statistics;
mod worker;

use plenaria_domain::values::time::Clock;

use crate::cli::{Cli, Command};
use crate::settings::{self, ServerConfig};
use crate::telemetry::{self, Traces};

/// Runs a command.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    if matches!(cli.command, Some(Command::Openapi)) {
        return output::say(plenaria_http::openapi::text().trim_end());
    }
    if let Some(Command::Health { live }) = cli.command {
        return health::run(settings::listen("PLENARIA_LISTEN", &cli.settings.listen, "127.0.0.1:8080")?, live);
    }
    if let Some(Command::Definition { command }) = cli.command {
        return definition::run(command, Clock::System.now());
    }
    let (log, log_format) = (cli.settings.log.clone(), cli.settings.log_format.clone());
    let command = cli.command.unwrap_or(Command::Serve);
    // Logging starts before the settings' errors are reported.
    let config = ServerConfig::check(cli.settings);
    // Only requests are traced.
    let otlp_endpoint =
        config.as_ref().ok().and_then(|c| c.otlp_endpoint.as_deref()).filter(|_| matches!(command, Command::Serve));
    let traces = otlp_endpoint.map(Traces::open).transpose()?;
    telemetry::start(&log, &log_format, traces.as_ref())?;
    let result = run_command(config?, command).await;
    if let Some(traces) = traces {
        traces.finish();
    }
    result
}

async fn run_command(config: ServerConfig, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve::run(config, Clock::System).await,
        Command::Worker => worker::run(config, Clock::System).await,
        Command::Mail { command } => mail::run(&config, command, &Clock::System),
        Command::Migrate => migrate::run(&config, &Clock::System).await,
        Command::Publish { files, dry_run } => publish::run(&config, &files, dry_run, &Clock::System).await,
        Command::Attendance { command } => attendance::run(&config, command, Clock::System.now()).await,
        Command::Clients { command } => clients::run(&config, command, Clock::System.now()).await,
        Command::Doctor { repair, json } => {
            doctor::run(&config, doctor::DoctorOptions { repair, json }, Clock::System).await
        }
        Command::Statistics { event } => statistics::run(&config, &event, Clock::System.now()).await,
        Command::Openapi | Command::Health { .. } | Command::Definition { .. } => Ok(()),
    }
}
