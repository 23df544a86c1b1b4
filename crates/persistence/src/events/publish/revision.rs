//! Writes the history of events.

use plenaria_domain::audit::{Actor, AuditContext};
use plenaria_domain::event::definition::diff::DefinitionChange;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::DatabaseTransaction;
use serde_json::Value;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::entity::event_revision::Model;

/// Writes a revision of an event.
pub(crate) async fn save(
    transaction: &DatabaseTransaction,
    event: EventId,
    revision: i64,
    document: Value,
    changes: &[DefinitionChange],
    audit: &AuditContext,
    now: Instant,
) -> Result<(), StoreError> {
    let (organisation, client) = match &audit.actor {
        Actor::Client { organisation, client } => (Some(organisation.to_string()), Some(client.0)),
        Actor::Holder | Actor::Operator | Actor::System => (None, None),
    };
    let row = Model {
        event_id: event.0,
        revision,
        document,
        changes: serde_json::to_value(changes).map_err(|e| StoreError::corrupt("event_revisions", e))?,
        published_at: now,
        actor: audit.actor.kind().as_str().to_owned(),
        organisation,
        client_id: client,
    };
    bulk_insert::insert(transaction, vec![row]).await
}
