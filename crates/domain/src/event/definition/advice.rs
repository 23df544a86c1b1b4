//! Advice on a programme's times: overlaps that are valid but probably not meant.
//!
//! A session without a start of its own begins when the session before it in the list ends. In a programme with
//! parallel sessions that is easily forgotten, so only such sessions get advice. Cancelled sessions are ignored.

use std::collections::BTreeMap;

use crate::event::definition::model::Definition;
use crate::event::programme::Slot;
use crate::event::session::{SessionDefinition, SessionStatus};
use crate::string_enum::string_enum;
use crate::validation::MAX_LISTED;

string_enum!(
    /// What may be wrong with the time of a session without a start of its own.
    AdviceKind {
        /// It overlaps another session in the same room.
        RoomOverlap = "room-overlap",
        /// It overlaps another session of the same speaker.
        SpeakerOverlap = "speaker-overlap",
        /// It begins while an earlier session of the list is still running in parallel.
        ParallelSession = "parallel-session",
    }
);

/// Advice on one session. `Display` is a sentence for people, in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The session's location in the definition (RFC 6901).
    pub pointer: String,
    /// What may be wrong.
    pub kind: AdviceKind,
    /// The session's key.
    pub session: String,
    /// The key of the other session.
    pub other: String,
    /// The key of the room or speaker that both sessions need.
    pub shared: Option<String>,
}

impl std::fmt::Display for Advice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { session, other, .. } = self;
        let shared = self.shared.as_deref().unwrap_or_default();
        match self.kind {
            AdviceKind::RoomOverlap => write!(f, "“{session}” overlaps “{other}” in the same room (“{shared}”).")?,
            AdviceKind::SpeakerOverlap => {
                write!(f, "“{session}” overlaps “{other}” of the same speaker (“{shared}”).")?;
            }
            AdviceKind::ParallelSession => write!(f, "“{session}” begins while “{other}” is still running.")?,
        }
        f.write_str(" It has no “starts”, so it begins when the session listed before it ends.")
    }
}

/// A session with its position in the list and its times.
#[derive(Clone, Copy)]
struct Planned<'a> {
    index: usize,
    session: &'a SessionDefinition,
    slot: &'a Slot,
}

impl Planned<'_> {
    fn overlaps(&self, other: &Self) -> bool {
        self.slot.starts_at < other.slot.ends_at && other.slot.starts_at < self.slot.ends_at
    }

    /// Whether the session begins when the one listed before it ends.
    const fn follows_another(&self) -> bool {
        self.index > 0 && self.session.starts.is_none()
    }

    fn advice(&self, kind: AdviceKind, other: &Self, shared: Option<&str>) -> Advice {
        Advice {
            pointer: format!("/programme/sessions/{}", self.index),
            kind,
            session: self.session.key.to_string(),
            other: other.session.key.to_string(),
            shared: shared.map(str::to_owned),
        }
    }
}

impl Definition {
    /// Advice on the programme's times, in the order of the sessions; at most [`MAX_LISTED`] pieces.
    pub fn advice(&self) -> Vec<Advice> {
        let Ok(schedule) = self.schedule() else { return Vec::new() };
        let sessions = self.programme.sessions.iter().zip(&schedule.slots).enumerate();
        let planned: Vec<Planned<'_>> = sessions
            .map(|(index, (session, slot))| Planned { index, session, slot })
            .filter(|planned| planned.session.status == SessionStatus::Scheduled)
            .collect();
        let mut rooms: BTreeMap<&str, Vec<Planned<'_>>> = BTreeMap::new();
        let mut speakers: BTreeMap<&str, Vec<Planned<'_>>> = BTreeMap::new();
        for planned in &planned {
            if let Some(room) = &planned.session.room {
                rooms.entry(room.as_str()).or_default().push(*planned);
            }
            for speaker in &planned.session.speakers {
                speakers.entry(speaker.key.as_str()).or_default().push(*planned);
            }
        }
        let mut found = Vec::new();
        for (kind, groups) in [(AdviceKind::RoomOverlap, rooms), (AdviceKind::SpeakerOverlap, speakers)] {
            for (key, group) in groups {
                add_overlaps(kind, key, group, &mut found);
            }
        }
        add_parallel(&planned, &mut found);
        found.sort_by_key(|(index, _)| *index);
        found.into_iter().map(|(_, advice)| advice).take(MAX_LISTED).collect()
    }
}

/// Adds advice on the sessions of one room or speaker that overlap another of them. Of the sessions that begin earlier,
/// the one that ends last is compared; of those that begin later, the first.
fn add_overlaps(kind: AdviceKind, key: &str, mut group: Vec<Planned<'_>>, found: &mut Vec<(usize, Advice)>) {
    group.sort_by_key(|planned| planned.slot.starts_at);
    let mut last_to_end: Option<Planned<'_>> = None;
    for (position, planned) in group.iter().enumerate() {
        let others = [last_to_end, group.get(position + 1).copied()];
        // Of two sessions that follow others, the one that is listed later gets the advice.
        let is_compared = |other: &Planned<'_>| other.index < planned.index || !other.follows_another();
        let other = others.into_iter().flatten().find(|other| is_compared(other) && planned.overlaps(other));
        if let Some(other) = other.filter(|_| planned.follows_another()) {
            found.push((planned.index, planned.advice(kind, &other, Some(key))));
        }
        if last_to_end.is_none_or(|last| planned.slot.ends_at > last.slot.ends_at) {
            last_to_end = Some(*planned);
        }
    }
}

/// Adds advice on sessions that begin while an earlier one of the list is still running. A session in the same room or
/// on the same track as the one before it is meant to follow that one. The number of sessions is limited, so comparing
/// each with all before it is fast enough.
fn add_parallel(planned: &[Planned<'_>], found: &mut Vec<(usize, Advice)>) {
    for (position, session) in planned.iter().enumerate().skip(2) {
        let previous = &planned[position - 1];
        let same_room = session.session.room.is_some() && session.session.room == previous.session.room;
        let same_track = session.session.track.is_some() && session.session.track == previous.session.track;
        if !session.follows_another() || same_room || same_track {
            continue;
        }
        let runs = |other: &&Planned<'_>| {
            other.slot.starts_at < session.slot.starts_at && session.slot.starts_at < other.slot.ends_at
        };
        if let Some(other) = planned[..position - 1].iter().find(runs) {
            found.push((session.index, session.advice(AdviceKind::ParallelSession, other, None)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::values::time::Instant;

    /// The advice on a programme as (session, kind, other).
    fn advice(sessions: Value) -> Vec<(String, AdviceKind, String)> {
        let document = json!({
            "slug": "e", "language": "en", "title": "T", "starts": "2027-07-22T10:00", "time_zone": "Etc/UTC",
            "rooms": [{"key": "r1", "name": "1"}, {"key": "r2", "name": "2"}],
            "speakers": [{"key": "ana", "name": "Ana"}, {"key": "ben", "name": "Ben"}],
            "programme": {"sessions": sessions},
        });
        let definition = Definition::parse(&document, Instant::default()).unwrap();
        definition.advice().into_iter().map(|a| (a.session, a.kind, a.other)).collect()
    }

    fn session(key: &str, minutes: u32, more: Value) -> Value {
        let mut session = json!({"key": key, "title": "S", "minutes": minutes});
        session.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        session
    }

    #[test]
    fn a_session_that_follows_a_parallel_one_gets_advice() {
        use AdviceKind::{ParallelSession, RoomOverlap, SpeakerOverlap};
        let first = |more| session("a", 60, more);
        let second = |more: Value| {
            let mut second = session("b", 30, json!({"starts": "2027-07-22T10:00"}));
            second.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            second
        };
        let found = |session: &str, kind, other: &str| vec![(session.to_owned(), kind, other.to_owned())];
        // A break after parallel sessions, which ends only with the longer one.
        let pause = session("c", 15, json!({}));
        let sessions = json!([first(json!({"room": "r1"})), second(json!({"room": "r2"})), pause]);
        assert_eq!(advice(sessions), found("c", ParallelSession, "a"));
        // The next session in the same room, or on the same track, is meant to follow.
        for (one, other) in
            [(json!({"room": "r1"}), json!({"room": "r2"})), (json!({"track": "A"}), json!({"track": "B"}))]
        {
            let sessions = json!([first(one), second(other.clone()), session("c", 15, other)]);
            assert_eq!(advice(sessions), []);
        }
        let same_room = json!([
            first(json!({"room": "r1"})),
            second(json!({"room": "r2"})),
            session("c", 15, json!({"room": "r1"}))
        ]);
        assert_eq!(advice(same_room), [found("c", RoomOverlap, "a"), found("c", ParallelSession, "a")].concat());
        let same_speaker = json!([
            first(json!({"speakers": ["ana"], "track": "A"})),
            second(json!({"track": "B"})),
            session("c", 15, json!({"speakers": ["ben", "ana"], "track": "B"})),
        ]);
        assert_eq!(advice(same_speaker), found("c", SpeakerOverlap, "a"));
        // A later session of the list overlaps, too.
        let later = json!([
            session("a", 30, json!({"room": "r1"})),
            session("b", 60, json!({"room": "r2"})),
            session("c", 15, json!({"room": "r2", "starts": "2027-07-22T11:00"})),
        ]);
        assert_eq!(advice(later), found("b", RoomOverlap, "c"));
    }

    #[test]
    fn starts_of_their_own_and_cancelled_sessions_get_no_advice() {
        let first = json!([
            session("a", 60, json!({"room": "r1"})),
            session("b", 30, json!({"room": "r1", "starts": "2027-07-22T10:30"})),
        ]);
        assert_eq!(advice(first), []);
        let own = json!([
            session("first", 15, json!({})),
            session("a", 60, json!({"room": "r1"})),
            session("b", 30, json!({"room": "r1", "starts": "2027-07-22T10:30"})),
        ]);
        // Only “a” follows another session.
        assert_eq!(advice(own), [("a".to_owned(), AdviceKind::RoomOverlap, "b".to_owned())]);
        let cancelled = json!([
            session("a", 60, json!({"room": "r1", "status": "cancelled"})),
            session("b", 30, json!({"room": "r2", "starts": "2027-07-22T10:00"})),
            session("c", 30, json!({"room": "r1"})),
        ]);
        assert_eq!(advice(cancelled), []);
    }
}
