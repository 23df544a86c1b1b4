//! Records every statement that is sent to a database, from the log events of `SQLx`.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::support::database::test_database::Engine;

static RECORDED: Mutex<Vec<(bool, String)>> = Mutex::new(Vec::new());

/// Starts recording. Statements of connections that are already open are not recorded.
pub fn record() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let statements = Targets::new().with_target("sqlx::query", Level::TRACE);
        tracing_subscriber::registry().with(Recorder.with_filter(statements)).init();
    });
}

/// The distinct statements on one engine since the last call, without transaction control and settings.
pub fn take(engine: Engine) -> BTreeSet<String> {
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    let (own, remaining) = recorded.drain(..).partition(|(sqlite, _)| *sqlite == (engine == Engine::Sqlite));
    *recorded = remaining;
    let own: Vec<(bool, String)> = own;
    let parts = own.iter().flat_map(|(_, text)| text.split("; ")).map(str::trim);
    parts.filter(|one| reads_or_writes(one)).map(str::to_owned).collect()
}

fn reads_or_writes(statement: &str) -> bool {
    let verb = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    match verb.as_str() {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH" => true,
        "BEGIN" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "SET" | "PRAGMA" | "" | "CREATE" | "ALTER"
        | "DROP" => false,
        other => panic!("unexpected verb {other}: {statement}"),
    }
}

struct Recorder;

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = StatementFields::default();
        event.record(&mut fields);
        let text = if fields.statement.is_empty() { fields.summary } else { fields.statement };
        // SQLite's driver logs on threads of its own.
        let sqlite = std::thread::current().name().is_some_and(|name| name.starts_with("sqlx-sqlite"));
        RECORDED.lock().unwrap_or_else(PoisonError::into_inner).push((sqlite, text));
    }
}

/// The fields of a log event. A short statement is in the summary only.
#[derive(Default)]
struct StatementFields {
    summary: String,
    statement: String,
}

impl Visit for StatementFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
