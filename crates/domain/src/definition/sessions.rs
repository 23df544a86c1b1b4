//! The programme of a definition.

use chrono::{Datelike, NaiveDateTime};

use super::ProgrammeDefinition;
use super::node::{Node, Object};
use super::people::{LINE, PARAGRAPHS, speaker_key};
use crate::language::Language;
use crate::programme::ProgrammeStatus;
use crate::session::{Part, SessionDefinition, SessionKind, SpeakerRole};
use crate::slug::Slug;
use crate::speaker::SpeakerDefinition;
use crate::time::WallClock;

/// A session whose start may still lack its year.
pub(super) struct SessionDraft {
    session: SessionDefinition,
    pub(super) starts: Option<WallClock>,
}

impl SessionDraft {
    pub(super) const fn minutes(&self) -> u32 {
        self.session.minutes
    }

    /// The session of an event that starts at `event_starts`: a start without a year is the first from then on.
    pub(super) fn resolve(self, event_starts: NaiveDateTime) -> SessionDefinition {
        let starts = self.starts.and_then(|s| s.first_from(event_starts.year(), |local| local >= event_starts));
        SessionDefinition { starts, ..self.session }
    }
}

/// The programme with its sessions apart, since their dates wait for the event's.
pub(super) fn programme(
    object: &mut Object<'_>,
    language: &Language,
    speakers: &[SpeakerDefinition],
) -> (ProgrammeDefinition, Vec<SessionDraft>) {
    let mut programme =
        ProgrammeDefinition { status: ProgrammeStatus::Draft, moderators: Vec::new(), sessions: Vec::new() };
    let mut sessions = Vec::new();
    if let Some(mut object) = object.optional("programme").and_then(|n| n.object()) {
        if let Some(status) = object.optional("status").and_then(|n| n.parse(ProgrammeStatus::parse)) {
            programme.status = status;
        }
        if let Some(moderators) = object.optional("moderators") {
            programme.moderators = moderators.keyed(50, |n| speaker_key(n, speakers), Slug::as_str);
        }
        if let Some(list) = object.optional("sessions") {
            sessions = list.keyed(500, |n| session(n, language, speakers), |s| s.session.key.as_str());
        }
        object.finish();
    }
    (programme, sessions)
}

fn session(node: &Node<'_>, language: &Language, speakers: &[SpeakerDefinition]) -> Option<SessionDraft> {
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
    Some(SessionDraft { session, starts })
}

/// A speaker's key, or an object of key and role.
fn part(node: &Node<'_>, speakers: &[SpeakerDefinition]) -> Option<Part> {
    if node.value.is_string() {
        return speaker_key(node, speakers).map(|key| Part { key, role: SpeakerRole::Speaker });
    }
    let mut object = node.object()?;
    let key = object.required("key").and_then(|n| speaker_key(&n, speakers));
    let role = match object.optional("role") {
        Some(n) => n.parse(SpeakerRole::parse),
        None => Some(SpeakerRole::Speaker),
    };
    object.finish();
    Some(Part { key: key?, role: role? })
}
