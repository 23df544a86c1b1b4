//! Parses the programme of a definition.

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::event::definition::limits;
use crate::event::definition::model::ProgrammeDefinition;
use crate::event::definition::parse::keys::DeclaredKeys;
use crate::event::definition::parse::node::Node;
use crate::event::definition::parse::object::Object;
use crate::event::definition::parse::parts;
use crate::event::programme::ProgrammeStatus;
use crate::event::session::{SessionDefinition, SessionKind, SessionSpeaker, SessionStatus, SpeakerRole};
use crate::validation::InvalidValue;
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

/// What the parsing of a session needs to know about its event.
pub(crate) struct SessionContext<'a> {
    /// The language of texts without one.
    pub(crate) language: &'a Language,
    /// The keys of the speakers.
    pub(crate) speakers: DeclaredKeys<'a>,
    /// The keys of the rooms.
    pub(crate) rooms: DeclaredKeys<'a>,
}

pub(crate) fn programme(object: &mut Object<'_>, context: &SessionContext<'_>) -> ProgrammeDraft {
    let mut programme =
        ProgrammeDefinition { status: ProgrammeStatus::Draft, moderators: Vec::new(), sessions: Vec::new() };
    let mut sessions = Vec::new();
    let node = object.optional("programme");
    // A programme that is not an object was probably meant to have sessions.
    let mut has_sessions = node.is_some();
    if let Some(mut object) = node.and_then(|n| Object::of(&n)) {
        has_sessions = false;
        if let Some(status) = object.optional("status").and_then(|n| n.parse(ProgrammeStatus::parse)) {
            programme.status = status;
        }
        programme.moderators =
            object.keyed_list("moderators", limits::MODERATORS, |n| context.speakers.parse_reference(n), Slug::as_str);
        if let Some(list) = object.optional("sessions") {
            has_sessions = list.value.as_array().is_none_or(|items| !items.is_empty());
            sessions = list.keyed(limits::SESSIONS, |n| session(n, context), |s| s.session.key.as_str());
            limit_speakers(&list, &sessions);
        }
        object.finish();
    }
    ProgrammeDraft { programme, sessions, has_sessions }
}

/// Reports the first session with which there are too many speakers in all.
fn limit_speakers(list: &Node<'_>, sessions: &[SessionDraft]) {
    let mut left = limits::ALL_SESSION_SPEAKERS;
    for draft in sessions {
        let Some(rest) = left.checked_sub(draft.session.speakers.len()) else {
            list.errors.add(format!("{}/speakers", draft.pointer), InvalidValue::ListLength { min: 0, max: left });
            return;
        };
        left = rest;
    }
}

fn session(node: &Node<'_>, context: &SessionContext<'_>) -> Option<SessionDraft> {
    let language = context.language;
    let mut object = Object::of(node)?;
    let key = object.key();
    let kind = object.choice("kind", SessionKind::Other, SessionKind::parse);
    let title = object.required_text("title", language);
    let r#abstract = object.paragraphs("abstract", language, limits::PARAGRAPHS);
    let track = object.text("track", language, limits::LINE);
    let room = object.optional_string("room").and_then(|n| context.rooms.parse_reference(&n));
    let spoken_language = object.string("language", Language::parse_registered);
    let status = object.choice("status", SessionStatus::Scheduled, SessionStatus::parse);
    let minutes = object.required("minutes").and_then(|n| n.integer(1, limits::SESSION_MINUTES));
    let starts = object.string("starts", WallClock::parse);
    let session_speakers =
        object.keyed_list("speakers", limits::SESSION_SPEAKERS, |n| session_speaker(n, context), |s| s.key.as_str());
    let materials = parts::materials(&mut object, language);
    object.finish();
    let session = SessionDefinition {
        key: key?,
        kind: kind?,
        title: title?,
        r#abstract,
        track,
        room,
        language: spoken_language,
        status: status?,
        minutes: minutes?,
        starts: None,
        speakers: session_speakers,
        materials,
    };
    Some(SessionDraft { session, starts, pointer: node.pointer.clone() })
}

/// Parses a speaker of a session: a speaker's key, or an object with a key and either `role` or `roles`.
fn session_speaker(node: &Node<'_>, context: &SessionContext<'_>) -> Option<SessionSpeaker> {
    let default_roles = || vec![SpeakerRole::Speaker];
    if !matches!(node.value, Value::Object(_) | Value::Array(_)) {
        return context.speakers.parse_reference(node).map(|key| SessionSpeaker { key, roles: default_roles() });
    }
    let mut object = Object::of(node)?;
    let key = object.required("key").and_then(|n| context.speakers.parse_reference(&n));
    let roles = match object.optional("roles") {
        // With `roles`, the field `role` is unknown.
        Some(list) => {
            let roles = list.keyed(SpeakerRole::ALL.len(), |n| n.parse(SpeakerRole::parse), |role| role.as_str());
            Some(if roles.is_empty() { default_roles() } else { roles })
        }
        None => object.choice("role", SpeakerRole::Speaker, SpeakerRole::parse).map(|role| vec![role]),
    };
    object.finish();
    Some(SessionSpeaker { key: key?, roles: roles? })
}
