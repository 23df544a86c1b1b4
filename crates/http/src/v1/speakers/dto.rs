//! The representation of a speaker.

use plenaria_domain::event::speaker::Speaker;
use plenaria_domain::values::language::Language;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cache::events::CachedEvent;
use crate::request::language_preference::LanguagePreference;
use crate::request::pagination::Page;
use crate::v1::event_reference::EventReference;
use crate::v1::events::programme_dto::{SessionDto, SpeakerCard};

/// A speaker with their sessions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Speaker)]
pub(crate) struct SpeakerDto {
    #[serde(flatten)]
    card: SpeakerCard,
    /// The biography, in Markdown.
    #[schema(max_length = 20000, example = json!(null))]
    biography: Option<String>,
    /// Links to more information.
    #[schema(max_items = 20)]
    links: Vec<SpeakerLink>,
    /// The speaker's sessions at public events, in the order of the events' starts.
    #[schema(max_items = 10000)]
    sessions: Vec<SpeakerSession>,
}

/// A labelled link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerLink {
    /// The link's text.
    #[schema(max_length = 300, example = "Personal page")]
    label: String,
    /// The link's address.
    #[schema(format = "uri", example = "https://example.org/")]
    url: String,
}

/// A session of a speaker.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerSession {
    /// The session's event.
    event: EventReference,
    /// The session.
    session: SessionDto,
}

/// A page of speakers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerPage {
    /// The speakers.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<SpeakerDto>,
    /// The page size, and the cursor of the next page.
    pub(crate) page: Page,
}

impl SpeakerDto {
    /// The speaker in `language`, with their sessions at these events. Each session is in the best language that its event has
    /// for the caller.
    pub(crate) fn new(
        speaker: &Speaker,
        events: &[&CachedEvent],
        wanted: &LanguagePreference,
        language: &Language,
    ) -> Self {
        let mut sessions = Vec::new();
        for entry in events {
            let event = &entry.event;
            let Some(language) = wanted.choose(entry.languages()) else { continue };
            for (index, session) in event.programme.sessions.iter().enumerate() {
                if session.speakers.iter().any(|(_, id)| *id == speaker.id) {
                    sessions.push(SpeakerSession {
                        event: EventReference { id: event.id.0, slug: event.definition.slug.to_string() },
                        session: SessionDto::new(event, index, session, language),
                    });
                }
            }
        }
        let links = speaker.card.links.iter().map(|link| SpeakerLink {
            label: link.label.get(language, &speaker.language).to_owned(),
            url: link.url.clone(),
        });
        let biography = speaker.card.biography.as_ref().map(|b| b.get(language, &speaker.language).to_owned());
        Self { card: SpeakerCard::new(speaker, language), biography, links: links.collect(), sessions }
    }
}
