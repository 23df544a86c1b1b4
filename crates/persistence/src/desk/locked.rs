//! The desk's locked path: locks the seat rows of a batch's events, looks for existing registrations, decides, writes
//! and commits.

use std::collections::HashSet;
use std::sync::Arc;

use plenaria_domain::values::ids::RegistrationId;
use sea_orm::sea_query::SqliteQueryBuilder;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult, Statement};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::desk::decide;
use crate::desk::decide::{
    BatchPlan, CHANGE_CONSTANTS, Decision, Existing, ExistingRegistration, REGISTRATION_CONSTANTS,
};
use crate::desk::queue::DeskQueue;
use crate::idempotency;
use crate::registrations::new_registration::{
    NewRegistration, RegistrationError, RegistrationOutcome, RegistrationReply,
};
use crate::registrations::read;
use crate::seats::{self, LockedSeats};

/// When to look for registrations and idempotency records that a batch duplicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DuplicateCheck {
    /// Before deciding.
    Before,
    /// Only after a unique index has rejected the batch with [`Constraint::ActiveEmail`],
    /// [`Constraint::ExternalReference`] or [`Constraint::IdempotencyKey`]; the batch must then be repeated with
    /// [`DuplicateCheck::Before`]. While duplicates are rare, this saves round trips.
    ///
    /// [`Constraint::ActiveEmail`]: crate::database::error::Constraint::ActiveEmail
    /// [`Constraint::ExternalReference`]: crate::database::error::Constraint::ExternalReference
    /// [`Constraint::IdempotencyKey`]: crate::database::error::Constraint::IdempotencyKey
    OnConflict,
}

/// A batch that has been written.
pub(crate) struct Committed {
    /// In the order of the requests.
    pub(crate) replies: Vec<RegistrationReply>,
    /// The seats of the batch's events after the commit.
    pub(crate) seats: Vec<LockedSeats>,
}

/// Registers the queue's batch in one transaction. Requests for the same events that arrive before the lock is granted
/// join the batch.
pub(crate) async fn register(
    store: &Store,
    queue: &Arc<Mutex<DeskQueue>>,
    duplicate_check: DuplicateCheck,
) -> Result<Committed, StoreError> {
    store
        .write(|transaction| {
            let queue = Arc::clone(queue);
            Box::pin(async move {
                let events = queue.lock().await.events();
                let seats = seats::lock(transaction, &events).await?;
                let batch = queue.lock().await.extend_batch(&events);
                decide_and_write(transaction, &batch, seats, duplicate_check).await
            })
        })
        .await
}

/// Registers one person in a transaction of its own.
pub(crate) async fn register_one(store: &Store, new: &Arc<NewRegistration>) -> Result<Committed, StoreError> {
    store
        .write(|transaction| {
            let new = Arc::clone(new);
            Box::pin(async move {
                let seats = seats::lock(transaction, &[new.event_id]).await?;
                decide_and_write(transaction, &[new], seats, DuplicateCheck::Before).await
            })
        })
        .await
}

async fn decide_and_write(
    transaction: &DatabaseTransaction,
    batch: &[Arc<NewRegistration>],
    mut seats: Vec<LockedSeats>,
    duplicate_check: DuplicateCheck,
) -> Result<Committed, StoreError> {
    let existing = match duplicate_check {
        DuplicateCheck::Before => find_existing(transaction, batch).await?,
        DuplicateCheck::OnConflict => Existing::default(),
    };
    let mut plan = decide::decide(batch, &mut seats, existing);
    let decisions = std::mem::take(&mut plan.decisions);
    write(transaction, plan, &seats).await?;
    let mut replies = Vec::with_capacity(decisions.len());
    for decision in decisions {
        replies.push(match decision {
            Decision::Reply(reply) => reply,
            Decision::AlreadyCommitted(id) => already_committed(transaction, id).await?,
        });
    }
    Ok(Committed { replies, seats })
}

/// The reply to a request that an earlier attempt has committed, read from the database.
pub(crate) async fn already_committed(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
) -> Result<RegistrationReply, StoreError> {
    tracing::info!(registration = %id, "found a registration whose commit had not been acknowledged");
    let registration = read::read(transaction, id, None).await?;
    let outcome = |r| RegistrationOutcome::Registered { registration: Box::new(r), stored: None };
    Ok(registration.ok_or(RegistrationError::Overloaded).map(outcome))
}

/// Writes a plan: on `PostgreSQL` in one statement, because round trips dominate a batch's cost; on `SQLite` as one
/// text of several statements, or a few if the rows are very many.
pub(crate) async fn write(
    transaction: &DatabaseTransaction,
    plan: BatchPlan,
    seats: &[LockedSeats],
) -> Result<(), StoreError> {
    let changed = |l: &&LockedSeats| plan.registrations.iter().any(|row| row.event_id == l.event.0);
    let seats: Vec<&LockedSeats> = seats.iter().filter(changed).collect();
    if plan.registrations.is_empty() && plan.idempotency_records.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let registrations = bulk_insert::bulk_insert_sql(plan.registrations, &REGISTRATION_CONSTANTS, &mut values);
        let changes = bulk_insert::bulk_insert_sql(plan.changes, &CHANGE_CONSTANTS, &mut values);
        let records = bulk_insert::bulk_insert_sql(plan.idempotency_records, &[], &mut values);
        let counts = seats::bulk_update_sql(&seats, &mut values);
        let sql =
            format!("WITH registered AS ({registrations}), changed AS ({changes}), recorded AS ({records}) {counts}");
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        return Ok(());
    }
    let counts = seats.into_iter().map(|locked| seats::update(locked).build(SqliteQueryBuilder));
    let counts = counts.map(|(sql, values)| (sql, values.0)).collect();
    bulk_insert::insert_three_tables(transaction, (plan.registrations, plan.changes, plan.idempotency_records), counts)
        .await
}

#[derive(FromQueryResult)]
struct ActiveRow {
    id: Uuid,
    event_id: Uuid,
    active_email: String,
    source: String,
}

#[derive(FromQueryResult)]
struct ReferenceRow {
    event_id: Uuid,
    client_id: Uuid,
    external_reference: String,
}

/// Finds the rows that a batch may collide with. The locks on the seat rows prevent others from adding any.
///
/// The addresses are sent as one JSON parameter, so the statement's text is the same for any number of them. On
/// `PostgreSQL` the lateral join makes the planner look up each address in the index; for a list of values it might
/// read the whole table while its statistics lag behind the table's growth.
pub(crate) async fn find_existing(
    transaction: &DatabaseTransaction,
    batch: &[Arc<NewRegistration>],
) -> Result<Existing, StoreError> {
    let addresses: Vec<&str> = batch.iter().map(|n| n.attendee.email.key()).collect();
    let addresses = serde_json::to_string(&addresses).map_err(|error| StoreError::corrupt("new rows", error))?;
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS requested(address) CROSS JOIN LATERAL \
             (SELECT id, event_id, active_email, source FROM registrations WHERE active_email = requested.address OFFSET 0) AS r"
        }
        _ => {
            "SELECT r.id, r.event_id, r.active_email, r.source FROM json_each($1) AS requested \
             JOIN registrations AS r ON r.active_email = requested.value"
        }
    };
    let statement = Statement::from_sql_and_values(backend, sql, [addresses.into()]);
    let active = ActiveRow::find_by_statement(statement).all(transaction).await?;
    let key_digest = |new: &Arc<NewRegistration>| new.idempotency.as_ref().map(|guard| guard.key.key_digest);
    let keys: Vec<Uuid> = batch.iter().filter_map(key_digest).collect();
    let now = batch.iter().map(|new| new.received_at).max().unwrap_or_default();
    let records = idempotency::find_current(transaction, keys, now).await?;
    Ok(Existing {
        registrations: active
            .into_iter()
            .map(|row| {
                let existing = ExistingRegistration::Stored { id: RegistrationId(row.id), source: row.source };
                ((row.event_id, row.active_email), existing)
            })
            .collect(),
        references: find_references(transaction, batch).await?,
        idempotency_records: records.into_iter().map(|record| (record.id, record)).collect(),
    })
}

/// Finds the batch's external references that are in use. Requests of the public form have none.
async fn find_references(
    transaction: &DatabaseTransaction,
    batch: &[Arc<NewRegistration>],
) -> Result<HashSet<(Uuid, Uuid, String)>, StoreError> {
    let references: Vec<String> = batch.iter().filter_map(|n| n.reference()).map(|(.., text)| text).collect();
    if references.is_empty() {
        return Ok(HashSet::new());
    }
    let references = serde_json::to_string(&references).map_err(|error| StoreError::corrupt("new rows", error))?;
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS requested(reference) CROSS JOIN LATERAL \
             (SELECT event_id, client_id, external_reference FROM registrations \
             WHERE external_reference = requested.reference AND client_id IS NOT NULL OFFSET 0) AS r"
        }
        _ => {
            "SELECT r.event_id, r.client_id, r.external_reference FROM json_each($1) AS requested \
             JOIN registrations AS r ON r.external_reference = requested.value AND r.client_id IS NOT NULL"
        }
    };
    let statement = Statement::from_sql_and_values(backend, sql, [references.into()]);
    let used = ReferenceRow::find_by_statement(statement).all(transaction).await?;
    Ok(used.into_iter().map(|row| (row.event_id, row.client_id, row.external_reference)).collect())
}
