//! Hearing every statement that is sent to a database, as `SQLx` tells the log.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::support::Engine;

static HEARD: Mutex<Vec<(bool, String)>> = Mutex::new(Vec::new());

/// Begins to listen. Connections that are open already are not heard.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let statements = Targets::new().with_target("sqlx::query", Level::TRACE);
        tracing_subscriber::registry().with(Ear.with_filter(statements)).init();
    });
}

/// What was heard on one engine since the last time, each statement once; without what begins and ends transactions, and
/// what sets something.
pub fn take(engine: Engine) -> BTreeSet<String> {
    let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let (taken, others) = heard.drain(..).partition(|(sqlite, _)| *sqlite == (engine == Engine::Sqlite));
    *heard = others;
    let taken: Vec<(bool, String)> = taken;
    let parts = taken.iter().flat_map(|(_, text)| text.split("; ")).map(str::trim);
    parts.filter(|one| reads_or_writes(one)).map(str::to_owned).collect()
}

fn reads_or_writes(statement: &str) -> bool {
    let verb = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    match verb.as_str() {
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH" => true,
        "BEGIN" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "SET" | "PRAGMA" | "" | "CREATE" | "ALTER"
        | "DROP" => false,
        other => panic!("what is {other}? {statement}"),
    }
}

struct Ear;

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        let text = if words.statement.is_empty() { words.summary } else { words.statement };
        // SQLite works on threads of its own, and says there what it did.
        let sqlite = std::thread::current().name().is_some_and(|name| name.starts_with("sqlx-sqlite"));
        HEARD.lock().unwrap_or_else(PoisonError::into_inner).push((sqlite, text));
    }
}

/// A short statement is its own summary.
#[derive(Default)]
struct Words {
    summary: String,
    statement: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
