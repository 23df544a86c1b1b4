//! Requests that are to have one effect, however often they come: what was answered to each key, for a day.
//!
//! A record is written in the transaction of the effect, so there is never one without the other.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::entity::idempotency_record::{Column, Entity, Model};
use crate::{Constraint, Store, StoreError, rows};

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);
/// How many old records one statement removes.
const SWEEP: u64 = 1_000;

/// Names a request. Both halves are digests, so that neither keys nor bodies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key itself, with caller, method and path.
    pub id: Uuid,
    /// The body that came with it.
    pub request: Uuid,
}

/// An answer that is given again. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The status.
    pub status: u16,
    /// The header `Location`.
    pub location: Option<String>,
    /// The header `ETag`.
    pub etag: Option<String>,
    /// The body.
    pub body: String,
    /// Whose data it holds.
    pub registration: Option<RegistrationId>,
}

/// What makes a request have one effect; `A` is what it is answered.
pub struct Once<A> {
    /// The key.
    pub key: Key,
    /// What is kept of an answer, to be given again; `None`: nothing. It is asked before the answer is on disk, so it
    /// must have no effect.
    pub record: Recorder<A>,
}

/// See [`Once::record`].
pub type Recorder<A> = Arc<dyn Fn(&A) -> Option<Recorded> + Send + Sync>;

impl<A> Clone for Once<A> {
    fn clone(&self) -> Self {
        Self { key: self.key, record: Arc::clone(&self.record) }
    }
}

/// What is known of a key.
#[derive(Clone, Debug)]
pub enum Known {
    /// It came before, with this answer.
    Answered(Recorded),
    /// It came before, with another body.
    OfAnother,
}

impl Known {
    pub(crate) fn new(request: Uuid, asked: Uuid, recorded: Recorded) -> Self {
        if request == asked { Self::Answered(recorded) } else { Self::OfAnother }
    }
}

/// The records of these keys that are not too old; those that are, are removed, so that their keys are free.
pub(crate) async fn find<C: ConnectionTrait>(
    connection: &C,
    keys: Vec<Uuid>,
    now: Instant,
) -> Result<Vec<Model>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let found = Entity::find().filter(Column::Id.is_in(rows::padded(keys))).all(connection).await?;
    let (kept, old): (Vec<_>, Vec<_>) = found.into_iter().partition(|record| record.created_at + KEPT > now);
    if !old.is_empty() {
        let old = old.into_iter().map(|record| record.id);
        Entity::delete_many().filter(Column::Id.is_in(old)).exec(connection).await?;
    }
    Ok(kept)
}

/// What is known of one key.
pub(crate) async fn find_one<C: ConnectionTrait>(
    connection: &C,
    key: Key,
    now: Instant,
) -> Result<Option<Known>, StoreError> {
    let record = find(connection, vec![key.id], now).await?.pop();
    record.map(|record| Ok(Known::new(record.request, key.request, recorded(record)?))).transpose()
}

/// The answer that a row holds.
pub(crate) fn recorded(row: Model) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        status: u16::try_from(row.status).map_err(|e| StoreError::corrupt("idempotency_records", e))?,
        location: row.location,
        etag: row.etag,
        body: row.body,
        registration: row.registration_id.map(RegistrationId),
    })
}

/// The row that keeps an answer.
pub(crate) fn row(key: Key, recorded: &Recorded, now: Instant) -> Model {
    Model {
        id: key.id,
        request: key.request,
        status: i64::from(recorded.status),
        location: recorded.location.clone(),
        etag: recorded.etag.clone(),
        body: recorded.body.clone(),
        registration_id: recorded.registration.map(|id| id.0),
        created_at: now,
    }
}

/// What is kept of an answer whose registration has been erased: that there is nothing. The key stays, so that its request,
/// coming late once more, registers nobody anew.
pub const GONE: u16 = 404;

/// Forgets what was answered about these registrations.
pub(crate) async fn forget(transaction: &DatabaseTransaction, registrations: Vec<Uuid>) -> Result<(), StoreError> {
    let mut update = Query::update();
    update
        .table(Entity)
        .values([
            (Column::Status, i64::from(GONE).into()),
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
    /// What is known of a key.
    pub async fn answer_to(&self, key: Key, now: Instant) -> Result<Option<Known>, StoreError> {
        let record = Entity::find_by_id(key.id).filter(Column::CreatedAt.gt(now - KEPT)).one(self.reads()).await?;
        record.map(|record| Ok(Known::new(record.request, key.request, recorded(record)?))).transpose()
    }

    /// The answers to these keys that are kept, whatever came with them.
    pub async fn answers_to(&self, keys: Vec<Uuid>, now: Instant) -> Result<HashMap<Uuid, Recorded>, StoreError> {
        let kept = Column::CreatedAt.gt(now - KEPT);
        let all = Entity::find().filter(Column::Id.is_in(rows::padded(keys))).filter(kept).all(self.reads()).await?;
        all.into_iter().map(|record| Ok((record.id, recorded(record)?))).collect()
    }

    /// Keeps an answer whose effects are on disk already; one that is there stays.
    pub async fn keep_answer(&self, key: Key, recorded: &Recorded, now: Instant) -> Result<(), StoreError> {
        let row = row(key, recorded, now);
        self.write(|transaction| {
            let row = row.clone();
            Box::pin(async move {
                if find(transaction, vec![row.id], now).await?.is_empty() {
                    rows::insert(transaction, vec![row]).await?;
                }
                Ok(())
            })
        })
        .await
        .or_else(|error| match error {
            // An equal request was quicker.
            StoreError::Conflict(Constraint::IdempotencyKey) => Ok(()),
            error => Err(error),
        })
    }

    /// Removes the answers that have been kept for long enough, and says how many.
    pub async fn remove_old_answers(&self, now: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let old =
                Entity::find().select_only().column(Column::Id).filter(Column::CreatedAt.lte(now - KEPT)).limit(SWEEP);
            let old = QueryTrait::into_query(old);
            let swept = self
                .write(|transaction| {
                    let statement = Entity::delete_many().filter(Column::Id.in_subquery(old.clone()));
                    Box::pin(async move { Ok(statement.exec(transaction).await?.rows_affected) })
                })
                .await?;
            removed += swept;
            if swept < SWEEP {
                return Ok(removed);
            }
        }
    }
}
