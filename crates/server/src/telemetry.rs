//! Logs, on standard error: standard output is for what a command says.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::Failure;
use crate::settings::{LogFormat, log_format};

/// Starts logging. A filter that names no target is for our own crates; what libraries say counts from warnings on.
pub(crate) fn start(filter: &str, format: &str) -> Result<(), Failure> {
    let format = log_format(format)?;
    let wrong = |()| format!("PLENARIA_LOG must be a level or a filter like “info,sqlx=warn”, and is “{filter}”.");
    let plain = filter.bytes().all(|b| b.is_ascii_alphabetic());
    if plain && !["error", "warn", "info", "debug", "trace", "off"].contains(&filter.to_ascii_lowercase().as_str()) {
        return Err(wrong(()));
    }
    let libraries = if plain {
        // A request that cannot be read is its sender's mistake, not an error of ours.
        format!("{filter},actix_http::h1::dispatcher=off,actix_server=warn,sqlx=warn,sea_orm=warn,h2=warn,hyper=warn")
    } else {
        filter.to_owned()
    };
    let filter = EnvFilter::try_new(libraries).map_err(|_| wrong(()))?;
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_span_events(FmtSpan::NONE);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).init(),
        LogFormat::Pretty => builder.init(),
    }
    Ok(())
}
