//! Texts: what people write, cleaned; and texts that exist in several languages.

mod direction;
pub mod links;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::language::Language;
use crate::refusal::{Form, Refusal};

pub use links::has_web_address;

/// The most characters of a text that its NFC makes one of.
const MOST_COMPOSED: usize = 4;

/// Cleans a text of one line: trims it, brings it to NFC and balances its marks of direction; refuses control characters and
/// line breaks. A blank text is refused as missing; any other must have `min..=max` characters once it is clean, however many it
/// had before.
pub fn clean(text: &str, min: usize, max: usize) -> Result<String, Refusal> {
    let text = trim(text);
    if text.contains(is_line_break) {
        return Err(Refusal::Format { expected: Form::SingleLine });
    }
    if has_control(text) {
        return Err(Refusal::ControlCharacter);
    }
    finish(text, min, max)
}

/// Like [`clean`], for texts of several paragraphs: line breaks and tabs may stay. Forms of browsers send CRLF; every line break
/// is stored as LF.
pub fn clean_multiline(text: &str, min: usize, max: usize) -> Result<String, Refusal> {
    let text = unix_line_breaks(text);
    let text = trim(&text);
    if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return Err(Refusal::ControlCharacter);
    }
    finish(text, min, max)
}

fn finish(text: &str, min: usize, max: usize) -> Result<String, Refusal> {
    if min > 0 && is_blank(text) {
        return Err(Refusal::Required);
    }
    let too_long = Refusal::Length { min, max };
    // Characters are at most as many as bytes, so most texts need no count. This one bounds the work, and refuses nothing that
    // would be short enough in NFC.
    let most = max.saturating_mul(MOST_COMPOSED);
    if text.len() > most && text.chars().count() > most {
        return Err(too_long);
    }
    let cleaned = if !text.is_ascii() && text.contains(direction::is_directional) {
        let lines: Vec<String> = text.split('\n').map(direction::balance).collect();
        nfc(trim(&lines.join("\n")))
    } else {
        nfc(text)
    };
    let length = cleaned.chars().count();
    if length < min || length > max { Err(too_long) } else { Ok(cleaned) }
}

/// A text without the space around it. Control characters that no keyboard enters are not space here, so that they are refused.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Whether a text has nothing in it but space and marks of direction. Such an optional field is treated as null, and a required
/// one as missing.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| is_space(c) || direction::is_directional(c) || is_invisible(c))
}

/// Characters that show nothing, though they are no space: joiners and marks, fillers of Hangul, the empty pattern of Braille.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() || matches!(c, '\t' | '\n' | '\r')
}

/// LF, CR, and the separators of lines and paragraphs.
const fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// A text whose lines end with LF alone.
fn unix_line_breaks(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// A text in NFC; most are in it already.
pub(crate) fn nfc(text: &str) -> String {
    if text.is_ascii() || is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// Whether a text holds control characters.
pub(crate) fn has_control(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|b| b.is_ascii_control()) } else { text.chars().any(char::is_control) }
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
    use proptest::prelude::*;

    const SINGLE_LINE: Refusal = Refusal::Format { expected: Form::SingleLine };

    #[test]
    fn texts_are_trimmed_and_composed() {
        assert_eq!(clean("  Zoe\u{308} ", 1, 10).unwrap(), "Zoë");
        assert_eq!(clean("\u{3000}Ana\r\n", 1, 10).unwrap(), "Ana");
        assert_eq!(clean("a\u{0}b", 1, 10), Err(Refusal::ControlCharacter));
        assert_eq!(clean("a\tb", 1, 10), Err(Refusal::ControlCharacter));
        for line_break in ["\n", "\r", "\r\n", "\u{2028}", "\u{2029}"] {
            assert_eq!(clean(&format!("a{line_break}b"), 1, 10), Err(SINGLE_LINE));
        }
        // Nobody enters these around a text.
        for control in ["\u{0}", "\u{b}", "\u{c}", "\u{85}"] {
            assert_eq!(clean(control, 1, 10), Err(Refusal::ControlCharacter), "{control:?}");
            assert_eq!(clean_multiline(&format!("a{control}"), 1, 10), Err(Refusal::ControlCharacter), "{control:?}");
        }
    }

    #[test]
    fn blank_texts_are_missing() {
        for blank in ["", " ", "\r\n", "\u{a0}\u{3000}\t", "\u{202e}", " \u{2069} "] {
            assert!(is_blank(blank), "{blank:?}");
            assert_eq!(clean(blank, 1, 10), Err(Refusal::Required), "{blank:?}");
            assert_eq!(clean_multiline(blank, 1, 10), Err(Refusal::Required), "{blank:?}");
        }
    }

    #[test]
    fn paragraphs_keep_their_line_breaks() {
        assert_eq!(clean_multiline("a\nb\tc", 1, 10).unwrap(), "a\nb\tc");
        assert_eq!(clean_multiline("a\r\n\r\nb\rc\r\n", 1, 10).unwrap(), "a\n\nb\nc");
        assert_eq!(clean_multiline("a\u{202e}b\nc", 1, 10).unwrap(), "a\u{202e}b\u{202c}\nc");
    }

    #[test]
    fn the_length_is_that_of_what_is_kept() {
        assert!(clean(&"é".repeat(200), 1, 200).is_ok());
        assert!(clean(&"é".repeat(201), 1, 200).is_err());
        // Twice and four times as long as sent.
        assert_eq!(clean(&"e\u{301}".repeat(200), 1, 200).unwrap(), "é".repeat(200));
        assert_eq!(clean(&"\u{3b1}\u{313}\u{300}\u{345}".repeat(200), 1, 200).unwrap(), "\u{1f82}".repeat(200));
        assert_eq!(clean(&format!("{}a", " ".repeat(1000)), 1, 1).unwrap(), "a");
        assert_eq!(clean_multiline(&"\r\na".repeat(10), 1, 19).unwrap().len(), 19);
        let too_long = Err(Refusal::Length { min: 1, max: 2 });
        assert_eq!(clean("abc", 1, 2), too_long);
        // Longer by the composed form, and by the mark that ends an override.
        assert_eq!(clean("\u{958}\u{958}", 1, 2), too_long);
        assert_eq!(clean("\u{202e}a", 1, 2), too_long);
    }

    proptest! {
        #[test]
        fn what_is_clean_stays_as_it_is(text in "[a-c \r\n\t\u{85}\u{300}-\u{345}\u{958}\u{2028}\u{202a}-\u{202e}\u{2066}-\u{2069}é가각]{0,30}") {
            for clean in [clean, clean_multiline] {
                if let Ok(cleaned) = clean(&text, 1, 30) {
                    prop_assert_eq!(clean(&cleaned, 1, 30), Ok(cleaned.clone()));
                    prop_assert!(!cleaned.contains('\r') && is_nfc(&cleaned) && !is_blank(&cleaned));
                }
            }
        }

        #[test]
        fn any_line_break_is_one_of_unix(lines in prop::collection::vec("[a-zé]{1,5}", 1..6), breaks in "[\r\n]") {
            let sent = lines.join(if breaks == "\r" { "\r" } else { "\r\n" });
            let kept = lines.join("\n");
            let length = kept.chars().count();
            prop_assert_eq!(clean_multiline(&sent, 1, length), Ok(kept));
            prop_assert_eq!(clean(&sent, 1, 100).is_ok(), lines.len() == 1);
        }
    }
}
