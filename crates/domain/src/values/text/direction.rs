//! Balances the characters that change the direction of text (Unicode Bidirectional Algorithm, UAX #9).

/// Pop directional formatting: ends an embedding or an override.
const PDF: char = '\u{202c}';
/// Pop directional isolate: ends an isolate.
const PDI: char = '\u{2069}';

/// Closes what a line leaves open, and removes closing characters that have nothing to close.
///
/// An override that is left open reverses the text after it on every page, mail and list that shows the value; a
/// surplus closing character closes an isolate that a page puts around the value. Such characters are copied along
/// unnoticed with a name from right-to-left text. They are balanced here instead of refused, because the person who
/// copied the name can neither see nor find the cause of a refusal. Balanced ones stay, because names and titles in
/// mixed scripts need them.
pub(crate) fn balance(line: &str) -> String {
    let mut balanced = String::with_capacity(line.len());
    let mut open: Vec<char> = Vec::new();
    let mut isolates = 0_usize;
    for c in line.chars() {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => open.push(PDF),
            '\u{2066}'..='\u{2068}' => {
                open.push(PDI);
                isolates += 1;
            }
            // A PDF cannot close anything outside the innermost isolate.
            PDF if open.last() != Some(&PDF) => continue,
            PDF => {
                open.pop();
            }
            PDI if isolates == 0 => continue,
            PDI => {
                // The end of an isolate also ends the embeddings inside it.
                while open.pop().is_some_and(|end| end != PDI) {}
                isolates -= 1;
            }
            _ => {}
        }
        balanced.push(c);
    }
    balanced.extend(open.into_iter().rev());
    balanced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::text::characters::is_directional;
    use proptest::prelude::*;

    #[test]
    fn open_directions_are_closed_and_closed_ones_stay() {
        for (given, balanced) in [
            ("Ana", "Ana"),
            ("\u{202e}anA", "\u{202e}anA\u{202c}"),
            ("\u{202b}\u{2067}x", "\u{202b}\u{2067}x\u{2069}\u{202c}"),
            ("\u{2067}x\u{2069} y", "\u{2067}x\u{2069} y"),
            ("\u{202b}x\u{202c}", "\u{202b}x\u{202c}"),
            ("x\u{202c}\u{2069}y", "xy"),
            // A PDI ends the embedding too; a PDF does not close anything outside its isolate.
            ("\u{2066}\u{202e}x\u{2069}y", "\u{2066}\u{202e}x\u{2069}y"),
            ("\u{202e}\u{2066}x\u{202c}", "\u{202e}\u{2066}x\u{2069}\u{202c}"),
        ] {
            assert_eq!(balance(given), balanced, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn balancing_closes_everything_and_changes_only_directional_characters(text in "[ab\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,40}") {
            let balanced = balance(&text);
            prop_assert_eq!(balance(&balanced), balanced.clone());
            let visible = |text: &str| text.chars().filter(|c| !is_directional(*c)).collect::<String>();
            prop_assert_eq!(visible(&balanced), visible(&text));
            // Inside an isolate, the balanced text has no effect on the text around it.
            let around = format!("\u{2068}{balanced}\u{2069}z");
            prop_assert_eq!(balance(&around), around);
        }
    }
}
