//! Decides which message the changes of an event cause for the people who are registered for it.
//!
//! Several changes of one event that are read in one batch cause at most one message, which states what holds after the
//! last of them. In particular, an event that was cancelled and reinstated before any message was queued causes none,
//! and an update of a cancelled event does not hide the cancellation.

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::time::Instant;
use serde_json::Value;
use uuid::Uuid;

/// The types of changes that may cause a message. `EventPublished` is among them because an event may be published
/// again after it was a draft; that change lists what differs from the version before.
pub(crate) const CHANGE_TYPES: [ChangeType; 4] =
    [ChangeType::EventPublished, ChangeType::EventUpdated, ChangeType::EventCancelled, ChangeType::EventReinstated];

/// A message for everyone who is registered for an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventMessage {
    /// The last of the changes that cause it.
    pub(crate) change: Uuid,
    /// The event.
    pub(crate) event: Uuid,
    /// The kind of message.
    pub(crate) kind: MessageKind,
    /// The parts of the event that changed: `time`, `programme`, `place`.
    pub(crate) changed: Vec<&'static str>,
    /// The event's revision after the first of the changes: what people knew before is in an older one.
    pub(crate) since_revision: i64,
    /// When the last of the changes happened.
    pub(crate) at: Instant,
}

/// The changes of one event that are read in one batch.
#[derive(Debug, Default)]
pub(crate) struct EventChanges {
    /// The event's revision after the first change.
    since_revision: Option<i64>,
    /// The first cancellation or reinstatement.
    first: Option<ChangeType>,
    /// The last cancellation or reinstatement.
    last: Option<ChangeType>,
    /// The parts that any of the changes touched.
    changed: Vec<&'static str>,
    /// The last change that is worth a message.
    latest: Option<(Uuid, Instant)>,
}

impl EventChanges {
    /// Adds the next change: its data, the event's revision after it, and its id and time.
    pub(crate) fn add(&mut self, kind: ChangeType, data: &Value, revision: i64, change: (Uuid, Instant)) {
        let parts = changed_parts(data);
        self.since_revision.get_or_insert(revision);
        let changes_status = matches!(kind, ChangeType::EventCancelled | ChangeType::EventReinstated);
        if changes_status {
            self.first = self.first.or(Some(kind));
            self.last = Some(kind);
        }
        if changes_status || !parts.is_empty() {
            self.latest = Some(change);
        }
        self.changed.extend(parts);
        self.changed.sort_unstable();
        self.changed.dedup();
    }

    /// The message that the changes cause, if any.
    pub(crate) fn into_message(self, event: Uuid) -> Option<EventMessage> {
        let (change, at) = self.latest?;
        let (kind, changed) = match (self.first, self.last) {
            (_, Some(ChangeType::EventCancelled)) => (MessageKind::EventCancelled, Vec::new()),
            // The event was cancelled before this batch, so messages about that have been queued.
            (Some(ChangeType::EventReinstated), Some(_)) => (MessageKind::EventReinstated, self.changed),
            _ if self.changed.is_empty() => return None,
            _ => (MessageKind::EventChanged, self.changed),
        };
        let since_revision = self.since_revision.unwrap_or_default();
        Some(EventMessage { change, event, kind, changed, since_revision, at })
    }
}

/// The parts of a change that attendees get a message about.
fn changed_parts(data: &Value) -> Vec<&'static str> {
    let parts = |name: &str| data[name].as_array().into_iter().flatten().filter_map(Value::as_str);
    let any = |names: &[&str]| {
        parts("changed").any(|part| names.contains(&part) && parts("unannounced").all(|silent| silent != part))
    };
    [
        any(&["starts", "time_zone", "duration_minutes"]).then_some("time"),
        any(&["programme", "rooms"]).then_some("programme"),
        any(&["place", "attendance"]).then_some("place"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The changed parts that attendees get no message about, although they get one about other changes of these parts: a
/// programme of which only the materials of sessions changed.
pub(crate) fn unannounced_parts(before: &Value, after: &Value) -> Vec<&'static str> {
    let (before, after) = (&before["programme"], &after["programme"]);
    if before != after && without_materials(before) == without_materials(after) {
        vec!["programme"]
    } else {
        Vec::new()
    }
}

fn without_materials(programme: &Value) -> Value {
    let mut programme = programme.clone();
    let sessions = programme.get_mut("sessions").and_then(Value::as_array_mut);
    for session in sessions.into_iter().flatten().filter_map(Value::as_object_mut) {
        session.remove("materials");
    }
    programme
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The message that these changes cause in one batch, with the index of the change that it comes from.
    fn message_for(changes: &[(ChangeType, &[&str])]) -> Option<(MessageKind, Vec<&'static str>, usize)> {
        let mut event_changes = EventChanges::default();
        for (number, (kind, changed)) in changes.iter().enumerate() {
            let id = Uuid::from_u128(number as u128);
            let revision = 2 + i64::try_from(number).unwrap();
            event_changes.add(*kind, &json!({ "changed": changed }), revision, (id, Instant::default()));
        }
        let message = event_changes.into_message(Uuid::nil())?;
        assert_eq!(message.since_revision, 2);
        Some((message.kind, message.changed, usize::try_from(message.change.as_u128()).unwrap()))
    }

    #[test]
    fn changes_in_one_batch_cause_one_message() {
        use ChangeType::{EventCancelled, EventPublished, EventReinstated, EventUpdated};
        let published: (ChangeType, &[&str]) = (EventPublished, &[]);
        let republished: (ChangeType, &[&str]) = (EventPublished, &["starts"]);
        let cancel: (ChangeType, &[&str]) = (EventCancelled, &["status"]);
        let reinstate: (ChangeType, &[&str]) = (EventReinstated, &["status"]);
        let moved: (ChangeType, &[&str]) = (EventUpdated, &["starts"]);
        let retitled: (ChangeType, &[&str]) = (EventUpdated, &["title"]);
        let cancelled = |number| Some((MessageKind::EventCancelled, Vec::new(), number));
        let reinstated =
            |changed: &[&'static str], number| Some((MessageKind::EventReinstated, changed.to_vec(), number));
        let changed = |number| Some((MessageKind::EventChanged, vec!["time"], number));
        for (changes, expected) in [
            (vec![published], None),
            (vec![republished], changed(0)),
            (vec![retitled], None),
            (vec![retitled, moved, retitled], changed(1)),
            (vec![cancel], cancelled(0)),
            (vec![moved, cancel], cancelled(1)),
            (vec![cancel, moved], cancelled(1)),
            (vec![reinstate], reinstated(&[], 0)),
            (vec![reinstate, moved], reinstated(&["time"], 1)),
            (vec![moved, reinstate], reinstated(&["time"], 1)),
            // No message about the cancellation was queued.
            (vec![cancel, reinstate], None),
            (vec![cancel, moved, reinstate], changed(2)),
            (vec![cancel, reinstate, cancel], cancelled(2)),
            // The event was cancelled in an earlier batch.
            (vec![reinstate, cancel], cancelled(1)),
            (vec![reinstate, cancel, reinstate], reinstated(&[], 2)),
        ] {
            assert_eq!(message_for(&changes), expected, "{changes:?}");
        }
    }

    #[test]
    fn only_parts_that_concern_attendees_cause_a_message() {
        let parts = |names: &[&str]| changed_parts(&json!({ "changed": names }));
        assert_eq!(parts(&["starts", "time_zone", "programme", "attendance"]), ["time", "programme", "place"]);
        assert!(parts(&["title", "registration", "status", "speakers"]).is_empty());
        assert!(changed_parts(&json!({})).is_empty());
        let change = json!({ "changed": ["programme", "place"], "unannounced": ["programme"] });
        assert_eq!(changed_parts(&change), ["place"]);
    }

    #[test]
    fn materials_of_sessions_cause_no_message() {
        let definition = |title: &str, materials: &Value| {
            let session = json!({ "key": "talk", "title": title, "materials": materials });
            json!({ "title": "x", "programme": { "sessions": [session, { "key": "end", "title": "End" }] } })
        };
        let (none, slides) = (json!([]), json!([{ "url": "https://www.example.org/slides" }]));
        let before = definition("Talk", &none);
        for (after, expected) in [
            (definition("Talk", &none), &[][..]),
            (definition("Talk", &slides), &["programme"]),
            (definition("Other talk", &slides), &[]),
            (json!({ "title": "x", "programme": {} }), &[]),
            (json!({ "title": "x" }), &[]),
        ] {
            assert_eq!(unannounced_parts(&before, &after), expected, "{after}");
        }
    }
}
