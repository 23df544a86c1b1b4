//! The queue of what is to be mailed, written in the transaction of its cause. Whoever sends it takes what is due by
//! `next_attempt_at`. A row says what to tell of which registration, and holds neither address nor token.

use plenaria_domain::ids::MessageId;
use plenaria_domain::message::{MessageKind, QUIET};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;
use crate::{StoreError, rows};

/// Queues a message about a registration whose row is locked, in its language; unless the same was told of it a moment
/// ago, which costs as much, so that the time it takes says nothing of it.
pub(crate) async fn queue(
    transaction: &DatabaseTransaction,
    kind: MessageKind,
    about: &registration::Model,
    now: Instant,
) -> Result<(), StoreError> {
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
        return Ok(());
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
    rows::insert(transaction, vec![message]).await
}

/// Removes the messages about these registrations.
pub(crate) async fn forget(transaction: &DatabaseTransaction, registrations: Vec<Uuid>) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::RegistrationId.is_in(registrations)).exec(transaction).await?;
    Ok(())
}
