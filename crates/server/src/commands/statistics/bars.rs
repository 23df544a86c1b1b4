//! Draws horizontal bars with characters.

use anstyle::{AnsiColor, Style};

/// The length of the longest bar, in characters.
const LENGTH: u64 = 40;
/// Blocks of one to seven eighths of a character's width.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

const BAR: Style = AnsiColor::Blue.on_default();

/// A line for each value: its name, a bar in proportion to the largest value, and the value.
pub(super) fn draw(values: &[(String, u64)]) -> String {
    let longest = values.iter().map(|(_, value)| *value).max().unwrap_or_default();
    let width = values.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let line = |(name, value): &(String, u64)| {
        let bar = bar(*value, longest);
        let padding = " ".repeat(usize::try_from(LENGTH).unwrap_or_default().saturating_sub(bar.chars().count()));
        format!("  {name:<width$}  {BAR}{bar}{BAR:#}{padding}  {value}\n")
    };
    values.iter().map(line).collect()
}

/// A bar for a value. Only zero has none: a value that is too small for an eighth of a character gets one.
fn bar(value: u64, longest: u64) -> String {
    let parts = u128::from(value) * u128::from(LENGTH) * 8 / u128::from(longest.max(1));
    let parts = usize::try_from(parts).unwrap_or_default().max(usize::from(value > 0));
    let last = (parts % 8).checked_sub(1).map(|eighths| EIGHTHS[eighths]);
    "█".repeat(parts / 8).chars().chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(u64::MAX, u64::MAX), "█".repeat(40));
        assert_eq!(bar(1, 2), "█".repeat(20));
        assert_eq!((bar(1, 1_000_000), bar(0, 1_000_000), bar(0, 0)), ("▏".to_owned(), String::new(), String::new()));
        assert_eq!(bar(3, 64), format!("█{}", EIGHTHS[6]));
    }
}
