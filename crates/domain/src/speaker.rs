//! Speakers: people, shared by their key between the events of one owner.

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
    /// Names the speaker in every event of one owner.
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
    /// The id; it stays while the key and the events' owner do.
    pub id: SpeakerId,
    /// Names the speaker among those of all owners; it stays while the id does.
    pub slug: Slug,
    /// The card, as the newest definition has it.
    pub card: SpeakerDefinition,
    /// The language of the event whose definition gave the card.
    pub language: Language,
    /// When the card last changed.
    pub updated_at: Instant,
}

/// The slugs that a new speaker with this key may have, the best first: the key itself, the key with the owner's appended,
/// and then numbers behind that. The first that no other speaker has is taken. All have the form of a slug: what is too long
/// is cut, and what would look like a UUID is left out.
pub fn slugs(key: &Slug, owner: Option<&Slug>) -> impl Iterator<Item = Slug> {
    let owned = owner.map(|owner| joined(key.as_str(), owner.as_str()));
    let base = owned.clone().unwrap_or_else(|| key.to_string());
    let numbered = (2..=u32::MAX).map(move |number| joined(&base, &number.to_string()));
    let texts = std::iter::once(key.to_string()).chain(owned).chain(numbered);
    texts.filter_map(|text| Slug::parse(&text).ok())
}

/// Two texts of the form of a slug, joined and cut to a slug's length. The first is cut before the second, which tells
/// apart, but keeps at least half of the room.
fn joined(first: &str, second: &str) -> String {
    const ROOM: usize = Slug::MAX - 1;
    let cut = |text: &str, length: usize| text.get(..length).unwrap_or(text).trim_end_matches('-').to_owned();
    let first = cut(first, (ROOM - second.len().min(ROOM)).max(ROOM / 2));
    let second = cut(second, ROOM - first.len());
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
    fn a_speakers_slug_tells_owners_apart() {
        assert_eq!(first("ana", Some("al-las"), 4), ["ana", "ana-al-las", "ana-al-las-2", "ana-al-las-3"]);
        assert_eq!(first("ana", None, 3), ["ana", "ana-2", "ana-3"]);
        // What looks like a UUID names nobody.
        let looks = first("01890a5d-ac96-774b-bcce", Some("b302099a8057"), 2);
        assert_eq!(looks[1], "01890a5d-ac96-774b-bcce-b302099a8057-2");
    }

    #[test]
    fn a_speakers_slug_has_the_length_of_one() {
        for (key, owner) in
            [(1, 80), (30, 60), (40, 40), (39, 40), (60, 20), (77, 1), (78, 1), (79, 1), (80, 1), (80, 80)]
        {
            // A hyphen wherever the text may be cut.
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
