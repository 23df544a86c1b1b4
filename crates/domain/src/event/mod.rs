//! Events: a webinar or a conference day as it is read, with the times that follow from its definition.

pub(crate) mod attributes;
pub mod definition;
pub mod ownership;
pub mod programme;
pub mod registration_window;
pub mod search;
pub mod session;
pub mod speaker;

pub use crate::event::attributes::{
    AttendanceMode, Audience, Branding, Contact, EventStatus, Material, MaterialKind, Organiser, Phase, Privacy,
    Publication, Room,
};

use crate::event::definition::model::Definition;
use crate::event::programme::Programme;
use crate::event::session::SessionDefinition;
use crate::values::ids::EventId;
use crate::values::language::Language;
use crate::values::public_url::PublicUrl;
use crate::values::text::translated;
use crate::values::text::translated::Translated;
use crate::values::time::Instant;

/// An event's definition, with what is derived from it.
#[derive(Clone, Debug)]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// The number of the definition's current version, from 1.
    pub revision: i64,
    /// When the definition last changed.
    pub updated_at: Instant,
    /// The definition.
    pub definition: Definition,
    /// Why the event was cancelled, if it is and a reason was given.
    pub cancellation_reason: Option<Translated>,
    /// When the event starts.
    pub starts_at: Instant,
    /// When the event ends: at the end of the last session, or later if the definition's duration is longer.
    pub ends_at: Instant,
    /// The sessions with their times, and the speakers.
    pub programme: Programme,
}

impl Event {
    /// The address that people are sent to for this event: its page, or, without pages, its resource in the API.
    pub fn url_for_people(&self, public_url: &PublicUrl) -> String {
        let slug = &self.definition.slug;
        public_url.page_of(slug).unwrap_or_else(|| format!("{public_url}/v1/events/{slug}"))
    }

    /// The room of one of the event's sessions.
    pub fn room_of(&self, session: &SessionDefinition) -> Option<&Room> {
        let key = session.room.as_ref()?;
        self.definition.rooms.iter().find(|room| room.key == *key)
    }

    /// Whether the public can see the event: it is published or cancelled.
    pub fn is_public(&self) -> bool {
        self.definition.status != EventStatus::Draft
    }

    /// Whether the event is published: neither a draft nor cancelled.
    pub fn is_published(&self) -> bool {
        self.definition.status == EventStatus::Published
    }

    /// The phase at `now`.
    pub fn phase(&self, now: Instant) -> Phase {
        Phase::at(now, self.starts_at, self.ends_at)
    }

    /// When the event's representation last changed, given that it is in this phase: the later of the definition's last
    /// change and the start of the phase.
    pub fn last_changed_at(&self, phase: Phase) -> Instant {
        match phase {
            Phase::Upcoming => self.updated_at,
            Phase::Live => self.updated_at.max(self.starts_at),
            Phase::Ended => self.updated_at.max(self.ends_at),
        }
    }

    /// The languages that the event's texts exist in, the event's own language first.
    pub fn languages(&self) -> Vec<Language> {
        let definition = &self.definition;
        let texts = std::iter::once(&definition.title).chain(&definition.summary).chain(&definition.description);
        translated::languages_of(&definition.language, texts)
    }
}
