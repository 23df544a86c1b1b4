//! Finds the places where a spreadsheet would take a text for a formula.

/// The positions at which a spreadsheet would find a formula in this cell: at its start, or after a separator inside
/// it, because a program may split the file at another separator than the comma. An apostrophe there makes it plain
/// text.
pub(crate) fn formula_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let after_separators = text.bytes().enumerate().filter(|(_, byte)| is_separator(*byte)).map(|(at, _)| at + 1);
    std::iter::once(0).chain(after_separators).filter(move |&at| starts_formula(&text[at..], at == 0))
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b';' | b',' | b'|' | b'\t' | b'\r' | b'\n')
}

/// Whether a spreadsheet would run a text with this beginning as a formula (OWASP, "CSV injection"). Quotes and blanks
/// at the start are skipped, because some programs drop them. A tab or line break counts at the start of the cell;
/// inside it both are separators, which [`formula_starts`] handles.
fn starts_formula(text: &str, at_cell_start: bool) -> bool {
    for character in text.chars() {
        match character {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' => return true,
            '\t' | '\r' | '\n' => return at_cell_start,
            '"'
            | '\''
            | '\u{feff}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' => {}
            blank if blank.is_whitespace() => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_at_the_start_of_a_cell_are_found() {
        for formula in [
            "=1+1",
            "+34 600 000 000",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\rx",
            "\nx",
            " =1",
            "\"=1",
            "' \"@x",
            "\u{a0}=1",
            "\u{feff}=1",
            "＝1",
            "  \t",
            "--",
        ] {
            assert_eq!(formula_starts(formula).next(), Some(0), "{formula:?}");
        }
        for harmless in [
            "",
            " ",
            "Ana",
            "a=1",
            "1+1",
            "«=1»",
            "ana@example.org",
            "O’Brien",
            "'quoted'",
            "100",
            "Ajuntament, \"Barcelona\"",
            "a;b|c",
            "two\r\nlines",
            "one\n\n\ttwo",
            "a; b=1",
            ";",
            "{\"why\":\"no\",\"first\":-1}",
        ] {
            assert_eq!(formula_starts(harmless).next(), None, "{harmless:?}");
        }
    }
}
