//! Hands messages that are due to workers, and records the result of each attempt.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::TimeDelta;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Order, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QuerySelect as _,
};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;
use crate::mail::queue::MailQueue;

/// A message that only this worker may send until its lease ends.
#[derive(Clone, Debug)]
pub struct ClaimedMessage {
    /// The message's id, which is the same in every attempt.
    pub id: MessageId,
    /// When the lease ends; it also identifies the claim.
    pub until: Instant,
    /// The kind of message.
    pub kind: MessageKind,
    /// The registration that it is about.
    pub registration: RegistrationId,
    /// The address, if it is not the registration's current one.
    pub recipient: Option<EmailAddress>,
    /// The registration's event.
    pub event: EventId,
    /// When its cause happened.
    pub at: Instant,
    /// The number of attempts, including this one.
    pub attempts: u32,
    /// The parts of the event that changed: `time`, `programme`, `place`.
    pub changed: Vec<String>,
    /// The event's revision after the first of these changes.
    pub since_revision: Option<i64>,
}

/// The result of an attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// A mail server accepted it.
    Sent,
    /// Its content no longer holds, or its recipient has been erased. It is deleted.
    Dropped,
    /// It is sent again at this time.
    Retry(Instant),
    /// No mail server could be reached. It is sent again at this time, and the attempt does not count.
    Postponed(Instant),
    /// It was given up: the mail server's code, or a reason of this program.
    Refused(String),
}

impl MailQueue {
    /// Returns when the next message is due, if there is one.
    pub async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        let mut query = Query::select();
        query
            .column(Column::NextAttemptAt)
            .from(Entity)
            .and_where(Expr::cust("state = 'pending'"))
            .order_by(Column::NextAttemptAt, Order::Asc)
            .limit(1);
        let row = self.store.reads().query_one(&query).await?;
        Ok(row.map(|row| row.try_get("", "next_attempt_at")).transpose()?)
    }

    /// Returns those of these registrations that exist and have not been erased.
    pub async fn existing_registrations(&self, ids: &[RegistrationId]) -> Result<HashSet<RegistrationId>, StoreError> {
        let existing: Vec<Uuid> = registration::Entity::find()
            .select_only()
            .column(registration::Column::Id)
            .filter(registration::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(registration::Column::ErasedAt.is_null())
            .into_tuple()
            .all(self.store.reads())
            .await?;
        Ok(existing.into_iter().map(RegistrationId).collect())
    }

    /// Claims at most `limit` messages that are due. No other worker gets them until the lease ends.
    pub async fn claim(&self, limit: u64, now: Instant, lease: TimeDelta) -> Result<Vec<ClaimedMessage>, StoreError> {
        let until = now + lease;
        let rows = self.store.write(|transaction| Box::pin(claim(transaction, limit, now, until))).await?;
        rows.into_iter().map(|row| claimed(row, until)).collect()
    }

    /// Records the results of attempts. Returns the messages that no longer exist, because their registration was
    /// erased in the meantime.
    pub async fn record(
        &self,
        outcomes: Vec<(ClaimedMessage, MailOutcome)>,
        now: Instant,
    ) -> Result<Vec<ClaimedMessage>, StoreError> {
        let outcomes = Arc::new(outcomes);
        let missing = self
            .store
            .write(|transaction| {
                let outcomes = Arc::clone(&outcomes);
                Box::pin(async move {
                    let mut missing = Vec::new();
                    for (claimed, outcome) in outcomes.iter() {
                        if !record(transaction, claimed, outcome, now).await? {
                            missing.push(claimed.clone());
                        }
                    }
                    Ok(missing)
                })
            })
            .await?;
        if let Some(metrics) = self.store.metrics() {
            metrics.delivery.count_mail(outcomes.iter().map(|(_, outcome)| outcome));
        }
        Ok(missing)
    }

    /// Deletes the messages from before this instant that were sent or given up, and returns their number.
    pub async fn remove_old(&self, before: Instant) -> Result<u64, StoreError> {
        self.store.write(|transaction| Box::pin(remove_old(transaction, before))).await
    }
}

async fn remove_old(transaction: &DatabaseTransaction, before: Instant) -> Result<u64, StoreError> {
    // This is the condition of the index on such messages, word for word.
    let old = Entity::delete_many().filter(Expr::cust("state <> 'pending'")).filter(Column::CreatedAt.lt(before));
    Ok(old.exec(transaction).await?.rows_affected)
}

/// A claim makes the message due when the lease ends, so that a search for due messages does not have to skip claimed
/// ones.
async fn claim(
    transaction: &DatabaseTransaction,
    limit: u64,
    now: Instant,
    until: Instant,
) -> Result<Vec<Model>, StoreError> {
    let mut due = Query::select();
    due.column(Column::Id)
        .from(Entity)
        .and_where(Expr::cust("state = 'pending'"))
        .and_where(Expr::col(Column::NextAttemptAt).lte(now))
        .order_by(Column::NextAttemptAt, Order::Asc)
        .order_by(Column::Id, Order::Asc)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::NextAttemptAt, until)
        .value(Column::ClaimedUntil, until)
        .value(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .and_where(Expr::col(Column::Id).in_subquery(due))
        .returning_all();
    let statement = transaction.get_database_backend().build(&update);
    let mut rows = Model::find_by_statement(statement).all(transaction).await?;
    rows.sort_unstable_by_key(|row| (row.created_at, row.id));
    Ok(rows)
}

fn claimed(row: Model, until: Instant) -> Result<ClaimedMessage, StoreError> {
    let corrupt = |what: &str| StoreError::corrupt("messages", what);
    let changed = row.data["changed"].as_array().into_iter().flatten();
    Ok(ClaimedMessage {
        id: MessageId(row.id),
        until,
        kind: MessageKind::parse(&row.kind).map_err(|_| corrupt("an unknown kind"))?,
        registration: row
            .registration_id
            .map(RegistrationId)
            .ok_or_else(|| corrupt("a message without a registration"))?,
        recipient: row
            .recipient
            .as_deref()
            .map(EmailAddress::parse)
            .transpose()
            .map_err(|_| corrupt("an invalid recipient"))?,
        event: EventId(row.event_id),
        at: row.created_at,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        since_revision: row.data["since_revision"].as_i64(),
        changed: changed.filter_map(|part| part.as_str().map(str::to_owned)).collect(),
    })
}

/// Records one result, unless another worker has claimed the message since. Returns whether the message still exists.
async fn record(
    transaction: &DatabaseTransaction,
    claimed: &ClaimedMessage,
    outcome: &MailOutcome,
    now: Instant,
) -> Result<bool, StoreError> {
    let pending: SimpleExpr = "pending".into();
    let attempts = Expr::col(Column::Attempts);
    let (state, next, attempts, error, ended) = match outcome {
        MailOutcome::Dropped => {
            let delete = Entity::delete_many().filter(Column::Id.eq(claimed.id.0));
            delete.filter(Column::ClaimedUntil.eq(claimed.until)).exec(transaction).await?;
            return Ok(true);
        }
        MailOutcome::Sent => ("sent".into(), claimed.until, attempts, None, Some(now)),
        MailOutcome::Refused(code) => ("failed".into(), claimed.until, attempts, Some(code.clone()), Some(now)),
        MailOutcome::Retry(at) => (pending, *at, attempts, None, None),
        MailOutcome::Postponed(at) => (pending, *at, attempts.sub(1), None, None),
    };
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::State, state)
        .value(Column::NextAttemptAt, next)
        .value(Column::Attempts, attempts)
        .value(Column::Error, error)
        .value(Column::EndedAt, ended)
        .value(Column::ClaimedUntil, None::<Instant>)
        .and_where(Expr::col(Column::Id).eq(claimed.id.0))
        .and_where(Expr::col(Column::ClaimedUntil).eq(claimed.until));
    if ended.is_some() {
        update.value(Column::Recipient, None::<String>);
    }
    if transaction.execute(&update).await?.rows_affected() > 0 {
        return Ok(true);
    }
    // Either another worker has claimed it, or it was deleted.
    Ok(Entity::find_by_id(claimed.id.0).one(transaction).await?.is_some())
}
