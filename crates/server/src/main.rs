//! The program `plenaria`: command line, settings, telemetry and wiring.

mod cli;
mod commands;
mod definitions;
mod embedded;
mod metrics;
#[cfg(target_os = "linux")]
mod process;
mod settings;
mod telemetry;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why a command failed, as one text for people.
type Failure = String;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing can be done if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "plenaria: {failure}");
            ExitCode::FAILURE
        }
    }
}
