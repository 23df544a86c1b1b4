//! The programme of a definition.

use chrono::NaiveDateTime;
use serde_json::Value;

use super::ProgrammeDefinition;
use super::node::{Node, Object};
use super::people::{LINE, PARAGRAPHS, SpeakerKeys};
use crate::language::Language;
use crate::programme::ProgrammeStatus;
use crate::session::{Part, SessionDefinition, SessionKind, SpeakerRole};
use crate::slug::Slug;
use crate::time::WallClock;

/// A session whose start may still lack its year.
pub(super) struct SessionDraft {
    session: SessionDefinition,
    starts: Option<WallClock>,
    /// Where it stands in the document: sessions with errors are left out of the list of drafts.
    pub(super) pointer: String,
}

impl SessionDraft {
    pub(super) const fn minutes(&self) -> u32 {
        self.session.minutes
    }

    /// Its start, if it has one of its own with a year.
    pub(super) const fn full_start(&self) -> Option<NaiveDateTime> {
        match self.starts {
            Some(WallClock::Full(local)) => Some(local),
            _ => None,
        }
    }

    /// Its own start, if it has one, in an event that starts at `event_starts`. Without a year it is the nearest such time,
    /// so that one that is a little too early is not taken for one almost a year later.
    pub(super) fn starts_near(&self, event_starts: NaiveDateTime) -> Option<NaiveDateTime> {
        self.starts.and_then(|starts| starts.nearest(event_starts))
    }

    /// The session of an event that starts at `event_starts`.
    pub(super) fn resolve(self, event_starts: NaiveDateTime) -> SessionDefinition {
        SessionDefinition { starts: self.starts_near(event_starts), ..self.session }
    }
}

/// The programme as it is read.
pub(super) struct ProgrammeDraft {
    /// The programme without its sessions, whose dates wait for the event's.
    pub(super) programme: ProgrammeDefinition,
    /// The sessions that have no error.
    pub(super) sessions: Vec<SessionDraft>,
    /// Whether there are to be sessions, with errors or without.
    pub(super) has_sessions: bool,
}

pub(super) fn programme(object: &mut Object<'_>, language: &Language, speakers: &SpeakerKeys) -> ProgrammeDraft {
    let mut programme =
        ProgrammeDefinition { status: ProgrammeStatus::Draft, moderators: Vec::new(), sessions: Vec::new() };
    let mut sessions = Vec::new();
    let node = object.optional("programme");
    // A programme that is no object was meant to be one, with sessions.
    let mut has_sessions = node.is_some();
    if let Some(mut object) = node.and_then(|n| n.object()) {
        has_sessions = false;
        if let Some(status) = object.optional("status").and_then(|n| n.parse(ProgrammeStatus::parse)) {
            programme.status = status;
        }
        if let Some(moderators) = object.optional("moderators") {
            programme.moderators = moderators.keyed(50, |n| speakers.read(n), Slug::as_str);
        }
        if let Some(list) = object.optional("sessions") {
            has_sessions = list.value.as_array().is_none_or(|items| !items.is_empty());
            sessions = list.keyed(500, |n| session(n, language, speakers), |s| s.session.key.as_str());
        }
        object.finish();
    }
    ProgrammeDraft { programme, sessions, has_sessions }
}

fn session(node: &Node<'_>, language: &Language, speakers: &SpeakerKeys) -> Option<SessionDraft> {
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| n.parse(Slug::parse));
    let kind = match object.optional("kind") {
        Some(n) => n.parse(SessionKind::parse),
        None => Some(SessionKind::Other),
    };
    let title = object.required("title").and_then(|n| n.text(language, LINE));
    let r#abstract = object.paragraphs("abstract", language, PARAGRAPHS);
    let track = object.text("track", language, LINE);
    let minutes = object.required("minutes").and_then(|n| n.integer(1, 1440));
    let starts = object.optional_text("starts").and_then(|n| n.parse(WallClock::parse));
    let parts = object
        .optional("speakers")
        .map(|list| list.keyed(50, |n| part(n, speakers), |p| p.key.as_str()))
        .unwrap_or_default();
    object.finish();
    let session = SessionDefinition {
        key: key?,
        kind: kind?,
        title: title?,
        r#abstract,
        track,
        minutes: minutes?,
        starts: None,
        speakers: parts,
    };
    Some(SessionDraft { session, starts, pointer: node.pointer.clone() })
}

/// A speaker's key, or an object of key and role.
fn part(node: &Node<'_>, speakers: &SpeakerKeys) -> Option<Part> {
    if !matches!(node.value, Value::Object(_) | Value::Array(_)) {
        return speakers.read(node).map(|key| Part { key, role: SpeakerRole::Speaker });
    }
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| speakers.read(&n));
    let role = match object.optional("role") {
        Some(n) => n.parse(SpeakerRole::parse),
        None => Some(SpeakerRole::Speaker),
    };
    object.finish();
    Some(Part { key: key?, role: role? })
}
