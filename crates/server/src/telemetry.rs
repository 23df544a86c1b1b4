//! Logs, on standard error: standard output is for what a command says. Traces, if they are wanted.

mod traces;

use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::Failure;
use crate::settings::{LogFormat, log_format};

pub(crate) use traces::Traces;

/// Starts logging, and making traces if they go anywhere. A filter that names no target is for our own crates; what
/// libraries say counts from warnings on.
pub(crate) fn start(filter: &str, format: &str, traces: Option<&Traces>) -> Result<(), Failure> {
    let format = log_format(format)?;
    let wrong = |()| format!("PLENARIA_LOG must be a level or a filter like “info,sqlx=warn”, and is “{filter}”.");
    let plain = filter.bytes().all(|b| b.is_ascii_alphabetic());
    if plain && !["error", "warn", "info", "debug", "trace", "off"].contains(&filter.to_ascii_lowercase().as_str()) {
        return Err(wrong(()));
    }
    let libraries = if plain {
        // A request that cannot be read is its sender's mistake, not an error of ours.
        format!(
            "{filter},actix_http::h1::dispatcher=off,actix_server=warn,sqlx=warn,sea_orm=warn,h2=warn,hyper=warn,\
             opentelemetry=warn"
        )
    } else {
        filter.to_owned()
    };
    let filter = EnvFilter::try_new(libraries).map_err(|_| wrong(()))?;
    match traces {
        None => start_logs(filter, format),
        Some(traces) => start_both(filter, format, traces),
    }
    Ok(())
}

fn start_logs(filter: EnvFilter, format: LogFormat) {
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
}

/// Each has a filter of its own: of what the program says, traces are made of our own spans alone, and logs of what the
/// filter lets through.
fn start_both(filter: EnvFilter, format: LogFormat, traces: &Traces) {
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let logs = match format {
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed(),
        LogFormat::Pretty => logs.with_filter(filter).boxed(),
    };
    // Dynamic, though it always says the same: else a span that both filters always want is not asked for again, and what the
    // thread looked at before (`tracing::enabled!`) decides whether traces get it.
    let ours = dynamic_filter_fn(|said, _| said.is_span() && said.target().starts_with("plenaria_"));
    // Neither what a line of a log says, where the path may name a registration, nor where the code stands.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer())
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(ours.with_max_level_hint(LevelFilter::DEBUG));
    Registry::default().with(logs).with(spans).init();
}
