//! The program `plenaria`: command line, settings, telemetry, and the one place where its parts are put together.
//!
//! It is a library so that tests start the same server in their own process ([`background::start_server`]).

pub mod background;
pub(crate) mod bootstrap;
mod cli;
mod commands;
mod definition_files;
mod delivery_settings;
pub mod maintenance;
mod metrics;
mod sandbox;
mod settings;
mod signals;
pub mod supervisor;
mod telemetry;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command that the command line names. An error is written to standard error with its causes.
pub async fn run() -> ExitCode {
    match commands::run(cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("{error:#}");
            // A sentence ends with a full stop; a list of errors in a file does not.
            let end = if text.ends_with('.') || text.contains('\n') { "" } else { "." };
            // If standard error is closed, the exit code is all that is left.
            let _ = writeln!(std::io::stderr(), "plenaria: {text}{end}");
            ExitCode::FAILURE
        }
    }
}
