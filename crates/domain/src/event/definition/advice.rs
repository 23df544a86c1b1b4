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
                write!(f, "“{session}” overlaps “{other}” of the same speaker (“{shared}”).")?
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
        let other = others.into_iter().flatten().find(|other| planned.overlaps(other));
        if let Some(other) = other.filter(|_| planned.session.starts.is_none()) {
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
        if session.session.starts.is_some() || same_room || same_track {
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
