//! A batch for one event whose seats are known: decided first, and written by one statement that does nothing unless
//! the seats are still what they were thought to be.
//!
//! The statement compares everything that the decision was made from, so whoever else changes a seat row need not know
//! of this. One round trip instead of four, for `PostgreSQL`; on `SQLite` a round trip costs nothing.

use std::sync::Arc;

use plenaria_domain::time::Instant;
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};

use crate::desk::NewRegistration;
use crate::desk_batch::Done;
use crate::desk_rules::{self, Decision, Found};
use crate::seats::LockedSeats;
use crate::{Store, StoreError, rows};

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
    let mut values = Vec::new();
    let counted = save_if_unchanged(known, &seats[0], &mut values);
    let registered = rows::insert_arrays(decided.registrations, &mut values);
    let told = rows::insert_arrays(decided.changes, &mut values);
    let recorded = rows::insert_arrays(decided.records, &mut values);
    let still = "WHERE EXISTS (SELECT 1 FROM counted)";
    let sql = format!(
        "WITH counted AS ({counted}), registered AS ({registered} {still}), told AS ({told} {still}), \
         recorded AS ({recorded} {still}) SELECT 1 FROM counted"
    );
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    if store.write_statement(statement).await?.is_none() {
        return Ok(None);
    }
    let answers = decisions.into_iter().filter_map(|decision| match decision {
        Decision::Answered(answer) => Some(answer),
        // Only what is found in the database is decided so, and nothing was looked for.
        Decision::WrittenBefore(_) => None,
    });
    Ok(Some(Done { answers: answers.collect(), seats }))
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
