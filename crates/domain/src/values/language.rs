//! Languages: BCP 47 tags, and the choice of the best available language (RFC 4647, section 3.4, "lookup").

use oxilangtag::LanguageTag;
use serde::{Deserialize, Serialize};

use crate::validation::{Form, InvalidValue};
use crate::values::text::cleaning::{is_blank, trim};

/// A well-formed BCP 47 tag in its canonical case (`en`, `pt-BR`), at most 35 characters long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// The greatest length of a tag (RFC 5646, section 4.4.1).
    pub const MAX: usize = 35;

    /// Parses a tag and converts it to its canonical case.
    pub fn parse(tag: &str) -> Result<Self, InvalidValue> {
        if tag.is_empty() || tag.len() > Self::MAX {
            return Err(InvalidValue::Length { min: 1, max: Self::MAX });
        }
        LanguageTag::parse_and_normalize(tag)
            .map(|tag| Self(tag.into_inner()))
            .map_err(|_| InvalidValue::Format { expected: Form::LanguageTag })
    }

    /// Parses a tag like [`Language::parse`], and also requires its language to be in the IANA registry: `english` is
    /// well-formed but not registered. Regions, scripts and variants are not checked against the registry.
    pub fn parse_registered(tag: &str) -> Result<Self, InvalidValue> {
        let language = Self::parse(tag)?;
        let unregistered = |tag: language_tags::LanguageTag| {
            matches!(tag.validate(), Err(language_tags::ValidationError::PrimaryLanguageNotInRegistry))
        };
        if language_tags::LanguageTag::parse(language.as_str()).is_ok_and(|tag| !unregistered(tag)) {
            Ok(language)
        } else {
            Err(InvalidValue::Format { expected: Form::LanguageTag })
        }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Looks up this language range among `available`: first the whole tag, then the tag with one subtag after another
    /// removed from its end. A single-character subtag is removed together with the subtag after it.
    pub fn lookup<'a>(&self, available: &'a [Language]) -> Option<&'a Language> {
        let mut range = self.0.as_str();
        loop {
            if let Some(found) = available.iter().find(|l| l.0.eq_ignore_ascii_case(range)) {
                return Some(found);
            }
            let mut cut = range.rfind('-')?;
            if cut >= 2 && range.as_bytes()[cut - 2] == b'-' {
                cut -= 2;
            }
            range = &range[..cut];
        }
    }
}

impl TryFrom<String> for Language {
    type Error = InvalidValue;

    fn try_from(tag: String) -> Result<Self, InvalidValue> {
        Self::parse(&tag)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A language in which messages to attendees exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageLanguage {
    /// English.
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// Catalan.
    Ca,
}

impl MessageLanguage {
    /// All of them, English first.
    pub const ALL: [Self; 4] = [Self::En, Self::Es, Self::Fr, Self::Ca];

    /// The language's tag.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Ca => "ca",
        }
    }

    /// Parses one of the four tags exactly, as they are stored.
    pub fn parse(tag: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|l| l.as_str() == tag)
            .ok_or_else(|| InvalidValue::Choice { choices: Self::ALL.map(|l| l.as_str().to_owned()).to_vec() })
    }

    /// Looks up the tag that a person asks for (RFC 4647, section 3.4), in any case; only its language matters (`es-MX`
    /// is `es`).
    ///
    /// # Errors
    /// A blank text is missing ([`InvalidValue::Required`]); any other text must begin with one of the four languages.
    pub fn lookup(tag: &str) -> Result<Self, InvalidValue> {
        let tag = trim(tag);
        if is_blank(tag) {
            return Err(InvalidValue::Required);
        }
        let mut subtags = tag.split('-');
        let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let is_subtag = |s: &str| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric());
        // A text that is not well-formed as a tag names no language, however it begins.
        let primary = if subtags.all(is_subtag) { primary } else { String::new() };
        Self::parse(&primary)
    }

    /// The first of `wanted` whose primary subtag is a message language.
    pub fn first_supported<'a>(wanted: impl IntoIterator<Item = &'a Language>) -> Option<Self> {
        wanted.into_iter().find_map(|l| Self::parse(l.as_str().split('-').next().unwrap_or_default()).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup_removes_subtags_from_the_end() {
        let available = ["en", "es", "zh-Hant"].map(|t| Language::parse(t).unwrap());
        let find = |tag: &str| Language::parse(tag).unwrap().lookup(&available).map(Language::as_str);
        assert_eq!(find("es-MX"), Some("es"));
        assert_eq!(find("zh-Hant-TW"), Some("zh-Hant"));
        assert_eq!(find("zh-Hans"), None);
        assert_eq!(find("en-x-private"), Some("en"));
        assert_eq!(find("fr"), None);
    }

    #[test]
    fn message_languages_are_looked_up_by_their_primary_subtag() {
        for (tag, found) in [
            ("es", MessageLanguage::Es),
            ("ES", MessageLanguage::Es),
            (" es-MX ", MessageLanguage::Es),
            ("eN-gB", MessageLanguage::En),
            ("fr-Latn-CA-x-a", MessageLanguage::Fr),
            ("ca-valencia", MessageLanguage::Ca),
        ] {
            assert_eq!(MessageLanguage::lookup(tag), Ok(found), "{tag}");
        }
        for unknown in ["xx", "spa", "espanol", "es-", "-es", "es_MX", "es mx", "es-toolongsubtag", "e", "és"] {
            assert!(matches!(MessageLanguage::lookup(unknown), Err(InvalidValue::Choice { .. })), "{unknown}");
        }
        for blank in ["", " ", "\r\n"] {
            assert_eq!(MessageLanguage::lookup(blank), Err(InvalidValue::Required));
        }
    }

    #[test]
    fn tags_are_converted_to_canonical_case() {
        assert_eq!(Language::parse("PT-br").unwrap().as_str(), "pt-BR");
        assert!(Language::parse("not a tag").is_err());
        assert!(Language::parse("").is_err());
    }

    #[test]
    fn only_registered_languages_are_accepted() {
        for good in ["en", "PT-br", "zh-Hant-TW", "ca-valencia", "gsw", "es-419", "qaa", "x-own", "ast", "yue"] {
            assert!(Language::parse_registered(good).is_ok(), "{good}");
        }
        for bad in ["english", "catalan", "eng", "xx", "jp", "en_GB", "englisch-DE", "e", ""] {
            assert!(Language::parse_registered(bad).is_err(), "{bad}");
        }
    }
}
