//! Cleans text that people enter: trims it, normalises it to NFC, and checks its characters and its length.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::validation::{Form, InvalidValue};
use crate::values::text::characters::{has_control, is_directional, is_invisible, is_line_break, is_space};
use crate::values::text::direction;

/// The greatest number of characters that NFC composes into one.
const MAX_COMPOSED: usize = 4;

/// Cleans a text of one line: trims it, normalises it to NFC and balances its directional characters.
///
/// # Errors
/// Line breaks and control characters are refused. A blank text is missing ([`InvalidValue::Required`]); any other must
/// have `min..=max` characters after cleaning.
pub fn clean(text: &str, min: usize, max: usize) -> Result<String, InvalidValue> {
    let text = trim(text);
    if text.contains(is_line_break) {
        return Err(InvalidValue::Format { expected: Form::SingleLine });
    }
    if has_control(text) {
        return Err(InvalidValue::ControlCharacter);
    }
    normalise(text, min, max)
}

/// Cleans a text of several paragraphs like [`clean`], but allows line breaks and tabs. Browsers' forms send CRLF;
/// every line break is stored as LF.
pub fn clean_multiline(text: &str, min: usize, max: usize) -> Result<String, InvalidValue> {
    let text = unix_line_breaks(text);
    let text = trim(&text);
    if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return Err(InvalidValue::ControlCharacter);
    }
    normalise(text, min, max)
}

fn normalise(text: &str, min: usize, max: usize) -> Result<String, InvalidValue> {
    if min > 0 && is_blank(text) {
        return Err(InvalidValue::Required);
    }
    let wrong_length = InvalidValue::Length { min, max };
    // This check bounds the work, and refuses nothing that would be short enough in NFC. A text has at most as many
    // characters as bytes, so most texts need no count.
    let max_before_nfc = max.saturating_mul(MAX_COMPOSED);
    if text.len() > max_before_nfc && text.chars().count() > max_before_nfc {
        return Err(wrong_length);
    }
    let cleaned = if !text.is_ascii() && text.contains(is_directional) {
        let lines: Vec<String> = text.split('\n').map(direction::balance).collect();
        nfc(trim(&lines.join("\n")))
    } else {
        nfc(text)
    };
    let length = cleaned.chars().count();
    if length < min || length > max { Err(wrong_length) } else { Ok(cleaned) }
}

/// A text without the space around it. Control characters that no keyboard enters are not trimmed, so that they are
/// refused.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Whether a text consists only of space and invisible characters. An optional field with such a text is treated as
/// null, a required one as missing.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| is_space(c) || is_directional(c) || is_invisible(c))
}

/// The text with LF as its only line break.
fn unix_line_breaks(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// The text in NFC; most texts are in NFC already.
pub(crate) fn nfc(text: &str) -> String {
    if text.is_ascii() || is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SINGLE_LINE: InvalidValue = InvalidValue::Format { expected: Form::SingleLine };

    #[test]
    fn texts_are_trimmed_and_composed() {
        assert_eq!(clean("  Zoe\u{308} ", 1, 10).unwrap(), "Zoë");
        assert_eq!(clean("\u{3000}Ana\r\n", 1, 10).unwrap(), "Ana");
        assert_eq!(clean("a\u{0}b", 1, 10), Err(InvalidValue::ControlCharacter));
        assert_eq!(clean("a\tb", 1, 10), Err(InvalidValue::ControlCharacter));
        for line_break in ["\n", "\r", "\r\n", "\u{2028}", "\u{2029}"] {
            assert_eq!(clean(&format!("a{line_break}b"), 1, 10), Err(SINGLE_LINE));
        }
        // No keyboard enters these, so they are refused and not trimmed.
        for control in ["\u{0}", "\u{b}", "\u{c}", "\u{85}"] {
            assert_eq!(clean(control, 1, 10), Err(InvalidValue::ControlCharacter), "{control:?}");
            assert_eq!(
                clean_multiline(&format!("a{control}"), 1, 10),
                Err(InvalidValue::ControlCharacter),
                "{control:?}"
            );
        }
    }

    #[test]
    fn blank_texts_count_as_missing() {
        for blank in ["", " ", "\r\n", "\u{a0}\u{3000}\t", "\u{202e}", " \u{2069} "] {
            assert!(is_blank(blank), "{blank:?}");
            assert_eq!(clean(blank, 1, 10), Err(InvalidValue::Required), "{blank:?}");
            assert_eq!(clean_multiline(blank, 1, 10), Err(InvalidValue::Required), "{blank:?}");
        }
    }

    #[test]
    fn paragraphs_keep_their_line_breaks() {
        assert_eq!(clean_multiline("a\nb\tc", 1, 10).unwrap(), "a\nb\tc");
        assert_eq!(clean_multiline("a\r\n\r\nb\rc\r\n", 1, 10).unwrap(), "a\n\nb\nc");
        assert_eq!(clean_multiline("a\u{202e}b\nc", 1, 10).unwrap(), "a\u{202e}b\u{202c}\nc");
    }

    #[test]
    fn the_length_is_checked_after_cleaning() {
        assert!(clean(&"é".repeat(200), 1, 200).is_ok());
        assert!(clean(&"é".repeat(201), 1, 200).is_err());
        // The input has two and four times as many characters.
        assert_eq!(clean(&"e\u{301}".repeat(200), 1, 200).unwrap(), "é".repeat(200));
        assert_eq!(clean(&"\u{3b1}\u{313}\u{300}\u{345}".repeat(200), 1, 200).unwrap(), "\u{1f82}".repeat(200));
        assert_eq!(clean(&format!("{}a", " ".repeat(1000)), 1, 1).unwrap(), "a");
        assert_eq!(clean_multiline(&"\r\na".repeat(10), 1, 19).unwrap().len(), 19);
        let too_long = Err(InvalidValue::Length { min: 1, max: 2 });
        assert_eq!(clean("abc", 1, 2), too_long);
        // NFC makes the first text longer, balancing the second.
        assert_eq!(clean("\u{958}\u{958}", 1, 2), too_long);
        assert_eq!(clean("\u{202e}a", 1, 2), too_long);
    }

    proptest! {
        #[test]
        fn cleaning_is_idempotent(text in "[a-c \r\n\t\u{85}\u{300}-\u{345}\u{958}\u{2028}\u{202a}-\u{202e}\u{2066}-\u{2069}é가각]{0,30}") {
            for clean in [clean, clean_multiline] {
                if let Ok(cleaned) = clean(&text, 1, 30) {
                    prop_assert_eq!(clean(&cleaned, 1, 30), Ok(cleaned.clone()));
                    prop_assert!(!cleaned.contains('\r') && is_nfc(&cleaned) && !is_blank(&cleaned));
                }
            }
        }

        #[test]
        fn every_line_break_becomes_lf(lines in prop::collection::vec("[a-zé]{1,5}", 1..6), breaks in "[\r\n]") {
            let sent = lines.join(if breaks == "\r" { "\r" } else { "\r\n" });
            let cleaned = lines.join("\n");
            let length = cleaned.chars().count();
            prop_assert_eq!(clean_multiline(&sent, 1, length), Ok(cleaned));
            prop_assert_eq!(clean(&sent, 1, 100).is_ok(), lines.len() == 1);
        }
    }
}
