//! A batch for one event whose seats are known: decided first, and written by one text that does nothing unless the
//! seats are still what they were thought to be.
//!
//! The text compares everything that the decision was made from, so whoever else changes a seat row need not know of
//! this. It is one round trip (on `SQLite`: one change of threads) instead of four or more.

use std::sync::Arc;

use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};

use crate::desk::NewRegistration;
use crate::desk_batch::Done;
use crate::desk_rules::{self, Decided, Decision, Found};
use crate::seats::LockedSeats;
use crate::{Constraint, Store, StoreError, rows};

/// Whether a batch of this size can be written so.
pub(crate) fn fits(store: &Store, size: usize) -> bool {
    store.backend() == DbBackend::Postgres || size <= rows::TOGETHER
}

/// Registers `news`, all for the event whose seats are `known`. `None`: the seats have changed meanwhile, or there is
/// nothing to write, and nothing was done.
pub(crate) async fn register(
    store: &Store,
    news: &[Arc<NewRegistration>],
    known: &LockedSeats,
) -> Result<Option<Done>, StoreError> {
    let mut seats = vec![known.clone()];
    let mut decided = desk_rules::decide(news, &mut seats, Found::default());
    // Refusals must not rest on what was only thought to be so; with nothing to write, nothing would be compared.
    if decided.registrations.is_empty() {
        return Ok(None);
    }
    let decisions = std::mem::take(&mut decided.answers);
    let written = match store.backend() {
        DbBackend::Postgres => store.write_statement(on_postgres(known, &seats[0], decided)).await?.is_some(),
        _ => match store.write_text(on_sqlite(known, &seats[0], decided)).await {
            Err(StoreError::Conflict(Constraint::Seats)) => false,
            result => result.map(|()| true)?,
        },
    };
    let answers = decisions.into_iter().filter_map(|decision| match decision {
        Decision::Answered(answer) => Some(answer),
        // Only what is found in the database is decided so, and nothing was looked for.
        Decision::WrittenBefore(_) => None,
    });
    Ok(written.then(|| Done { answers: answers.collect(), seats }))
}

/// One statement: the rows go in only if the counts did, and it gives back a row if so.
fn on_postgres(before: &LockedSeats, after: &LockedSeats, decided: Decided) -> Statement {
    let mut values = Vec::new();
    let counted = save_if_unchanged(before, after, &mut values);
    let registered = rows::insert_arrays(decided.registrations, &mut values);
    let told = rows::insert_arrays(decided.changes, &mut values);
    let recorded = rows::insert_arrays(decided.records, &mut values);
    let still = "WHERE EXISTS (SELECT 1 FROM counted)";
    let sql = format!(
        "WITH counted AS ({counted}), registered AS ({registered} {still}), told AS ({told} {still}), \
         recorded AS ({recorded} {still}) SELECT 1 FROM counted"
    );
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// All that a decision is made from, beside who asks: columns of the seat row, the engine's type, and what they held.
fn decided_from(seats: &LockedSeats) -> [(&'static str, &'static str, Value); 10] {
    let LockedSeats { event: _, seats: counts, window, starts_at, last_queue_number } = seats;
    [
        ("status", "text", window.status.as_str().into()),
        ("opens_at", "timestamptz", Value::ChronoDateTimeUtc(window.opens_at)),
        ("closes_at", "timestamptz", window.closes_at.into()),
        ("starts_at", "timestamptz", (*starts_at).into()),
        ("ends_at", "timestamptz", window.ends_at.into()),
        ("capacity", "bigint", Value::BigInt(counts.capacity.map(i64::from))),
        ("waitlist", "boolean", counts.waitlist.into()),
        ("confirmed", "bigint", i64::from(counts.confirmed).into()),
        ("waitlisted", "bigint", i64::from(counts.waitlisted).into()),
        ("last_queue_number", "bigint", (*last_queue_number).into()),
    ]
}

/// The counts after a decision.
fn decided_to(seats: &LockedSeats) -> [(&'static str, Value); 4] {
    [
        ("confirmed", i64::from(seats.seats.confirmed).into()),
        ("ceiling", Value::BigInt(seats.seats.ceiling().map(i64::from))),
        ("waitlisted", i64::from(seats.seats.waitlisted).into()),
        ("last_queue_number", seats.last_queue_number.into()),
    ]
}

/// One transaction: where the seats have changed, the count becomes such that its own check refuses it.
fn on_sqlite(before: &LockedSeats, after: &LockedSeats, decided: Decided) -> Statement {
    let (conditions, mut values): (Vec<String>, Vec<Value>) =
        decided_from(before).into_iter().map(|(column, _, value)| (format!("{column} IS ?"), value)).unzip();
    let conditions = conditions.join(" AND ");
    let (set, counts): (Vec<String>, Vec<Value>) = decided_to(after)
        .into_iter()
        .map(|(column, value)| match column {
            "confirmed" => (format!("{column} = CASE WHEN {conditions} THEN ? ELSE -1 END"), value),
            _ => (format!("{column} = ?"), value),
        })
        .unzip();
    values.extend(counts);
    values.push(after.event.0.into());
    let mut texts = vec![format!("UPDATE OR ROLLBACK event_seats SET {} WHERE event_id = ?", set.join(", "))];
    for (text, more) in rows::texts(decided.registrations, decided.changes, decided.records) {
        texts.push(text.replacen("INSERT", "INSERT OR ROLLBACK", 1));
        values.extend(more);
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, texts.join("; "), values)
}

/// Writes the counts if the row holds what `before` says, and gives back a row if so.
fn save_if_unchanged(before: &LockedSeats, after: &LockedSeats, values: &mut Vec<Value>) -> String {
    let mut place = |value: Value, kind: &str| {
        values.push(value);
        format!("${}::{kind}", values.len())
    };
    let set: Vec<String> =
        decided_to(after).into_iter().map(|(column, value)| format!("{column} = {}", place(value, "bigint"))).collect();
    let event = place(before.event.0.into(), "uuid");
    let unchanged: Vec<String> = decided_from(before)
        .into_iter()
        .map(|(column, kind, value)| format!("{column} IS NOT DISTINCT FROM {}", place(value, kind)))
        .collect();
    format!(
        "UPDATE event_seats SET {} WHERE event_id = {event} AND {} RETURNING 1",
        set.join(", "),
        unchanged.join(" AND ")
    )
}
