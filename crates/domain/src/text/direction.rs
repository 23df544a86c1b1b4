//! Characters that change the direction of text (Unicode Bidirectional Algorithm, UAX #9).

/// Ends an embedding or an override.
const PDF: char = '\u{202c}';
/// Ends an isolate.
const PDI: char = '\u{2069}';

/// Whether a character starts or ends an embedding, an override or an isolate. It cannot be seen.
pub(super) const fn is_directional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Ends what a line leaves open, and removes ends of what was never opened.
///
/// An override that is left open reverses the text behind it on every page, mail and list that shows the value; an end too
/// many closes an isolate that a page puts around the value. Such characters come along unseen when a name is copied from
/// text that runs from right to left, so they are balanced here: who copied the name could neither see nor find the cause
/// of a refusal. Balanced ones stay, because names and titles of mixed scripts need them.
pub(super) fn balance(line: &str) -> String {
    let mut balanced = String::with_capacity(line.len());
    let mut ends: Vec<char> = Vec::new();
    let mut isolates = 0_usize;
    for c in line.chars() {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => ends.push(PDF),
            '\u{2066}'..='\u{2068}' => {
                ends.push(PDI);
                isolates += 1;
            }
            // An end reaches no further than the innermost isolate.
            PDF if ends.last() != Some(&PDF) => continue,
            PDF => {
                ends.pop();
            }
            PDI if isolates == 0 => continue,
            PDI => {
                // The end of an isolate ends the embeddings within it too.
                while ends.pop().is_some_and(|end| end != PDI) {}
                isolates -= 1;
            }
            _ => {}
        }
        balanced.push(c);
    }
    balanced.extend(ends.into_iter().rev());
    balanced
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_open_is_closed_and_what_is_closed_stays() {
        for (given, balanced) in [
            ("Ana", "Ana"),
            ("\u{202e}anA", "\u{202e}anA\u{202c}"),
            ("\u{202b}\u{2067}x", "\u{202b}\u{2067}x\u{2069}\u{202c}"),
            ("\u{2067}x\u{2069} y", "\u{2067}x\u{2069} y"),
            ("\u{202b}x\u{202c}", "\u{202b}x\u{202c}"),
            ("x\u{202c}\u{2069}y", "xy"),
            // The isolate's end ends the embedding too; an embedding's end does not reach out of an isolate.
            ("\u{2066}\u{202e}x\u{2069}y", "\u{2066}\u{202e}x\u{2069}y"),
            ("\u{202e}\u{2066}x\u{202c}", "\u{202e}\u{2066}x\u{2069}\u{202c}"),
        ] {
            assert_eq!(balance(given), balanced, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_left_open_and_nothing_else_changes(text in "[ab\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,40}") {
            let balanced = balance(&text);
            prop_assert_eq!(balance(&balanced), balanced.clone());
            let visible = |text: &str| text.chars().filter(|c| !is_directional(*c)).collect::<String>();
            prop_assert_eq!(visible(&balanced), visible(&text));
            // Whatever stands around it, nothing of it reaches out.
            let around = format!("\u{2068}{balanced}\u{2069}z");
            prop_assert_eq!(balance(&around), around);
        }
    }
}
