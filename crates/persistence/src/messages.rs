//! The queue of what is to be mailed, written in the transaction of its cause. Whoever sends it takes what is due by
//! `next_attempt_at`. A row says what to tell of which registration, and holds neither address nor token.

use plenaria_domain::ids::MessageId;
use plenaria_domain::message::{MessageKind, QUIET, Requester};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;
use crate::{StoreError, confirmation_requests, mail_budget, rows};

/// Queues a message about a registration whose row is locked, in its language; unless the same was told of it a moment
/// ago, or the mailbox has had its share of messages, which costs as much, so that the time it takes says nothing of it. It
/// gives back how many messages were withheld for the sake of the mailbox.
pub(crate) async fn queue(
    transaction: &DatabaseTransaction,
    kind: MessageKind,
    about: &registration::Model,
    requester: Requester,
    now: Instant,
) -> Result<u64, StoreError> {
    let told: Option<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::RegistrationId.eq(about.id))
        .filter(Column::CreatedAt.gt(now - QUIET))
        .filter(Column::Kind.eq(kind.as_str()))
        .into_tuple()
        .one(transaction)
        .await?;
    if let Some(told) = told {
        let mut touch = Query::update();
        touch
            .table(Entity)
            .value(Column::Attempts, Expr::col(Column::Attempts))
            .and_where(Expr::col(Column::Id).eq(told));
        transaction.execute(&touch).await?;
        return Ok(0);
    }
    let address = about.live_email.as_deref().map(confirmation_requests::address).unwrap_or_default();
    if requester == Requester::Public && !mail_budget::take(transaction, address, now).await? {
        return Ok(1);
    }
    let message = Model {
        id: MessageId::new(now).0,
        kind: kind.as_str().to_owned(),
        registration_id: Some(about.id),
        event_id: about.event_id,
        language: about.language.clone(),
        created_at: now,
        next_attempt_at: now,
        attempts: 0,
        state: "pending".to_owned(),
        data: serde_json::json!({}),
        claimed_until: None,
        cause: None,
        error: None,
        ended_at: None,
    };
    rows::insert(transaction, vec![message]).await?;
    Ok(0)
}

/// Removes the messages about these registrations.
pub(crate) async fn forget(transaction: &DatabaseTransaction, registrations: Vec<Uuid>) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::RegistrationId.is_in(registrations)).exec(transaction).await?;
    Ok(())
}
