//! The outbox: every change, written in the change's own transaction. It is a queue, soon emptied by the sequencer
//! (`sequencer.rs`), which gives each change its place in the feed.

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::{ChangeId, EventId, RegistrationId};
use plenaria_domain::time::Instant;
use serde_json::json;

pub(crate) use crate::entity::outbox::Model as Change;

/// A registration's change; `sequence` is the registration's revision after it.
pub(crate) fn of_registration(
    kind: ChangeType,
    event: EventId,
    registration: RegistrationId,
    sequence: i64,
    status: &str,
    at: Instant,
) -> Change {
    Change {
        id: ChangeId::new(at).0,
        kind: kind.as_str().to_owned(),
        event_id: event.0,
        registration_id: Some(registration.0),
        sequence,
        occurred_at: at,
        payload: json!({ "status": status }),
    }
}

/// Marks a change that a client with its token caused: the messages that come of it are not counted against the budget of a
/// mailbox (`mail_budget.rs`). Nobody outside sees the mark.
pub(crate) fn by_client(change: &mut Change) {
    change.payload["by"] = json!("client");
}

/// An event's change; `sequence` is the event's revision after it.
pub(crate) fn of_event(kind: ChangeType, event: EventId, sequence: i64, changed: &[String], at: Instant) -> Change {
    Change {
        id: ChangeId::new(at).0,
        kind: kind.as_str().to_owned(),
        event_id: event.0,
        registration_id: None,
        sequence,
        occurred_at: at,
        payload: json!({ "changed": changed }),
    }
}
