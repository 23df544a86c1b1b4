//! The representation of an entry of the audit log. It has no personal data.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use plenaria_domain::audit::{Action, ActorKind, TargetKind};
use plenaria_persistence::audit::list::AuditEntry;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::request::pagination::Page;
use crate::v1::event_reference::EventReference;

/// An entry of the audit log: who did what, when, and to what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryDto {
    /// The entry's permanent id.
    #[schema(example = "019a0000-0000-7000-8000-000000000009")]
    id: Uuid,
    /// When it was done.
    #[schema(example = "2026-11-23T09:00:00Z")]
    at: DateTime<Utc>,
    /// Who did it.
    actor: AuditActorDto,
    /// What was done.
    #[schema(value_type = AuditActionDto, example = "registration.cancelled")]
    action: Action,
    /// What it was done to.
    target: AuditTargetDto,
    /// The event that the target is, or belongs to. Null for what belongs to no event.
    #[schema(required = true)]
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
    #[schema(value_type = AuditActorKindDto, example = "client")]
    kind: ActorKind,
    /// The key of the client's organisation. Null for other kinds.
    #[schema(required = true, format = "slug", example = "metropolis")]
    organisation: Option<String>,
    /// The client's id. Null for other kinds.
    #[schema(required = true, example = "019a0000-0000-7000-8000-000000000002")]
    client_id: Option<Uuid>,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub(crate) struct AuditTargetDto {
    /// The kind of object.
    #[schema(value_type = AuditTargetKindDto, example = "registration")]
    kind: TargetKind,
    /// The object's id. It may no longer exist.
    #[schema(format = "slug", example = "019a0000-0000-7000-8000-000000000004")]
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

/// Defines the schema of a list of values that the domain declares.
macro_rules! schema_of_values {
    ($(#[doc = $doc:literal] $name:ident = $title:literal: $values:ty;)+) => {
        $(
            #[doc = $doc]
            pub(super) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let values = <$values>::ALL.iter().map(|value| value.as_str());
                    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values));
                    schema.description(Some($doc.trim())).into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    $title.into()
                }
            }
        )+
    };
}

schema_of_values! {
    /// What was done.
    AuditActionDto = "AuditAction": Action;
    /// The kind of who did it.
    AuditActorKindDto = "AuditActorKind": ActorKind;
    /// The kind of object that it was done to.
    AuditTargetKindDto = "AuditTargetKind": TargetKind;
}
