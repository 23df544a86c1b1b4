//! The outbox: a table that holds each change from the transaction that makes it until the sequencer
//! (`sequencer.rs`) gives it a position in the feed.

use plenaria_domain::change::ChangeType;
use plenaria_domain::values::ids::{ChangeId, EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use serde_json::json;

pub(crate) use crate::entity::outbox::Model as OutboxRow;

/// Makes the row for a registration's change; `sequence` is the registration's revision after it.
pub(crate) fn registration_change(
    kind: ChangeType,
    event: EventId,
    registration: RegistrationId,
    sequence: i64,
    status: &str,
    at: Instant,
) -> OutboxRow {
    OutboxRow {
        id: ChangeId::new(at).0,
        kind: kind.as_str().to_owned(),
        event_id: event.0,
        registration_id: Some(registration.0),
        sequence,
        occurred_at: at,
        payload: json!({ "status": status }),
    }
}

/// Marks a change as caused by a client with a token. The messages about it do not count against the mailbox's budget
/// (`mail/budget.rs`). The API never shows the mark.
pub(crate) fn mark_caused_by_client(change: &mut OutboxRow) {
    change.payload["by"] = json!("client");
}

/// Marks parts of a changed event as not worth a message to attendees. The API never shows the mark.
pub(crate) fn mark_unannounced(change: &mut OutboxRow, parts: &[&str]) {
    change.payload["unannounced"] = json!(parts);
}

/// Makes the row for an event's change; `sequence` is the event's revision after it.
pub(crate) fn event_change(
    kind: ChangeType,
    event: EventId,
    sequence: i64,
    changed_parts: &[String],
    at: Instant,
) -> OutboxRow {
    OutboxRow {
        id: ChangeId::new(at).0,
        kind: kind.as_str().to_owned(),
        event_id: event.0,
        registration_id: None,
        sequence,
        occurred_at: at,
        payload: json!({ "changed": changed_parts }),
    }
}
