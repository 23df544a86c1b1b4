//! One batch of the desk, whatever its events: lock, look for what is there already, decide in order, write, commit.

use std::collections::HashSet;
use std::sync::Arc;

use plenaria_domain::ids::RegistrationId;
use sea_orm::sea_query::SqliteQueryBuilder;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult, Statement};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::desk::{Answer, NewRegistration, Outcome, Refused};
use crate::desk_line::Line;
use crate::desk_rules::{self, CHANGES, Decided, Decision, Found, REGISTRATIONS, Taken};
use crate::seats::{self, LockedSeats};
use crate::{Store, StoreError, idempotency, registrations, rows};

/// Whether to look first for addresses that are registered already, and for keys that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Look first.
    First,
    /// Do not: if there is one, a unique index refuses the batch with [`Constraint::LiveAddress`],
    /// [`Constraint::ExternalReference`] or [`Constraint::IdempotencyKey`], and it is to be done again with [`Lookup::First`]. Where these are rare this
    /// saves round trips.
    ///
    /// [`Constraint::LiveAddress`]: crate::Constraint::LiveAddress
    /// [`Constraint::ExternalReference`]: crate::Constraint::ExternalReference
    /// [`Constraint::IdempotencyKey`]: crate::Constraint::IdempotencyKey
    Skip,
}

/// A batch that is on disk.
pub(crate) struct Done {
    /// In the order of the requests.
    pub(crate) answers: Vec<Answer>,
    /// The seats of the batch's events after it.
    pub(crate) seats: Vec<LockedSeats>,
}

/// Registers all of the line's batch in one transaction, and whoever joins it before its events are locked.
pub(crate) async fn register(store: &Store, line: &Arc<Mutex<Line>>, lookup: Lookup) -> Result<Done, StoreError> {
    store
        .write(|transaction| {
            let line = Arc::clone(line);
            Box::pin(async move {
                let events = line.lock().await.events();
                let seats = seats::lock(transaction, &events).await?;
                let news = line.lock().await.joined(&events);
                under_lock(transaction, &news, seats, lookup).await
            })
        })
        .await
}

/// Registers one person.
pub(crate) async fn register_one(store: &Store, new: &Arc<NewRegistration>) -> Result<Done, StoreError> {
    store
        .write(|transaction| {
            let new = Arc::clone(new);
            Box::pin(async move {
                let seats = seats::lock(transaction, &[new.event_id]).await?;
                under_lock(transaction, &[new], seats, Lookup::First).await
            })
        })
        .await
}

async fn under_lock(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
    mut seats: Vec<LockedSeats>,
    lookup: Lookup,
) -> Result<Done, StoreError> {
    let found = match lookup {
        Lookup::First => find(transaction, news).await?,
        Lookup::Skip => Found::default(),
    };
    let mut decided = desk_rules::decide(news, &mut seats, found);
    let decisions = std::mem::take(&mut decided.answers);
    write(transaction, decided, &seats).await?;
    let mut answers = Vec::with_capacity(decisions.len());
    for decision in decisions {
        answers.push(match decision {
            Decision::Answered(answer) => answer,
            Decision::WrittenBefore(id) => written_before(transaction, id).await?,
        });
    }
    Ok(Done { answers, seats })
}

/// The answer to a request whose first try was committed, as the database holds it.
pub(crate) async fn written_before(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
) -> Result<Answer, StoreError> {
    tracing::info!(registration = %id, "a registration had been committed without an answer");
    let read = registrations::read(transaction, id, None).await?;
    let outcome = |r| Outcome::Registered { registration: Box::new(r), recorded: None };
    Ok(read.ok_or(Refused::Overloaded).map(outcome))
}

/// Writes what was decided: on `PostgreSQL` in one statement, since round trips are what a batch costs; on `SQLite` as
/// one text, unless they are very many.
pub(crate) async fn write(
    transaction: &DatabaseTransaction,
    decided: Decided,
    seats: &[LockedSeats],
) -> Result<(), StoreError> {
    let changed = |l: &&LockedSeats| decided.registrations.iter().any(|row| row.event_id == l.event.0);
    let seats: Vec<&LockedSeats> = seats.iter().filter(changed).collect();
    if decided.registrations.is_empty() && decided.records.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let registered = rows::insert_arrays(decided.registrations, &REGISTRATIONS, &mut values);
        let told = rows::insert_arrays(decided.changes, &CHANGES, &mut values);
        let recorded = rows::insert_arrays(decided.records, &[], &mut values);
        let counted = seats::save_arrays(&seats, &mut values);
        let sql = format!("WITH registered AS ({registered}), told AS ({told}), recorded AS ({recorded}) {counted}");
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        return Ok(());
    }
    let counted = seats.into_iter().map(|locked| seats::update(locked).build(SqliteQueryBuilder));
    let counted = counted.map(|(sql, values)| (sql, values.0)).collect();
    rows::insert_together(transaction, (decided.registrations, decided.changes, decided.records), counted).await
}

#[derive(FromQueryResult)]
struct LiveRow {
    id: Uuid,
    event_id: Uuid,
    live_email: String,
    source: String,
}

#[derive(FromQueryResult)]
struct ReferenceRow {
    event_id: Uuid,
    client_id: Uuid,
    external_reference: String,
}

/// What is in the way of those who ask. Under the lock nobody can add to it.
///
/// One parameter whatever the number of addresses, and on `PostgreSQL` one index look-up for each of them: a list of
/// values would tempt its planner, while it knows little of a table that grows fast, to read the whole of it.
pub(crate) async fn find(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
) -> Result<Found, StoreError> {
    let addresses: Vec<&str> = news.iter().map(|n| n.attendee.email.key()).collect();
    let addresses = serde_json::to_string(&addresses).map_err(|error| StoreError::corrupt("new rows", error))?;
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS asked(address) CROSS JOIN LATERAL \
             (SELECT id, event_id, live_email, source FROM registrations WHERE live_email = asked.address OFFSET 0) AS r"
        }
        _ => {
            "SELECT r.id, r.event_id, r.live_email, r.source FROM json_each($1) AS asked \
             JOIN registrations AS r ON r.live_email = asked.value"
        }
    };
    let statement = Statement::from_sql_and_values(backend, sql, [addresses.into()]);
    let live = LiveRow::find_by_statement(statement).all(transaction).await?;
    let keys: Vec<Uuid> = news.iter().filter_map(|new| new.once.as_ref().map(|once| once.key.id)).collect();
    let now = news.iter().map(|new| new.received_at).max().unwrap_or_default();
    let answered = idempotency::find(transaction, keys, now).await?;
    Ok(Found {
        live: live
            .into_iter()
            .map(|row| {
                let taken = Taken::Stored { id: RegistrationId(row.id), source: row.source };
                ((row.event_id, row.live_email), taken)
            })
            .collect(),
        references: find_references(transaction, news).await?,
        answered: answered.into_iter().map(|record| (record.id, record)).collect(),
    })
}

/// The clients' own names that are used already, looked for in the same way. Registrations of the public have none.
async fn find_references(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
) -> Result<HashSet<(Uuid, Uuid, String)>, StoreError> {
    let names: Vec<String> = news.iter().filter_map(|n| n.reference()).map(|(.., name)| name).collect();
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    let names = serde_json::to_string(&names).map_err(|error| StoreError::corrupt("new rows", error))?;
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS asked(name) CROSS JOIN LATERAL \
             (SELECT event_id, client_id, external_reference FROM registrations \
             WHERE external_reference = asked.name AND client_id IS NOT NULL OFFSET 0) AS r"
        }
        _ => {
            "SELECT r.event_id, r.client_id, r.external_reference FROM json_each($1) AS asked \
             JOIN registrations AS r ON r.external_reference = asked.value AND r.client_id IS NOT NULL"
        }
    };
    let statement = Statement::from_sql_and_values(backend, sql, [names.into()]);
    let used = ReferenceRow::find_by_statement(statement).all(transaction).await?;
    Ok(used.into_iter().map(|row| (row.event_id, row.client_id, row.external_reference)).collect())
}
