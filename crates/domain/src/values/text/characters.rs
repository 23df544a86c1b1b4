//! Classes of characters: space, line breaks, control characters, and characters that cannot be seen.

/// Whether a character starts or ends a directional embedding, override or isolate (UAX #9). Such characters are
/// invisible.
pub(crate) const fn is_directional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that show nothing though they are not white space: joiners and marks, Hangul fillers, the blank Braille
/// pattern.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

/// Invisible characters that occur inside words: soft hyphens, joiners, directional marks.
pub(crate) const fn is_invisible_in_words(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// White space, without the control characters that no keyboard enters.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() || matches!(c, '\t' | '\n' | '\r')
}

/// LF, CR, and Unicode's line and paragraph separators.
pub(crate) const fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Whether a text contains control characters.
pub(crate) fn has_control(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|b| b.is_ascii_control()) } else { text.chars().any(char::is_control) }
}
