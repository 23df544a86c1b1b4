//! Idempotency records: the responses to requests with an `Idempotency-Key`, stored for 24 hours and replayed when such
//! a request is repeated.
//!
//! A record is written in the same transaction as the request's effect, so neither exists without the other. A record
//! holds digests of the key and the body instead of the texts themselves, and no secret.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::database::error::{Constraint, StoreError};
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::idempotency_record::{Column, Entity, Model};

/// How long a response is stored.
pub const TTL: TimeDelta = TimeDelta::hours(24);
/// Number of expired records that one transaction deletes.
const CLEANUP_BATCH_SIZE: u64 = 1_000;

/// Identifies a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The digest of the caller, the method, the path and the key.
    pub key_digest: Uuid,
    /// The digest of the body.
    pub body_digest: Uuid,
}

/// A response that can be replayed. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header `Location`.
    pub location: Option<String>,
    /// The header `ETag`.
    pub etag: Option<String>,
    /// The body.
    pub body: String,
    /// The registration whose data the body holds.
    pub registration: Option<RegistrationId>,
}

/// Makes a request with a key take effect once. `T` is the outcome of the request.
pub struct IdempotencyGuard<T> {
    /// The key.
    pub key: Key,
    /// Returns the response to store for an outcome; `None` stores nothing. It is called before the commit, possibly
    /// more than once, so it must have no side effects.
    pub record: ResponseRecorder<T>,
}

/// See [`IdempotencyGuard::record`].
pub type ResponseRecorder<T> = Arc<dyn Fn(&T) -> Option<StoredResponse> + Send + Sync>;

impl<T> Clone for IdempotencyGuard<T> {
    fn clone(&self) -> Self {
        Self { key: self.key, record: Arc::clone(&self.record) }
    }
}

/// The record of a key that was used before.
#[derive(Clone, Debug)]
pub enum IdempotencyLookup {
    /// The key was used with the same body; this is the response.
    Found(StoredResponse),
    /// The key was used with another body.
    KeyReused,
}

impl IdempotencyLookup {
    /// Compares the digest of the stored request's body with that of the new request.
    pub(crate) fn new(stored_digest: Uuid, body_digest: Uuid, response: StoredResponse) -> Self {
        if stored_digest == body_digest { Self::Found(response) } else { Self::KeyReused }
    }
}

/// Finds the records of these keys that have not expired. Deletes those that have, so that their keys can be used
/// again.
pub(crate) async fn find_current<C: ConnectionTrait>(
    connection: &C,
    keys: Vec<Uuid>,
    now: Instant,
) -> Result<Vec<Model>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let found = Entity::find().filter(Column::Id.is_in(pad_to_statement_size(keys))).all(connection).await?;
    let (current, expired): (Vec<_>, Vec<_>) = found.into_iter().partition(|record| record.created_at + TTL > now);
    if !expired.is_empty() {
        let expired = expired.into_iter().map(|record| record.id);
        Entity::delete_many().filter(Column::Id.is_in(expired)).exec(connection).await?;
    }
    Ok(current)
}

/// Looks up one key; `None` if it has not been used.
pub(crate) async fn look_up<C: ConnectionTrait>(
    connection: &C,
    key: Key,
    now: Instant,
) -> Result<Option<IdempotencyLookup>, StoreError> {
    let record = find_current(connection, vec![key.key_digest], now).await?.pop();
    record.map(|record| lookup(key, record)).transpose()
}

fn lookup(key: Key, record: Model) -> Result<IdempotencyLookup, StoreError> {
    Ok(IdempotencyLookup::new(record.request_digest, key.body_digest, response(record)?))
}

/// The response that a row holds.
pub(crate) fn response(row: Model) -> Result<StoredResponse, StoreError> {
    Ok(StoredResponse {
        status: u16::try_from(row.status).map_err(|e| StoreError::corrupt("idempotency_records", e))?,
        location: row.location,
        etag: row.etag,
        body: row.body,
        registration: row.registration_id.map(RegistrationId),
    })
}

/// Stores the response to a request with a key, if the outcome has one to store, in the transaction of the request's
/// effect.
pub(crate) async fn record<T>(
    transaction: &DatabaseTransaction,
    guard: Option<&IdempotencyGuard<T>>,
    outcome: &T,
    now: Instant,
) -> Result<(), StoreError> {
    let Some(guard) = guard else { return Ok(()) };
    let Some(response) = (guard.record)(outcome) else { return Ok(()) };
    bulk_insert::insert(transaction, vec![row(guard.key, &response, now)]).await
}

/// The row that stores a response.
pub(crate) fn row(key: Key, response: &StoredResponse, now: Instant) -> Model {
    Model {
        id: key.key_digest,
        request_digest: key.body_digest,
        status: i64::from(response.status),
        location: response.location.clone(),
        etag: response.etag.clone(),
        body: response.body.clone(),
        registration_id: response.registration.map(|id| id.0),
        created_at: now,
    }
}

/// The status that replaces a stored response once its registration is erased. The key stays, so that a late repetition
/// of the request does not register the person again.
pub const ERASED_STATUS: u16 = 404;

/// Erases the response in a record, as [`erase_responses`] does.
pub(crate) fn erase(record: &mut Model) {
    record.status = i64::from(ERASED_STATUS);
    record.location = None;
    record.etag = None;
    record.body = String::new();
    record.registration_id = None;
}

/// Erases the stored responses about these registrations.
pub(crate) async fn erase_responses(
    transaction: &DatabaseTransaction,
    registrations: Vec<Uuid>,
) -> Result<(), StoreError> {
    let mut update = Query::update();
    update
        .table(Entity)
        .values([
            (Column::Status, i64::from(ERASED_STATUS).into()),
            (Column::Location, None::<String>.into()),
            (Column::Etag, None::<String>.into()),
            (Column::Body, "".into()),
            (Column::RegistrationId, None::<Uuid>.into()),
        ])
        .and_where(Expr::col(Column::RegistrationId).is_in(registrations));
    transaction.execute(&update).await?;
    Ok(())
}

impl Store {
    /// Looks up a key; `None` if it has not been used.
    pub async fn idempotency_lookup(&self, key: Key, now: Instant) -> Result<Option<IdempotencyLookup>, StoreError> {
        let current = Column::CreatedAt.gt(now - TTL);
        let record = Entity::find_by_id(key.key_digest).filter(current).one(self.reads()).await?;
        record.map(|record| lookup(key, record)).transpose()
    }

    /// The stored responses for these key digests, by digest, whatever body they were sent with.
    pub async fn stored_responses(
        &self,
        key_digests: Vec<Uuid>,
        now: Instant,
    ) -> Result<HashMap<Uuid, StoredResponse>, StoreError> {
        let found = Column::Id.is_in(pad_to_statement_size(key_digests));
        let current = Column::CreatedAt.gt(now - TTL);
        let records = Entity::find().filter(found).filter(current).all(self.reads()).await?;
        records.into_iter().map(|record| Ok((record.id, response(record)?))).collect()
    }

    /// Stores a response whose effects are already committed. A response that is stored for the key stays.
    pub async fn store_response(&self, key: Key, response: &StoredResponse, now: Instant) -> Result<(), StoreError> {
        let row = row(key, response, now);
        self.write(|transaction| {
            let row = row.clone();
            Box::pin(async move {
                if find_current(transaction, vec![row.id], now).await?.is_empty() {
                    bulk_insert::insert(transaction, vec![row]).await?;
                }
                Ok(())
            })
        })
        .await
        .or_else(|error| match error {
            // A concurrent request with the same key has stored its response first.
            StoreError::Conflict(Constraint::IdempotencyKey) => Ok(()),
            error => Err(error),
        })
    }

    /// Removes expired records, and returns their number.
    pub async fn remove_expired_idempotency_records(&self, now: Instant) -> Result<u64, StoreError> {
        let mut expired = Query::select();
        expired.column(Column::Id).from(Entity).and_where(Column::CreatedAt.lte(now - TTL));
        self.delete_in_batches(Entity, Expr::col(Column::Id), expired, CLEANUP_BATCH_SIZE).await
    }
}
