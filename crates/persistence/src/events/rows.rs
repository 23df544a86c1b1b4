//! Makes domain events and speakers from their rows.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use plenaria_domain::event::Event;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::programme::Programme;
use plenaria_domain::event::session::{Session, SessionSpeaker};
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::values::ids::{EventId, SessionId, SpeakerId};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;

use crate::database::error::StoreError;
use crate::entity::{event, speaker};

/// Makes an event from its row, the ids of its sessions by their keys, and its speakers.
pub(crate) fn event(
    row: event::Model,
    session_ids: &HashMap<&str, SessionId>,
    speakers: Vec<Arc<Speaker>>,
) -> Result<Event, StoreError> {
    let corrupt = |what: &dyn Display| StoreError::corrupt("events", format_args!("{}: {what}", row.id));
    let definition: Definition = serde_json::from_value(row.document.clone()).map_err(|e| corrupt(&e))?;
    let schedule = definition.schedule().map_err(|e| corrupt(&e))?;
    let speaker_ids: HashMap<&Slug, SpeakerId> = speakers.iter().map(|s| (&s.card.key, s.id)).collect();
    let mut sessions = Vec::with_capacity(schedule.slots.len());
    for (session, slot) in definition.programme.sessions.iter().zip(&schedule.slots) {
        let id = *session_ids.get(session.key.as_str()).ok_or_else(|| corrupt(&"a session without an id"))?;
        let with_id = |part: &SessionSpeaker| speaker_ids.get(&part.key).map(|id| (part.roles.clone(), *id));
        let session_speakers: Option<Vec<_>> = session.speakers.iter().map(with_id).collect();
        sessions.push(Session {
            id,
            definition: session.clone(),
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            local_start: slot.local_start,
            speakers: session_speakers.ok_or_else(|| corrupt(&"a session's speaker without a card"))?,
        });
    }
    let reason = row.cancellation_reason.clone().map(serde_json::from_value);
    let cancellation_reason = reason.transpose().map_err(|e| corrupt(&e))?;
    Ok(Event {
        id: EventId(row.id),
        revision: row.revision,
        updated_at: row.updated_at,
        definition,
        cancellation_reason,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        programme: Programme { sessions, speakers },
    })
}

/// Makes a speaker from its row.
pub(crate) fn speaker(row: speaker::Model) -> Result<Speaker, StoreError> {
    let corrupt = |what: &dyn Display| StoreError::corrupt("speakers", format_args!("{}: {what}", row.id));
    Ok(Speaker {
        id: SpeakerId(row.id),
        slug: Slug::parse(&row.slug).map_err(|e| corrupt(&e))?,
        card: serde_json::from_value(row.card.clone()).map_err(|e| corrupt(&e))?,
        language: Language::parse(&row.language).map_err(|e| corrupt(&e))?,
        updated_at: row.updated_at,
    })
}
