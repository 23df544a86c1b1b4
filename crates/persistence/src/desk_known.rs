//! A batch for one event whose seats are known: decided first, and written by one text that does nothing unless what the
//! decision rests on still holds.
//!
//! Whoever else changes a seat row need not know of this: the text compares the row itself. It is one round trip (on
//! `SQLite`: one change of threads) instead of four or more. On `PostgreSQL` a decision rests on the least it can
//! ([`Terms`]): that there are seats enough, or none, is still so after others have come. Hence instances at one event seldom
//! get into each other's way, and wait for each other's commits only.

use std::sync::Arc;

use plenaria_domain::seats::{Seats, Terms};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, QueryResult, Statement};

use crate::connections::Kept;
use crate::desk::{Answer, NewRegistration, Outcome, Refused};
use crate::desk_batch::Done;
use crate::desk_rules::{self, CHANGES, Decided, Decision, Found, REGISTRATIONS};
use crate::seats::LockedSeats;
use crate::{Constraint, Store, StoreError, rows};

/// Whether a batch of this size can be written so.
pub(crate) fn fits(store: &Store, size: usize, trusting: bool) -> bool {
    store.backend() == DbBackend::Postgres || trusting && size <= rows::TOGETHER
}

/// What came of a batch.
pub(crate) enum Tried {
    /// It is on disk.
    Done {
        /// What came of it.
        done: Done,
        /// Whether others had changed the counts meanwhile, in a way that did not matter.
        moved: bool,
    },
    /// The seats have changed meanwhile, and nothing was done.
    Changed,
    /// It would rest on the very counts, which are not trusted, or on nothing at all; nothing was done.
    LeftAlone,
}

/// Registers `news`, all for the event whose seats are `known`, over the connection that is `kept`. `trusting`: whether the
/// very counts may be relied on.
pub(crate) async fn register(
    store: &Store,
    kept: &mut Kept,
    news: &[Arc<NewRegistration>],
    known: &LockedSeats,
    trusting: bool,
) -> Result<Tried, StoreError> {
    let mut seats = vec![known.clone()];
    let mut decided = desk_rules::decide(news, &mut seats, Found::default());
    // Refusals must not rest on what was only thought to be so; with nothing to write, nothing would be compared.
    if decided.registrations.is_empty() {
        return Ok(Tried::LeftAlone);
    }
    let after = &mut seats[0];
    let terms = terms(store, known, after, &decided);
    if terms == Terms::Counts && !trusting {
        return Ok(Tried::LeftAlone);
    }
    let decisions = std::mem::take(&mut decided.answers).into_iter().filter_map(|decision| match decision {
        Decision::Answered(answer) => Some(answer),
        // Only what is found in the database is decided so, and nothing was looked for.
        Decision::WrittenBefore(_) => None,
    });
    let mut answers: Vec<Answer> = decisions.collect();
    let mut moved = false;
    if store.backend() == DbBackend::Postgres {
        let Some(row) = store.write_statement(on_postgres(known, after, terms, decided), kept).await? else {
            return Ok(Tried::Changed);
        };
        let thought = after.clone();
        counted(&row, after)?;
        moved = *after != thought;
        let (thought, waiting) = (thought.seats.waitlisted, after.seats.waitlisted);
        for position in answers.iter_mut().filter_map(position) {
            *position = (*position + waiting).saturating_sub(thought);
        }
    } else {
        match store.write_text(on_sqlite(known, after, decided)).await {
            Err(StoreError::Conflict(Constraint::Seats)) => return Ok(Tried::Changed),
            result => result?,
        }
    }
    Ok(Tried::Done { done: Done { answers, seats }, moved })
}

/// What a decision rests on. An answer that is kept for its key holds the place in the queue, so that must be right as it
/// is; and so must the counts where somebody was refused for them.
fn terms(store: &Store, before: &LockedSeats, after: &LockedSeats, decided: &Decided) -> Terms {
    let refused = |decision: &Decision| matches!(decision, Decision::Answered(Err(Refused::EventFull { .. })));
    let kept = !decided.records.is_empty() && after.seats.waitlisted > before.seats.waitlisted;
    if store.backend() != DbBackend::Postgres || kept || decided.answers.iter().any(refused) {
        return Terms::Counts;
    }
    before.seats.terms(&after.seats)
}

/// The place in the queue that somebody is told of.
fn position(answer: &mut Answer) -> Option<&mut u32> {
    match answer {
        Ok(Outcome::Registered { registration, .. }) => registration.waitlist_position.as_mut(),
        _ => None,
    }
}

/// The counts as they are now.
fn counted(row: &QueryResult, seats: &mut LockedSeats) -> Result<(), StoreError> {
    let count = |column: &str| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64>("", column)?).map_err(|error| StoreError::corrupt("event_seats", error))
    };
    seats.seats = Seats { confirmed: count("confirmed")?, waitlisted: count("waitlisted")?, ..seats.seats };
    seats.last_queue_number = row.try_get("", "last_queue_number")?;
    Ok(())
}

/// One statement: the rows go in only if the counts did, and it gives back the counts if so. Numbers in the queue are given
/// as they were thought to be, and moved by as much as others have come meanwhile.
fn on_postgres(before: &LockedSeats, after: &LockedSeats, terms: Terms, decided: Decided) -> Statement {
    let mut values = Vec::new();
    let counted = save_if_it_holds(before, after, terms, &mut values);
    values.push(after.last_queue_number.into());
    let moved = format!("(SELECT last_queue_number - ${}::bigint FROM counted)", values.len());
    let registered =
        rows::insert_arrays_moved(decided.registrations, &REGISTRATIONS, Some(("queue_number", &moved)), &mut values);
    let told = rows::insert_arrays(decided.changes, &CHANGES, &mut values);
    let still = "WHERE EXISTS (SELECT 1 FROM counted)";
    // Even for no row at all the table and its indexes would be opened.
    let recorded = if decided.records.is_empty() {
        String::new()
    } else {
        format!(", recorded AS ({} {still})", rows::insert_arrays(decided.records, &[], &mut values))
    };
    let sql = format!(
        "WITH counted AS ({counted}), registered AS ({registered} {still}), told AS ({told} {still}){recorded} \
         SELECT * FROM counted"
    );
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// A column of the seat row, the engine's type, and what it held.
type Column = (&'static str, &'static str, Value);

/// What every decision is made from, beside who asks.
fn decided_from(seats: &LockedSeats) -> [Column; 7] {
    let LockedSeats { event: _, seats: counts, window, starts_at, last_queue_number: _ } = seats;
    [
        ("status", "text", window.status.as_str().into()),
        ("opens_at", "timestamptz", Value::ChronoDateTimeUtc(window.opens_at)),
        ("closes_at", "timestamptz", window.closes_at.into()),
        ("starts_at", "timestamptz", (*starts_at).into()),
        ("ends_at", "timestamptz", window.ends_at.into()),
        ("capacity", "bigint", Value::BigInt(counts.capacity.map(i64::from))),
        ("waitlist", "boolean", counts.waitlist.into()),
    ]
}

/// The very counts.
fn counts(seats: &LockedSeats) -> [Column; 3] {
    [
        ("confirmed", "bigint", i64::from(seats.seats.confirmed).into()),
        ("waitlisted", "bigint", i64::from(seats.seats.waitlisted).into()),
        ("last_queue_number", "bigint", seats.last_queue_number.into()),
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

/// All that may be compared.
fn compared(seats: &LockedSeats) -> impl Iterator<Item = Column> {
    decided_from(seats).into_iter().chain(counts(seats))
}

/// One transaction: where the seats have changed, the count becomes such that its own check refuses it.
fn on_sqlite(before: &LockedSeats, after: &LockedSeats, decided: Decided) -> Statement {
    let (conditions, mut values): (Vec<String>, Vec<Value>) =
        compared(before).map(|(column, _, value)| (format!("{column} IS ?"), value)).unzip();
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

/// Adds to the counts what `after` has more than `before`, if the decision's terms hold, and gives back the counts if so.
fn save_if_it_holds(before: &LockedSeats, after: &LockedSeats, terms: Terms, values: &mut Vec<Value>) -> String {
    let mut place = |value: Value, kind: &str| {
        values.push(value);
        format!("${}::{kind}", values.len())
    };
    let more = |after: u32, before: u32| Value::from(i64::from(after) - i64::from(before));
    let seated = place(more(after.seats.confirmed, before.seats.confirmed), "bigint");
    let queued = place(more(after.seats.waitlisted, before.seats.waitlisted), "bigint");
    let event = place(before.event.0.into(), "uuid");
    let mut equal = |(column, kind, value): Column| format!("{column} IS NOT DISTINCT FROM {}", place(value, kind));
    let mut conditions: Vec<String> = decided_from(before).into_iter().map(&mut equal).collect();
    match terms {
        Terms::Seats(_) => {
            conditions.push(format!("waitlisted = 0 AND (capacity IS NULL OR confirmed + {seated} <= capacity)"));
        }
        Terms::Places => conditions.push("(waitlisted > 0 OR confirmed >= capacity)".to_owned()),
        Terms::Counts => conditions.extend(counts(before).into_iter().map(&mut equal)),
    }
    format!(
        "UPDATE event_seats SET confirmed = confirmed + {seated}, waitlisted = waitlisted + {queued}, \
         ceiling = CASE WHEN capacity IS NOT NULL THEN GREATEST(capacity, confirmed + {seated}) END, \
         last_queue_number = last_queue_number + {queued} WHERE event_id = {event} AND {} \
         RETURNING confirmed, waitlisted, last_queue_number",
        conditions.join(" AND ")
    )
}
