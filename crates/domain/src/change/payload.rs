//! The payload of a change, which is the same in the feed and in webhooks (`docs/decisions/0013-change-feed.md`). The
//! OpenAPI specification documents the fields (`http/src/v1/changes/dto.rs`, which mirrors these types).

use serde::Serialize;
use uuid::Uuid;

use crate::change::record::{Change, Subject};

/// The payload of a change of a registration (`registration.*`) or of an event (`event.*`).
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum ChangePayload {
    /// A change of a registration.
    Registration(RegistrationChange),
    /// A change of an event.
    Event(EventChange),
}

/// The payload of a change of a registration.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationChange {
    /// The registration's event.
    pub event: EventReference,
    /// The registration after the change.
    pub registration: ChangedRegistration,
}

/// The id and the slug of an event.
#[derive(Clone, Debug, Serialize)]
pub struct EventReference {
    /// The event's id.
    pub id: Uuid,
    /// The event's slug.
    pub slug: String,
}

/// A registration after a change.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedRegistration {
    /// The registration's id.
    pub id: Uuid,
    /// The status after the change.
    pub status: &'static str,
    /// The registration's source; absent once it is no longer stored.
    pub source: Option<String>,
    /// The client's external reference.
    pub external_reference: Option<String>,
    /// The revision after the change.
    pub revision: i64,
    /// Links to related resources.
    pub links: Links,
}

/// Links from a change to related resources.
#[derive(Clone, Debug, Serialize)]
pub struct Links {
    /// The registration in its current state.
    #[serde(rename = "self")]
    pub this: String,
}

/// The payload of a change of an event.
#[derive(Clone, Debug, Serialize)]
pub struct EventChange {
    /// The event after the change.
    pub event: ChangedEvent,
    /// The names of the definition's fields that changed.
    pub changed: Vec<String>,
}

/// An event after a change.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedEvent {
    /// The event's id.
    pub id: Uuid,
    /// The event's slug.
    pub slug: String,
    /// The revision after the change.
    pub revision: i64,
}

impl ChangePayload {
    /// The payload of a change; links begin with `base_url`, the address of the API.
    pub fn new(change: Change, base_url: &str) -> Self {
        let (event, slug, sequence) = (change.event_id.0, change.slug, change.sequence);
        match change.subject {
            Subject::Registration { id, status, source, external_reference } => {
                Self::Registration(RegistrationChange {
                    event: EventReference { id: event, slug },
                    registration: ChangedRegistration {
                        id: id.0,
                        status: status.as_str(),
                        source,
                        external_reference,
                        revision: sequence,
                        links: Links { this: format!("{base_url}/v1/registrations/{id}") },
                    },
                })
            }
            Subject::Event { changed } => {
                Self::Event(EventChange { event: ChangedEvent { id: event, slug, revision: sequence }, changed })
            }
        }
    }
}
