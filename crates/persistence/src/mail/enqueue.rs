//! Queues messages in the transaction that causes them.
//!
//! A row states which kind of message is to be sent about which registration. It contains no token, and no address but a
//! registration's former one.
//! Workers claim rows by `next_attempt_at` (`mail/claim.rs`).

use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::ids::MessageId;
use plenaria_domain::values::time::Instant;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::message::{Column, Entity, Model};
use crate::entity::registration;

/// A message to the registration's current address that is due at once.
pub(crate) fn message(kind: MessageKind, about: &registration::Model, now: Instant) -> Model {
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
