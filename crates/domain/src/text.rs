//! Texts: what people write, cleaned; and texts that exist in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::language::Language;
use crate::refusal::Refusal;

/// Trims a text and brings it to NFC; refuses control characters and lengths outside `min..=max` characters. The
/// length is counted as the caller sent it and as it is kept, so that a caller's own check never disagrees.
pub fn clean(text: &str, min: usize, max: usize) -> Result<String, Refusal> {
    clean_with(text, min, max, char::is_control)
}

/// Like [`clean`], for texts of several paragraphs: line feeds and tabs may stay.
pub fn clean_multiline(text: &str, min: usize, max: usize) -> Result<String, Refusal> {
    clean_with(text, min, max, |c| c.is_control() && c != '\n' && c != '\t')
}

fn clean_with(text: &str, min: usize, max: usize, refused: impl Fn(char) -> bool) -> Result<String, Refusal> {
    // Characters are at most as many as bytes, so most texts need no count.
    if text.len() > max && text.chars().count() > max {
        return Err(Refusal::Length { min, max });
    }
    if has_control(text) && text.chars().any(refused) {
        return Err(Refusal::ControlCharacter);
    }
    let cleaned = nfc(text.trim());
    let length = cleaned.chars().count();
    if length < min || length > max {
        return Err(Refusal::Length { min, max });
    }
    Ok(cleaned)
}

/// A text in NFC; most are in it already.
pub(crate) fn nfc(text: &str) -> String {
    if text.is_ascii() || is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// Whether a text holds control characters.
pub(crate) fn has_control(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|b| b.is_ascii_control()) } else { text.chars().any(char::is_control) }
}

/// A text as searches compare it: words of letters and digits in lower case without accents, one space between them.
pub fn fold(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in one or more languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Translated(BTreeMap<Language, String>);

impl Translated {
    /// A text from its translations; `None` when there are none.
    pub fn new(translations: BTreeMap<Language, String>) -> Option<Self> {
        (!translations.is_empty()).then_some(Self(translations))
    }

    /// The text in `wanted`, else in `fallback`, else in any language.
    pub fn get(&self, wanted: &Language, fallback: &Language) -> &str {
        self.0
            .get(wanted)
            .or_else(|| self.0.get(fallback))
            .or_else(|| self.0.values().next())
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// The languages that the text exists in.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.0.keys()
    }

    /// Every translation.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_texts_are_plain_words() {
        assert_eq!(fold("  La «Internacionalización», y 100%!"), "la internacionalizacion y 100");
    }

    #[test]
    fn texts_are_trimmed_and_composed() {
        assert_eq!(clean("  Zoe\u{308} ", 1, 10).unwrap(), "Zoë");
        assert_eq!(clean("   ", 1, 10), Err(Refusal::Length { min: 1, max: 10 }));
        assert_eq!(clean("a\u{0}b", 1, 10), Err(Refusal::ControlCharacter));
        assert_eq!(clean("a\nb", 1, 10), Err(Refusal::ControlCharacter));
        assert_eq!(clean_multiline("a\nb", 1, 10).unwrap(), "a\nb");
        assert!(clean(&"é".repeat(200), 1, 200).is_ok());
        assert!(clean(&"é".repeat(201), 1, 200).is_err());
    }
}
