//! A batch for one event whose seats are known: decided first, and written by one text that does nothing unless the
//! seats are still what they were thought to be.
//!
//! The text compares everything that the decision was made from, so whoever else changes a seat row need not know of
//! this. It is one round trip (on `SQLite`: one change of threads) instead of four or more.

use std::sync::Arc;

use plenaria_domain::time::Instant;
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

/// One transaction: where the seats have changed, the counts become such that their own check refuses them.
fn on_sqlite(before: &LockedSeats, after: &LockedSeats, decided: Decided) -> Statement {
    let unchanged = [
        ("status", before.window.status.as_str().into()),
        ("opens_at", Value::ChronoDateTimeUtc(before.window.opens_at)),
        ("closes_at", before.window.closes_at.into()),
        ("starts_at", before.starts_at.into()),
        ("ends_at", before.window.ends_at.into()),
        ("capacity", Value::BigInt(before.seats.capacity.map(i64::from))),
        ("waitlist", before.seats.waitlist.into()),
        ("confirmed", i64::from(before.seats.confirmed).into()),
        ("waitlisted", i64::from(before.seats.waitlisted).into()),
        ("last_queue_number", before.last_queue_number.into()),
    ];
    let (conditions, mut values): (Vec<String>, Vec<Value>) =
        unchanged.into_iter().map(|(column, value)| (format!("{column} IS ?"), value)).unzip();
    let counted = format!(
        "UPDATE OR ROLLBACK event_seats SET confirmed = CASE WHEN {} THEN ? ELSE -1 END, ceiling = ?, waitlisted = ?, \
         last_queue_number = ? WHERE event_id = ?",
        conditions.join(" AND ")
    );
    values.extend([
        i64::from(after.seats.confirmed).into(),
        Value::BigInt(after.seats.ceiling().map(i64::from)),
        i64::from(after.seats.waitlisted).into(),
        after.last_queue_number.into(),
        after.event.0.into(),
    ]);
    let mut texts = vec![counted];
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
    let number = |n: u32| Value::from(i64::from(n));
    let optional = |n: Option<u32>| Value::BigInt(n.map(i64::from));
    let instant = |at: Instant| Value::from(at);
    let set = [
        ("ceiling", place(optional(after.seats.ceiling()), "bigint")),
        ("confirmed", place(number(after.seats.confirmed), "bigint")),
        ("waitlisted", place(number(after.seats.waitlisted), "bigint")),
        ("last_queue_number", place(after.last_queue_number.into(), "bigint")),
    ];
    let was = [
        ("event_id", place(before.event.0.into(), "uuid")),
        ("status", place(before.window.status.as_str().into(), "text")),
        ("opens_at", place(Value::ChronoDateTimeUtc(before.window.opens_at), "timestamptz")),
        ("closes_at", place(instant(before.window.closes_at), "timestamptz")),
        ("starts_at", place(instant(before.starts_at), "timestamptz")),
        ("ends_at", place(instant(before.window.ends_at), "timestamptz")),
        ("capacity", place(optional(before.seats.capacity), "bigint")),
        ("waitlist", place(before.seats.waitlist.into(), "boolean")),
        ("confirmed", place(number(before.seats.confirmed), "bigint")),
        ("waitlisted", place(number(before.seats.waitlisted), "bigint")),
        ("last_queue_number", place(before.last_queue_number.into(), "bigint")),
    ];
    let set: Vec<String> = set.into_iter().map(|(column, value)| format!("{column} = {value}")).collect();
    let was = was.into_iter().map(|(column, value)| match column {
        "opens_at" | "capacity" => format!("{column} IS NOT DISTINCT FROM {value}"),
        _ => format!("{column} = {value}"),
    });
    let was: Vec<String> = was.collect();
    format!("UPDATE event_seats SET {} WHERE {} RETURNING 1", set.join(", "), was.join(" AND "))
}
