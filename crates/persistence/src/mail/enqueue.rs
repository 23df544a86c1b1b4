//! Queues messages in the transaction that causes them.
//!
//! A row states which kind of message is to be sent about which registration. It contains no token, and no address but a
//! registration's former one.
//! Workers claim rows by `next_attempt_at` (`mail/claim.rs`).

use plenaria_domain::registration::message::{MIN_REPEAT_INTERVAL, MessageKind, Requester};
use plenaria_domain::values::ids::MessageId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;
use crate::mail::budget;
use crate::registrations::active_email;

/// Queues a message about a registration whose row is locked, in the registration's language. It queues nothing if a
/// message of this kind was queued a moment ago, or if the mailbox's budget is used up; both cost as much as queueing,
/// so that response times reveal nothing. Returns the number of messages withheld because of the budget.
pub(crate) async fn enqueue(
    transaction: &DatabaseTransaction,
    kind: MessageKind,
    about: &registration::Model,
    requester: Requester,
    now: Instant,
) -> Result<u64, StoreError> {
    let recent: Option<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::RegistrationId.eq(about.id))
        .filter(Column::CreatedAt.gt(now - MIN_REPEAT_INTERVAL))
        .filter(Column::Kind.eq(kind.as_str()))
        .into_tuple()
        .one(transaction)
        .await?;
    if let Some(recent) = recent {
        let mut touch = Query::update();
        touch
            .table(Entity)
            .value(Column::Attempts, Expr::col(Column::Attempts))
            .and_where(Expr::col(Column::Id).eq(recent));
        transaction.execute(&touch).await?;
        return Ok(0);
    }
    let address = about.active_email.as_deref().map(active_email::address).unwrap_or_default();
    if requester == Requester::Public && !budget::try_spend(transaction, address, now).await? {
        return Ok(1);
    }
    bulk_insert::insert(transaction, vec![message(kind, about, now)]).await?;
    Ok(0)
}

/// Queues the messages about a registration's changed address: one to the new address, which is that of the row, and one
/// to the former address. A client caused them, so they do not count against a mailbox's budget.
pub(crate) async fn enqueue_address_change(
    transaction: &DatabaseTransaction,
    about: &registration::Model,
    former_address: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let new = message(MessageKind::AddressChanged, about, now);
    let recipient = Some(former_address.to_owned());
    let former = Model { recipient, ..message(MessageKind::AddressReplaced, about, now) };
    bulk_insert::insert(transaction, vec![new, former]).await
}

/// A message to the registration's current address that is due at once.
fn message(kind: MessageKind, about: &registration::Model, now: Instant) -> Model {
    Model {
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
        recipient: None,
        cause: None,
        error: None,
        ended_at: None,
    }
}

/// Deletes the messages about these registrations.
pub(crate) async fn delete_for_registrations(
    transaction: &DatabaseTransaction,
    registrations: Vec<Uuid>,
) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::RegistrationId.is_in(registrations)).exec(transaction).await?;
    Ok(())
}
