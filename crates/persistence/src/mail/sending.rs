//! Handing out what is to be sent, and writing down what came of it.

use std::collections::HashSet;

use chrono::TimeDelta;
use plenaria_domain::ids::{EventId, MessageId, RegistrationId};
use plenaria_domain::message::MessageKind;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Order, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QuerySelect as _,
};
use uuid::Uuid;

use super::{Claimed, Mail, Outcome};
use crate::StoreError;
use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;

impl Mail {
    /// When the next message is due, if there is one.
    pub async fn due(&self) -> Result<Option<Instant>, StoreError> {
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

    /// Those of these registrations that are there and not erased.
    pub async fn living(&self, ids: &[RegistrationId]) -> Result<HashSet<RegistrationId>, StoreError> {
        let living: Vec<Uuid> = registration::Entity::find()
            .select_only()
            .column(registration::Column::Id)
            .filter(registration::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(registration::Column::ErasedAt.is_null())
            .into_tuple()
            .all(self.store.reads())
            .await?;
        Ok(living.into_iter().map(RegistrationId).collect())
    }

    /// Takes at most so many messages that are due; until the lease has run out, no other worker gets them.
    pub async fn claim(&self, most: u64, now: Instant, lease: TimeDelta) -> Result<Vec<Claimed>, StoreError> {
        let until = now + lease;
        let rows = self.store.write(|transaction| Box::pin(claim(transaction, most, now, until))).await?;
        rows.into_iter().map(|row| claimed(row, until)).collect()
    }

    /// Writes down what came of messages at this instant. Those given back are no longer there: whoever they were about was erased
    /// meanwhile.
    pub async fn record(&self, outcomes: Vec<(Claimed, Outcome)>, now: Instant) -> Result<Vec<Claimed>, StoreError> {
        let outcomes = std::sync::Arc::new(outcomes);
        let gone = self
            .store
            .write(|transaction| {
                let outcomes = std::sync::Arc::clone(&outcomes);
                Box::pin(async move {
                    let mut gone = Vec::new();
                    for (claimed, outcome) in outcomes.iter() {
                        if !record(transaction, claimed, outcome, now).await? {
                            gone.push(claimed.clone());
                        }
                    }
                    Ok(gone)
                })
            })
            .await?;
        if let Some(figures) = self.store.figures() {
            figures.delivery.mail(outcomes.iter().map(|(_, outcome)| outcome));
        }
        Ok(gone)
    }

    /// Removes messages from before this instant that are done with, and says how many.
    pub async fn remove_old(&self, before: Instant) -> Result<u64, StoreError> {
        self.store.write(|transaction| Box::pin(remove_old(transaction, before))).await
    }
}

async fn remove_old(transaction: &DatabaseTransaction, before: Instant) -> Result<u64, StoreError> {
    // The condition of the index of what is done with, word for word.
    let done = Entity::delete_many().filter(Expr::cust("state <> 'pending'")).filter(Column::CreatedAt.lt(before));
    Ok(done.exec(transaction).await?.rows_affected)
}

/// A claim moves the message to where it is due when the lease has run out, so that whoever looks for what is due never
/// wades through what others are at.
async fn claim(
    transaction: &DatabaseTransaction,
    most: u64,
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
        .limit(most)
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

fn claimed(row: Model, until: Instant) -> Result<Claimed, StoreError> {
    let corrupt = |what: &str| StoreError::corrupt("messages", what);
    let changed = row.data["changed"].as_array().into_iter().flatten();
    Ok(Claimed {
        id: MessageId(row.id),
        until,
        kind: MessageKind::parse(&row.kind).map_err(|_| corrupt("a kind that is none"))?,
        registration: row.registration_id.map(RegistrationId).ok_or_else(|| corrupt("a message about nobody"))?,
        event: EventId(row.event_id),
        at: row.created_at,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        changed: changed.filter_map(|part| part.as_str().map(str::to_owned)).collect(),
    })
}

/// Whether the message was still there, and still this worker's.
async fn record(
    transaction: &DatabaseTransaction,
    claimed: &Claimed,
    outcome: &Outcome,
    now: Instant,
) -> Result<bool, StoreError> {
    let pending: SimpleExpr = "pending".into();
    let attempts = Expr::col(Column::Attempts);
    let (state, next, attempts, error, ended) = match outcome {
        Outcome::Dropped => {
            let delete = Entity::delete_many().filter(Column::Id.eq(claimed.id.0));
            delete.filter(Column::ClaimedUntil.eq(claimed.until)).exec(transaction).await?;
            return Ok(true);
        }
        Outcome::Sent => ("sent".into(), claimed.until, attempts, None, Some(now)),
        Outcome::Refused(code) => ("failed".into(), claimed.until, attempts, Some(code.clone()), Some(now)),
        Outcome::Retry(at) => (pending, *at, attempts, None, None),
        Outcome::Postponed(at) => (pending, *at, attempts.sub(1), None, None),
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
    if transaction.execute(&update).await?.rows_affected() > 0 {
        return Ok(true);
    }
    // Another worker's by now, or gone.
    Ok(Entity::find_by_id(claimed.id.0).one(transaction).await?.is_some())
}
