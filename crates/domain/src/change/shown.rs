//! A change's data as partners see it: in the feed and in webhooks the very same (`docs/decisions/0013-the-feed.md`).
//! What the fields mean, the specification says (`http/src/v1/changes/dto.rs`, which mirrors this).

use serde::Serialize;
use uuid::Uuid;

use super::{Change, Subject};

/// What a change happened to: a registration (`registration.*`) or an event (`event.*`).
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum ChangePayload {
    /// A registration.
    Registration(RegistrationChange),
    /// An event.
    Event(EventChange),
}

/// A change of a registration.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationChange {
    /// Its event.
    pub event: EventName,
    /// The registration.
    pub registration: ChangedRegistration,
}

/// An event by its names.
#[derive(Clone, Debug, Serialize)]
pub struct EventName {
    /// Its id.
    pub id: Uuid,
    /// Its slug.
    pub slug: String,
}

/// A registration as a change left it.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedRegistration {
    /// Its id.
    pub id: Uuid,
    /// Where it stood after the change.
    pub status: &'static str,
    /// Where it came from, if that is still known.
    pub source: Option<String>,
    /// The client's own name for it.
    pub external_reference: Option<String>,
    /// Its revision after the change.
    pub revision: i64,
    /// Where to go on.
    pub links: Links,
}

/// Where to go on from a change.
#[derive(Clone, Debug, Serialize)]
pub struct Links {
    /// The registration as it is now.
    #[serde(rename = "self")]
    pub this: String,
}

/// A change of an event.
#[derive(Clone, Debug, Serialize)]
pub struct EventChange {
    /// The event.
    pub event: ChangedEvent,
    /// The parts of its definition that changed.
    pub changed: Vec<String>,
}

/// An event as a change left it.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedEvent {
    /// Its id.
    pub id: Uuid,
    /// Its slug.
    pub slug: String,
    /// Its revision after the change.
    pub revision: i64,
}

impl ChangePayload {
    /// The data of a change; `base` is where the API is found.
    pub fn new(change: Change, base: &str) -> Self {
        let (event, slug, sequence) = (change.event_id.0, change.slug, change.sequence);
        match change.subject {
            Subject::Registration { id, status, source, external_reference } => {
                Self::Registration(RegistrationChange {
                    event: EventName { id: event, slug },
                    registration: ChangedRegistration {
                        id: id.0,
                        status: status.as_str(),
                        source,
                        external_reference,
                        revision: sequence,
                        links: Links { this: format!("{base}/v1/registrations/{id}") },
                    },
                })
            }
            Subject::Event { changed } => {
                Self::Event(EventChange { event: ChangedEvent { id: event, slug, revision: sequence }, changed })
            }
        }
    }
}
