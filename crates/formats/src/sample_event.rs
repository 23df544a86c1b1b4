//! Makes events from definitions, for tests.

use std::sync::Arc;

use plenaria_domain::event::Event;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::programme::Programme;
use plenaria_domain::event::session::Session;
use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::values::ids::{EventId, SessionId, SpeakerId};
use plenaria_domain::values::time::Instant;
use serde_json::Value;

/// When the definition was published.
pub(crate) fn changed_at() -> Instant {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// The event with this definition.
pub(crate) fn event(document: &Value) -> Event {
    let definition = Definition::parse(document, changed_at()).unwrap();
    let schedule = definition.schedule().unwrap();
    let speakers = definition.speakers.iter().map(|card| {
        Arc::new(Speaker {
            id: SpeakerId::new(changed_at()),
            slug: card.key.clone(),
            card: card.clone(),
            language: definition.language.clone(),
            updated_at: changed_at(),
        })
    });
    let speakers: Vec<Arc<Speaker>> = speakers.collect();
    let sessions = definition.programme.sessions.iter().zip(&schedule.slots).map(|(session, slot)| Session {
        id: SessionId::new(changed_at()),
        definition: session.clone(),
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        local_start: slot.local_start,
        speakers: session
            .speakers
            .iter()
            .map(|named| (named.roles.clone(), speakers.iter().find(|s| s.card.key == named.key).unwrap().id))
            .collect(),
    });
    let sessions = sessions.collect();
    Event {
        id: EventId::new(changed_at()),
        revision: 3,
        updated_at: changed_at(),
        programme: Programme { sessions, speakers },
        definition,
        cancellation_reason: None,
        starts_at: schedule.starts_at,
        ends_at: schedule.ends_at,
    }
}
