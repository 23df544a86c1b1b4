//! Speakers: people who speak at events. Events of the same owner share a speaker if they use the same key.

use serde::{Deserialize, Serialize};

use crate::values::ids::SpeakerId;
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::text::translated;
use crate::values::text::translated::Translated;
use crate::values::time::Instant;

/// A labelled link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The link's text.
    pub label: Translated,
    /// The link's target.
    pub url: String,
}

/// A speaker as in the definition: the speaker's card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerDefinition {
    /// The speaker's key, the same in all events of one owner.
    pub key: Slug,
    /// The full name.
    pub name: String,
    /// A title that precedes the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub honorific: Option<Translated>,
    /// The position held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Translated>,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Translated>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Translated>,
    /// The country's ISO 3166-1 alpha-2 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The biography, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biography: Option<Translated>,
    /// The address of a portrait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_url: Option<String>,
    /// Links to more information.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

impl SpeakerDefinition {
    /// The languages that the card's texts exist in, `first` before all others.
    pub fn languages(&self, first: &Language) -> Vec<Language> {
        let texts = [&self.honorific, &self.position, &self.organisation, &self.city, &self.biography];
        translated::languages_of(first, texts.into_iter().flatten())
    }
}

/// A speaker with an id and the newest card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// The speaker's id; it stays the same as long as the key and the events' owner do.
    pub id: SpeakerId,
    /// The speaker's slug, unique among all owners; it stays the same as long as the id does.
    pub slug: Slug,
    /// The card from the newest definition.
    pub card: SpeakerDefinition,
    /// The language of the event whose definition contains the card.
    pub language: Language,
    /// When the card last changed.
    pub updated_at: Instant,
}

/// The candidates for the slug of a new speaker with this key, the preferred first: the key, the key with the owner
/// appended, then the latter with a number appended. The caller uses the first that no other speaker has. Candidates
/// that are too long are shortened; candidates in the form of a UUID are left out.
pub fn slugs(key: &Slug, owner: Option<&Slug>) -> impl Iterator<Item = Slug> {
    let owned = owner.map(|owner| join_slugs(key.as_str(), owner.as_str()));
    let base = owned.clone().unwrap_or_else(|| key.to_string());
    let numbered = (2..=u32::MAX).map(move |number| join_slugs(&base, &number.to_string()));
    let texts = std::iter::once(key.to_string()).chain(owned).chain(numbered);
    texts.filter_map(|text| Slug::parse(&text).ok())
}

/// Joins two texts in the form of a slug with a hyphen and shortens the result to the length of a slug. The first text
/// is shortened before the second, which distinguishes the candidates, but keeps at least half of the available length.
fn join_slugs(first: &str, second: &str) -> String {
    const AVAILABLE: usize = Slug::MAX - 1;
    let cut = |text: &str, length: usize| text.get(..length).unwrap_or(text).trim_end_matches('-').to_owned();
    let first = cut(first, (AVAILABLE - second.len().min(AVAILABLE)).max(AVAILABLE / 2));
    let second = cut(second, AVAILABLE - first.len());
    format!("{first}-{second}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(key: &str, owner: Option<&str>, number: usize) -> Vec<String> {
        let slug = |text: &str| Slug::parse(text).unwrap();
        slugs(&slug(key), owner.map(slug).as_ref()).take(number).map(String::from).collect()
    }

    #[test]
    fn the_owner_distinguishes_speakers_with_the_same_key() {
        assert_eq!(first("ana", Some("al-las"), 4), ["ana", "ana-al-las", "ana-al-las-2", "ana-al-las-3"]);
        assert_eq!(first("ana", None, 3), ["ana", "ana-2", "ana-3"]);
        // A candidate in the form of a UUID is left out.
        let candidates = first("01890a5d-ac96-774b-bcce", Some("b302099a8057"), 2);
        assert_eq!(candidates[1], "01890a5d-ac96-774b-bcce-b302099a8057-2");
    }

    #[test]
    fn candidates_have_the_length_of_a_slug() {
        for (key, owner) in
            [(1, 80), (30, 60), (40, 40), (39, 40), (60, 20), (77, 1), (78, 1), (79, 1), (80, 1), (80, 80)]
        {
            // The second case has a hyphen at every place where the text may be cut.
            for words in ["a", "a-"] {
                let text = |length: usize| words.repeat(length)[..length].trim_end_matches('-').to_owned();
                let (key, owner) = (text(key), text(owner));
                let all = first(&key, Some(&owner), 200);
                assert_eq!(all[0], key);
                assert!(all.iter().all(|slug| slug.len() <= Slug::MAX), "{all:?}");
                let mut distinct = all.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert!(distinct.len() >= all.len() - 1, "{all:?}");
                assert!(owner.len() > 39 || all[1].ends_with(&format!("-{owner}")), "{all:?}");
                assert!(all[199].ends_with("-199") || all[199].ends_with("-200"), "{all:?}");
            }
        }
    }
}
