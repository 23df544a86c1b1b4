//! The desk's optimistic path: decides a batch for one event from remembered seat counts, and writes it with a single
//! statement that has no effect unless the seat row still permits the decision.
//!
//! It takes one round trip (on `SQLite`: one change of threads) instead of four or more. Other writers need not know
//! about this path, because the statement compares the seat row itself. On `PostgreSQL` it compares only what the
//! decision depends on ([`Precondition`]): that enough seats remain, or that the event is full. Such a condition mostly
//! survives the registrations that other instances make meanwhile, so instances that serve the same event rarely
//! invalidate each other's batches, and wait for each other's commits only.

use std::sync::Arc;

use plenaria_domain::registration::seats::{Precondition, Seats};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, QueryResult, Statement};

use crate::database::error::{Constraint, StoreError};
use crate::database::pool::HeldConnection;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::desk::decide;
use crate::desk::ledger::plan::Plan;
use crate::desk::ledger::state::Ledger;
use crate::desk::locked::Committed;
use crate::desk::reply::{Outcome, Reply};
use crate::desk::request::Request;
use crate::desk::write::{self, Condition};
use crate::seats::LockedSeats;

/// Whether this path can write a batch of this size.
pub(crate) fn supports(store: &Store, size: usize, allow_exact_counts: bool) -> bool {
    store.backend() == DbBackend::Postgres || allow_exact_counts && size <= bulk_insert::MAX_ROWS_PER_STATEMENT
}

/// The result of an optimistic attempt.
pub(crate) enum Attempt {
    /// The batch is committed.
    Committed {
        committed: Committed,
        /// Whether another writer had changed the counts in a way that the decision permits.
        rebased: bool,
    },
    /// The seat row no longer permits the decision. Nothing was written.
    Conflict,
    /// The decision would depend on exact counts that are not allowed, refuses a request, or writes no registration. Nothing was
    /// written.
    NotApplicable,
}

/// Registers a batch of people for the event of `before`, which are its seats as remembered. `allow_exact_counts`
/// says whether the decision may depend on the exact counts.
pub(crate) async fn register(
    store: &Store,
    connection: &mut HeldConnection,
    batch: &[Arc<Request>],
    before: &LockedSeats,
    allow_exact_counts: bool,
) -> Result<Attempt, StoreError> {
    let mut ledger = Ledger::new(vec![before.clone()], batch.len());
    let mut replies = decide::decide(&mut ledger, batch)?;
    let (plan, mut seats) = ledger.into_plan();
    // A refusal needs the rows that this path does not read: a person who is registered already, or a request whose response is
    // stored, gets another reply even if the event is full. A plan without registrations would compare nothing.
    if replies.iter().any(Result::is_err) || plan.inserted.is_empty() || !plan.is_admissions_only() {
        return Ok(Attempt::NotApplicable);
    }
    let after = &mut seats[0];
    let precondition = precondition(store, before, after, &plan);
    if precondition == Precondition::ExactCounts && !allow_exact_counts {
        return Ok(Attempt::NotApplicable);
    }
    let mut rebased = false;
    if store.backend() == DbBackend::Postgres {
        let statement = postgres_statement(before, after, precondition, plan);
        let Some(row) = store.write_single_statement(statement, connection).await? else {
            return Ok(Attempt::Conflict);
        };
        let expected = after.clone();
        read_counts(&row, after)?;
        rebased = *after != expected;
        let (expected, actual) = (expected.seats.waitlisted, after.seats.waitlisted);
        for position in replies.iter_mut().filter_map(waitlist_position) {
            *position = (*position + actual).saturating_sub(expected);
        }
    } else {
        match store.write_sqlite_batch(sqlite_batch(before, after, plan)).await {
            Err(StoreError::Conflict(Constraint::Seats)) => return Ok(Attempt::Conflict),
            result => result?,
        }
    }
    Ok(Attempt::Committed { committed: Committed { replies, seats, withheld: 0 }, rebased })
}

/// The weakest condition on the seat row under which the plan stays valid. A waiting list position in a stored response
/// cannot be corrected afterwards, so it requires the exact counts.
fn precondition(store: &Store, before: &LockedSeats, after: &LockedSeats, plan: &Plan) -> Precondition {
    let stores_positions = !plan.records.is_empty() && after.seats.waitlisted > before.seats.waitlisted;
    if store.backend() != DbBackend::Postgres || stores_positions {
        return Precondition::ExactCounts;
    }
    before.seats.precondition(&after.seats)
}

fn waitlist_position(reply: &mut Reply) -> Option<&mut u32> {
    match reply {
        Ok(Outcome::Registration { registration, .. }) => registration.waitlist_position.as_mut(),
        _ => None,
    }
}

/// Sets the counts to those that the statement returned.
fn read_counts(row: &QueryResult, seats: &mut LockedSeats) -> Result<(), StoreError> {
    let count = |column: &str| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64>("", column)?).map_err(|error| StoreError::corrupt("event_seats", error))
    };
    seats.seats = Seats { confirmed: count("confirmed")?, waitlisted: count("waitlisted")?, ..seats.seats };
    seats.last_waitlist_number = row.try_get("", "last_waitlist_number")?;
    Ok(())
}

/// One statement that updates the seat row if the precondition holds, inserts the rows only if it did, and returns the
/// new counts in that case. Each new waiting list number is shifted by as many numbers as other writers have used since
/// `before`.
fn postgres_statement(before: &LockedSeats, after: &LockedSeats, precondition: Precondition, plan: Plan) -> Statement {
    let mut values = Vec::new();
    let counts = conditional_update_sql(before, after, precondition, &mut values);
    values.push(after.last_waitlist_number.into());
    let offset = format!("(SELECT last_waitlist_number - ${}::bigint FROM counted)", values.len());
    let condition = Condition { inserts: "WHERE EXISTS (SELECT 1 FROM counted)", waitlist_offset: Some(&offset) };
    let parts = write::postgres_parts(plan, &condition, &mut values);
    let parts: Vec<String> = parts.into_iter().map(|(name, sql)| format!("{name} AS ({sql})")).collect();
    let sql = format!("WITH counted AS ({counts}), {} SELECT * FROM counted", parts.join(", "));
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// A column of the seat row, its type on `PostgreSQL`, and its value.
type Column = (&'static str, &'static str, Value);

/// The columns that every decision depends on, apart from the counts.
fn event_columns(seats: &LockedSeats) -> [Column; 7] {
    let LockedSeats { event: _, seats: counts, window, starts_at, last_waitlist_number: _ } = seats;
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

fn count_columns(seats: &LockedSeats) -> [Column; 3] {
    [
        ("confirmed", "bigint", i64::from(seats.seats.confirmed).into()),
        ("waitlisted", "bigint", i64::from(seats.seats.waitlisted).into()),
        ("last_waitlist_number", "bigint", seats.last_waitlist_number.into()),
    ]
}

/// The columns that a batch updates, and their new values.
fn updated_columns(seats: &LockedSeats) -> [(&'static str, Value); 4] {
    [
        ("confirmed", i64::from(seats.seats.confirmed).into()),
        ("max_confirmed", Value::BigInt(seats.seats.max_confirmed().map(i64::from))),
        ("waitlisted", i64::from(seats.seats.waitlisted).into()),
        ("last_waitlist_number", seats.last_waitlist_number.into()),
    ]
}

/// The statements of one transaction on `SQLite`. If the seat row differs from `before`, the update sets `confirmed` to
/// -1, which the table's check rejects, so that the transaction is rolled back with [`Constraint::Seats`].
fn sqlite_batch(before: &LockedSeats, after: &LockedSeats, plan: Plan) -> Statement {
    let compared = event_columns(before).into_iter().chain(count_columns(before));
    let (conditions, mut values): (Vec<String>, Vec<Value>) =
        compared.map(|(column, _, value)| (format!("{column} IS ?"), value)).unzip();
    let conditions = conditions.join(" AND ");
    let (set, counts): (Vec<String>, Vec<Value>) = updated_columns(after)
        .into_iter()
        .map(|(column, value)| match column {
            "confirmed" => (format!("{column} = CASE WHEN {conditions} THEN ? ELSE -1 END"), value),
            _ => (format!("{column} = ?"), value),
        })
        .unzip();
    values.extend(counts);
    values.push(after.event.0.into());
    let update = format!("UPDATE OR ROLLBACK event_seats SET {} WHERE event_id = ?", set.join(", "));
    let mut statements = vec![(update, values)];
    statements.extend(write::sqlite_statements(plan, "INSERT OR ROLLBACK"));
    write::join_statements(DbBackend::Sqlite, statements)
}

/// The update that adds the batch's counts to the seat row if the precondition holds, and then returns the new counts.
/// Its parameters are appended to `values`.
fn conditional_update_sql(
    before: &LockedSeats,
    after: &LockedSeats,
    precondition: Precondition,
    values: &mut Vec<Value>,
) -> String {
    let mut bind = |value: Value, sql_type: &str| {
        values.push(value);
        format!("${}::{sql_type}", values.len())
    };
    let difference = |after: u32, before: u32| Value::from(i64::from(after) - i64::from(before));
    let confirmed = bind(difference(after.seats.confirmed, before.seats.confirmed), "bigint");
    let waitlisted = bind(difference(after.seats.waitlisted, before.seats.waitlisted), "bigint");
    let event = bind(before.event.0.into(), "uuid");
    let mut equals =
        |(column, sql_type, value): Column| format!("{column} IS NOT DISTINCT FROM {}", bind(value, sql_type));
    let mut conditions: Vec<String> = event_columns(before).into_iter().map(&mut equals).collect();
    match precondition {
        Precondition::SeatsAvailable(_) => {
            conditions.push(format!("waitlisted = 0 AND (capacity IS NULL OR confirmed + {confirmed} <= capacity)"));
        }
        Precondition::EventFull => conditions.push("(waitlisted > 0 OR confirmed >= capacity)".to_owned()),
        Precondition::ExactCounts => conditions.extend(count_columns(before).into_iter().map(&mut equals)),
    }
    format!(
        "UPDATE event_seats SET confirmed = confirmed + {confirmed}, waitlisted = waitlisted + {waitlisted}, \
         max_confirmed = CASE WHEN capacity IS NOT NULL THEN GREATEST(capacity, confirmed + {confirmed}) END, \
         last_waitlist_number = last_waitlist_number + {waitlisted} WHERE event_id = {event} AND {} \
         RETURNING confirmed, waitlisted, last_waitlist_number",
        conditions.join(" AND ")
    )
}
