//! Speakers: people, shared between events by their key.

use serde::{Deserialize, Serialize};

use crate::ids::SpeakerId;
use crate::language::Language;
use crate::slug::Slug;
use crate::text::Translated;
use crate::time::Instant;

/// A labelled link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it leads to.
    pub label: Translated,
    /// Where it leads.
    pub url: String,
}

/// A speaker as a definition says it: the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerDefinition {
    /// Names the speaker in every event; also the slug.
    pub key: Slug,
    /// The full name.
    pub name: String,
    /// What stands before the name.
    pub honorific: Option<Translated>,
    /// The position held.
    pub position: Option<Translated>,
    /// The organisation.
    pub organisation: Option<Translated>,
    /// The city.
    pub city: Option<Translated>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The life so far, in Markdown.
    pub biography: Option<Translated>,
    /// A portrait.
    pub photo_url: Option<String>,
    /// Where to read more.
    pub links: Vec<Link>,
}

impl SpeakerDefinition {
    /// The languages that the card's texts exist in, `first` before the others.
    pub fn languages(&self, first: &Language) -> Vec<Language> {
        let mut languages = vec![first.clone()];
        let texts = [&self.honorific, &self.position, &self.organisation, &self.city, &self.biography];
        for language in texts.into_iter().flatten().flat_map(Translated::languages) {
            if !languages.contains(language) {
                languages.push(language.clone());
            }
        }
        languages
    }
}

/// A speaker with an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// The id; it stays while the key does.
    pub id: SpeakerId,
    /// The card, as the newest definition has it.
    pub card: SpeakerDefinition,
    /// The language of the event whose definition gave the card.
    pub language: Language,
    /// When the card last changed.
    pub updated_at: Instant,
}
