//! Parses the programme of a definition.

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::event::definition::model::ProgrammeDefinition;
use crate::event::definition::node::{Node, Object};
use crate::event::definition::people::{MAX_LINE, MAX_PARAGRAPHS, SpeakerKeys};
use crate::event::programme::ProgrammeStatus;
use crate::event::session::{SessionDefinition, SessionKind, SessionSpeaker, SpeakerRole};
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::wall_clock::WallClock;

/// A session whose start may lack its year.
pub(crate) struct SessionDraft {
    session: SessionDefinition,
    starts: Option<WallClock>,
    /// The session's location. The index of the draft is not enough, because invalid sessions have no drafts.
    pub(crate) pointer: String,
}

impl SessionDraft {
    pub(crate) const fn minutes(&self) -> u32 {
        self.session.minutes
    }

    /// The session's own start, if it is written with its year.
    pub(crate) const fn full_start(&self) -> Option<NaiveDateTime> {
        match self.starts {
            Some(WallClock::Full(local)) => Some(local),
            _ => None,
        }
    }

    /// The session's own start, if it has one, in an event that starts at `event_starts`. A start without a year gets
    /// the year in which it is nearest to the event's start. With the first year after the event's start, a session
    /// slightly before the event would be almost a year after it, instead of an error.
    pub(crate) fn starts_near(&self, event_starts: NaiveDateTime) -> Option<NaiveDateTime> {
        self.starts.and_then(|starts| starts.nearest(event_starts))
    }

    /// The session of an event that starts at `event_starts`.
    pub(crate) fn resolve(self, event_starts: NaiveDateTime) -> SessionDefinition {
        SessionDefinition { starts: self.starts_near(event_starts), ..self.session }
    }
}

/// The parsed programme, before the years of its sessions are known.
pub(crate) struct ProgrammeDraft {
    /// The programme without its sessions.
    pub(crate) programme: ProgrammeDefinition,
    /// The valid sessions.
    pub(crate) sessions: Vec<SessionDraft>,
    /// Whether the document has sessions, valid or not.
    pub(crate) has_sessions: bool,
}

pub(crate) fn programme(object: &mut Object<'_>, language: &Language, speakers: &SpeakerKeys) -> ProgrammeDraft {
    let mut programme =
        ProgrammeDefinition { status: ProgrammeStatus::Draft, moderators: Vec::new(), sessions: Vec::new() };
    let mut sessions = Vec::new();
    let node = object.optional("programme");
    // A programme that is not an object was probably meant to have sessions.
    let mut has_sessions = node.is_some();
    if let Some(mut object) = node.and_then(|n| n.object()) {
        has_sessions = false;
        if let Some(status) = object.optional("status").and_then(|n| n.parse(ProgrammeStatus::parse)) {
            programme.status = status;
        }
        programme.moderators = object.keyed_list("moderators", 50, |n| speakers.parse_reference(n), Slug::as_str);
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
    let kind = object.optional("kind").map_or(Some(SessionKind::Other), |n| n.parse(SessionKind::parse));
    let title = object.required("title").and_then(|n| n.text(language, MAX_LINE));
    let r#abstract = object.paragraphs("abstract", language, MAX_PARAGRAPHS);
    let track = object.text("track", language, MAX_LINE);
    let minutes = object.required("minutes").and_then(|n| n.integer(1, 1440));
    let starts = object.optional_text("starts").and_then(|n| n.parse(WallClock::parse));
    let session_speakers =
        object.keyed_list("speakers", 50, |n| session_speaker(n, speakers), |speaker| speaker.key.as_str());
    object.finish();
    let session = SessionDefinition {
        key: key?,
        kind: kind?,
        title: title?,
        r#abstract,
        track,
        minutes: minutes?,
        starts: None,
        speakers: session_speakers,
    };
    Some(SessionDraft { session, starts, pointer: node.pointer.clone() })
}

/// Parses a speaker of a session: a speaker's key, or an object with a key and a role.
fn session_speaker(node: &Node<'_>, speakers: &SpeakerKeys) -> Option<SessionSpeaker> {
    if !matches!(node.value, Value::Object(_) | Value::Array(_)) {
        return speakers.parse_reference(node).map(|key| SessionSpeaker { key, role: SpeakerRole::Speaker });
    }
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| speakers.parse_reference(&n));
    let role = object.optional("role").map_or(Some(SpeakerRole::Speaker), |n| n.parse(SpeakerRole::parse));
    object.finish();
    Some(SessionSpeaker { key: key?, role: role? })
}
