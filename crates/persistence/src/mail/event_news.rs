//! What the people who are registered for an event are told of its changes.
//!
//! Several changes of one event that are read together make at most one message, and it says what holds after the last of
//! them. In particular, an event that was cancelled and reinstated before anyone was told is not worth a message, and an
//! update of a cancelled event does not hide that it was cancelled.

use plenaria_domain::change::ChangeType;
use plenaria_domain::message::MessageKind;
use plenaria_domain::time::Instant;
use serde_json::Value;
use uuid::Uuid;

/// The changes that people may be told of. An event is published again after it was a draft: what changed meanwhile
/// stands in that change.
pub(super) const KINDS: [ChangeType; 4] =
    [ChangeType::EventPublished, ChangeType::EventUpdated, ChangeType::EventCancelled, ChangeType::EventReinstated];

/// What all who are registered for an event are told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    /// The last of the changes that it comes from.
    pub(super) change: Uuid,
    /// The event.
    pub(super) event: Uuid,
    /// What the message says.
    pub(super) kind: MessageKind,
    /// What of the event changed.
    pub(super) changed: Vec<&'static str>,
    /// When the last of the changes happened.
    pub(super) at: Instant,
}

/// The changes of one event that are read together.
#[derive(Debug, Default)]
pub(super) struct EventNews {
    /// The first time that it was cancelled or reinstated.
    first: Option<ChangeType>,
    /// The last time.
    last: Option<ChangeType>,
    /// What else changed, by all of the changes.
    changed: Vec<&'static str>,
    /// The last change of which there is something to tell.
    latest: Option<(Uuid, Instant)>,
}

impl EventNews {
    /// Adds the next change, with its data, id and time.
    pub(super) fn add(&mut self, kind: ChangeType, data: &Value, change: (Uuid, Instant)) {
        let parts = parts(data);
        let turns = matches!(kind, ChangeType::EventCancelled | ChangeType::EventReinstated);
        if turns {
            self.first = self.first.or(Some(kind));
            self.last = Some(kind);
        }
        if turns || !parts.is_empty() {
            self.latest = Some(change);
        }
        self.changed.extend(parts);
        self.changed.sort_unstable();
        self.changed.dedup();
    }

    /// What people are told, if anything.
    pub(super) fn told(self, event: Uuid) -> Option<News> {
        let (change, at) = self.latest?;
        let (kind, changed) = match (self.first, self.last) {
            (_, Some(ChangeType::EventCancelled)) => (MessageKind::EventCancelled, Vec::new()),
            // It was cancelled before these changes, and people were told so.
            (Some(ChangeType::EventReinstated), Some(_)) => (MessageKind::EventReinstated, self.changed),
            _ if self.changed.is_empty() => return None,
            _ => (MessageKind::EventChanged, self.changed),
        };
        Some(News { change, event, kind, changed, at })
    }
}

/// What of an event's change attendees are told of.
fn parts(data: &Value) -> Vec<&'static str> {
    let changed: Vec<&str> =
        data["changed"].as_array().into_iter().flatten().filter_map(|part| part.as_str()).collect();
    let any = |names: &[&str]| changed.iter().any(|part| names.contains(part));
    [
        any(&["starts", "time_zone", "duration_minutes"]).then_some("time"),
        any(&["programme"]).then_some("programme"),
        any(&["place", "attendance"]).then_some("place"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is told of these changes, read together; the number is that of the change which it comes from.
    fn told(changes: &[(ChangeType, &[&str])]) -> Option<(MessageKind, Vec<&'static str>, usize)> {
        let mut news = EventNews::default();
        for (number, (kind, changed)) in changes.iter().enumerate() {
            let id = Uuid::from_u128(number as u128);
            news.add(*kind, &json!({ "changed": changed }), (id, Instant::default()));
        }
        let news = news.told(Uuid::nil())?;
        Some((news.kind, news.changed, usize::try_from(news.change.as_u128()).unwrap()))
    }

    #[test]
    fn changes_that_are_read_together_make_one_message() {
        use ChangeType::{EventCancelled, EventPublished, EventReinstated, EventUpdated};
        let published: (ChangeType, &[&str]) = (EventPublished, &[]);
        let shown_again: (ChangeType, &[&str]) = (EventPublished, &["starts"]);
        let off: (ChangeType, &[&str]) = (EventCancelled, &["status"]);
        let on: (ChangeType, &[&str]) = (EventReinstated, &["status"]);
        let moved: (ChangeType, &[&str]) = (EventUpdated, &["starts"]);
        let retitled: (ChangeType, &[&str]) = (EventUpdated, &["title"]);
        let cancelled = |number| Some((MessageKind::EventCancelled, Vec::new(), number));
        let reinstated =
            |changed: &[&'static str], number| Some((MessageKind::EventReinstated, changed.to_vec(), number));
        let changed = |number| Some((MessageKind::EventChanged, vec!["time"], number));
        for (changes, expected) in [
            (vec![published], None),
            (vec![shown_again], changed(0)),
            (vec![retitled], None),
            (vec![retitled, moved, retitled], changed(1)),
            (vec![off], cancelled(0)),
            (vec![moved, off], cancelled(1)),
            (vec![off, moved], cancelled(1)),
            (vec![on], reinstated(&[], 0)),
            (vec![on, moved], reinstated(&["time"], 1)),
            (vec![moved, on], reinstated(&["time"], 1)),
            // Nobody was told that it was cancelled.
            (vec![off, on], None),
            (vec![off, moved, on], changed(2)),
            (vec![off, on, off], cancelled(2)),
            // Everybody was, before.
            (vec![on, off], cancelled(1)),
            (vec![on, off, on], reinstated(&[], 2)),
        ] {
            assert_eq!(told(&changes), expected, "{changes:?}");
        }
    }

    #[test]
    fn people_are_told_what_concerns_them() {
        let parts = |names: &[&str]| super::parts(&json!({ "changed": names }));
        assert_eq!(parts(&["starts", "time_zone", "programme", "attendance"]), ["time", "programme", "place"]);
        assert!(parts(&["title", "registration", "status", "speakers"]).is_empty());
        assert!(super::parts(&json!({})).is_empty());
    }
}
