//! Starts logging, and tracing if the settings ask for it. Logs go to standard error; standard output is for the output of
//! commands.

mod traces;

use anyhow::anyhow;
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::settings::{LogFormat, log_format};

pub(crate) use traces::Traces;

/// Starts logging, and tracing if `traces` is given. A filter without a target is for this program's crates; libraries log
/// warnings and errors only.
pub(crate) fn start(filter: &str, format: &str, traces: Option<&Traces>) -> anyhow::Result<()> {
    let format = log_format(format)?;
    let invalid = || anyhow!("PLENARIA_LOG must be a level or a filter like “info,sqlx=warn”, and is “{filter}”.");
    let is_level = filter.bytes().all(|b| b.is_ascii_alphabetic());
    if is_level && !["error", "warn", "info", "debug", "trace", "off"].contains(&filter.to_ascii_lowercase().as_str()) {
        return Err(invalid());
    }
    let filter_with_libraries = if is_level {
        // The HTTP dispatcher's messages are about malformed requests, which are the clients' errors.
        format!(
            "{filter},actix_http::h1::dispatcher=off,actix_server=warn,sqlx=warn,sea_orm=warn,h2=warn,hyper=warn,\
             opentelemetry=warn"
        )
    } else {
        filter.to_owned()
    };
    let filter = EnvFilter::try_new(filter_with_libraries).map_err(|_| invalid())?;
    match traces {
        None => start_logs(filter, format),
        Some(traces) => start_logs_and_traces(filter, format, traces),
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

/// Each layer has a filter of its own: traces consist of this program's spans only, the log of the events that the filter
/// accepts.
fn start_logs_and_traces(filter: EnvFilter, format: LogFormat, traces: &Traces) {
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let logs = match format {
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed(),
        LogFormat::Pretty => logs.with_filter(filter).boxed(),
    };
    // A dynamic filter, though its result never changes: with a static one, a span that both filters accept is not evaluated
    // again, and the thread's last `tracing::enabled!` decides whether traces get it.
    let own_spans = dynamic_filter_fn(|meta, _| meta.is_span() && meta.target().starts_with("plenaria_"));
    // Spans get no log events, whose paths may contain a registration's id, and no code locations.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer())
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(own_spans.with_max_level_hint(LevelFilter::DEBUG));
    Registry::default().with(logs).with(spans).init();
}
