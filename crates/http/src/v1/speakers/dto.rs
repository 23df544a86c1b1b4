//! A speaker as callers see it.

use plenaria_domain::language::Language;
use plenaria_domain::speaker::Speaker;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::catalogue::Entry;
use crate::negotiation::Wanted;
use crate::page::Page;
use crate::v1::events::programme_dto::{SessionDto, SpeakerCard};

/// A speaker with the sessions that they take part in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Speaker)]
pub(crate) struct SpeakerDto {
    #[serde(flatten)]
    card: SpeakerCard,
    /// The life so far, in Markdown.
    #[schema(max_length = 20000, example = json!(null))]
    biography: Option<String>,
    /// Where to read more.
    #[schema(max_items = 20)]
    links: Vec<SpeakerLink>,
    /// The sessions of public events, by the events' starts.
    #[schema(max_items = 10000)]
    sessions: Vec<SpeakerSession>,
}

/// A labelled link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerLink {
    /// What it leads to.
    #[schema(max_length = 300, example = "Personal page")]
    label: String,
    /// Where it leads.
    #[schema(max_length = 2000, format = "uri", example = "https://example.org/")]
    url: String,
}

/// A session that a speaker takes part in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerSession {
    /// Its event.
    event: EventReference,
    /// The session.
    session: SessionDto,
}

/// Names an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventReference {
    /// Its id.
    #[schema(example = "019a0000-0000-7000-8000-000000000001")]
    pub(crate) id: Uuid,
    /// Its slug.
    #[schema(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "internationalisation-and-metropolitan-spaces-en"
    )]
    pub(crate) slug: String,
}

/// A page of speakers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpeakerPage {
    /// The speakers.
    #[schema(max_items = 100)]
    pub(crate) data: Vec<SpeakerDto>,
    /// Where this page stands.
    pub(crate) page: Page,
}

impl SpeakerDto {
    /// A speaker in `language`, with their sessions among these events, each in the best of its own languages.
    pub(crate) fn new(speaker: &Speaker, events: &[&Entry], wanted: &Wanted, language: &Language) -> Self {
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
