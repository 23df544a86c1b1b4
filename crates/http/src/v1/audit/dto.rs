//! The representation of an entry of the audit log. It has no personal data.

use chrono::{DateTime, Utc};
use plenaria_domain::audit::{Action, ActorKind, TargetKind};
use plenaria_persistence::audit::list::AuditEntry;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::request::pagination::Page;
use crate::schemas;
use crate::v1::event_reference::EventReference;

/// An entry of the audit log: who did what, when, and to what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryDto {
    /// The entry's permanent id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// When it was done.
    #[schema(example = "2026-11-23T09:00:00Z")]
    at: DateTime<Utc>,
    /// Who did it.
    actor: AuditActorDto,
    /// What was done.
    #[schema(value_type = schemas::AuditAction)]
    action: Action,
    /// What it was done to.
    target: AuditTargetDto,
    /// The event that the target is, or belongs to. Null for what belongs to no event.
    event: Option<EventReference>,
    /// The `Request-Id` of the request. Null for commands and background tasks.
    #[schema(
        required = true,
        max_length = 128,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "019a0000-0000-7000-8000-00000000000a"
    )]
    request_id: Option<String>,
    /// Further facts, which depend on the action: for example the names of the fields that changed, without their values.
    #[schema(value_type = Object, example = json!({"status_before": "confirmed"}))]
    details: Value,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct AuditActorDto {
    /// The kind: a client of an organisation, a registered person, an operator with a command on the server, or the server itself.
    #[schema(value_type = schemas::ActorKind)]
    kind: ActorKind,
    /// The key of the client's organisation. Null for other kinds.
    #[schema(value_type = Option<schemas::Slug>)]
    organisation: Option<String>,
    /// The client's id. Null for other kinds.
    #[schema(value_type = Option<schemas::Id>)]
    client_id: Option<Uuid>,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub(crate) struct AuditTargetDto {
    /// The kind of object.
    #[schema(value_type = schemas::AuditTargetKind)]
    kind: TargetKind,
    /// The object's id, or the name of the database. It may no longer exist.
    #[schema(value_type = schemas::IdOrSlug)]
    id: String,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The entries.
    #[schema(max_items = 100)]
    pub(super) data: Vec<AuditEntryDto>,
    /// The page size, and the cursor of the next page.
    pub(super) page: Page,
}

impl AuditEntryDto {
    pub(super) fn new(entry: AuditEntry) -> Self {
        let (kind, id) = entry.target;
        Self {
            id: entry.id.0,
            at: entry.at,
            actor: AuditActorDto {
                kind: entry.actor,
                organisation: entry.organisation,
                client_id: entry.client.map(|client| client.0),
            },
            action: entry.action,
            target: AuditTargetDto { kind, id },
            event: entry.event.map(|(id, slug)| EventReference { id: id.0, slug }),
            request_id: entry.request_id,
            details: entry.details,
        }
    }
}
