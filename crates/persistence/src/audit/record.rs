//! Writes entries of the audit log.

use plenaria_domain::audit::{Action, Actor, AuditContext, TargetKind};
use plenaria_domain::values::ids::{AuditEntryId, EndpointId, EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::ConnectionTrait;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::entity::audit_entry::Model;

/// What was done to one object. `details` hold no personal data.
#[derive(Clone, Debug)]
pub(crate) struct AuditRecord {
    /// What was done.
    pub(crate) action: Action,
    /// The kind and the id of the object.
    pub(crate) target: (TargetKind, String),
    /// The event that the object belongs to; the organisations of that event see the entry.
    pub(crate) event: Option<EventId>,
    /// What a reader needs to know beside that; an object.
    pub(crate) details: serde_json::Value,
}

impl AuditRecord {
    /// What was done to a registration.
    pub(crate) fn of_registration(
        action: Action,
        registration: RegistrationId,
        event: EventId,
        details: serde_json::Value,
    ) -> Self {
        Self { action, target: (TargetKind::Registration, registration.to_string()), event: Some(event), details }
    }

    /// What was done to an event, or to all that belongs to it.
    pub(crate) fn of_event(action: Action, event: EventId, details: serde_json::Value) -> Self {
        Self { action, target: (TargetKind::Event, event.to_string()), event: Some(event), details }
    }

    /// What was done to a webhook endpoint.
    pub(crate) fn of_endpoint(action: Action, endpoint: EndpointId, details: serde_json::Value) -> Self {
        Self { action, target: (TargetKind::WebhookEndpoint, endpoint.to_string()), event: None, details }
    }
}

impl Store {
    /// Writes an entry about people's data of an event that are about to be shown.
    pub async fn record_reading(
        &self,
        context: &AuditContext,
        action: Action,
        event: EventId,
        details: serde_json::Value,
        now: Instant,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let (context, entry) = (context.clone(), AuditRecord::of_event(action, event, details.clone()));
            Box::pin(async move { record(transaction, &context, vec![entry], now).await })
        })
        .await
    }
}

/// Writes entries, in the caller's transaction.
pub(crate) async fn record<C: ConnectionTrait>(
    connection: &C,
    context: &AuditContext,
    records: Vec<AuditRecord>,
    now: Instant,
) -> Result<(), StoreError> {
    bulk_insert::insert(connection, records.into_iter().map(|record| row(context, record, now)).collect()).await
}

/// The row of an entry.
pub(crate) fn row(context: &AuditContext, record: AuditRecord, now: Instant) -> Model {
    let (organisation, client_id) = match &context.actor {
        Actor::Client { organisation, client } => (Some(organisation.to_string()), Some(client.0)),
        Actor::Holder | Actor::Operator | Actor::System => (None, None),
    };
    Model {
        id: AuditEntryId::new(now).0,
        recorded_at: now,
        actor: context.actor.kind().as_str().to_owned(),
        organisation,
        client_id,
        action: record.action.as_str().to_owned(),
        target_kind: record.target.0.as_str().to_owned(),
        target_id: record.target.1,
        event_id: record.event.map(|event| event.0),
        request_id: context.request_id.clone(),
        details: record.details,
    }
}
