//! Checks that the feed's positions are consecutive, without gaps and within the feed's range.

use crate::doctor::finding::Finding;
use crate::doctor::kind::Kind;

/// The feed's range, and the changes that are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedPositions {
    /// The position up to which changes have been removed.
    pub removed_through: i64,
    /// The last assigned position.
    pub last: i64,
    /// The number of changes with a position after `removed_through` and not after `last`.
    pub between: i64,
    /// The number of all changes.
    pub all: i64,
    /// The highest position of any change.
    pub highest: i64,
}

impl FeedPositions {
    /// The problems of the feed. `gaps` are the first few gaps, each with its first and last missing position.
    pub fn examine(&self, gaps: &[(i64, i64)]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut found = |what: String| findings.push(Finding::new(Kind::FeedPositions, what));
        let missing = self.missing();
        if missing > 0 {
            let ranges =
                gaps.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from} to {to}") });
            let ranges: Vec<String> = ranges.collect();
            found(format!("{missing} positions of the feed are missing, from {}", ranges.join(", ")));
        }
        if self.highest > self.last {
            found(format!("the feed ends at {}, and has changes up to {}", self.last, self.highest));
        }
        let too_early = self.all - self.between - (self.highest - self.last).max(0);
        if too_early > 0 {
            found(format!("{too_early} changes lie before the feed's beginning, {}", self.removed_through));
        }
        findings
    }

    /// The number of positions in the range without a change.
    pub const fn missing(&self) -> i64 {
        self.last - self.removed_through - self.between
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_changes_outside_of_the_range_are_found() {
        let good = FeedPositions { removed_through: 2, last: 9, between: 7, all: 7, highest: 9 };
        assert_eq!(good.examine(&[]), []);
        assert_eq!(FeedPositions::default().examine(&[]), []);
        let all_removed = FeedPositions { removed_through: 9, last: 9, between: 0, all: 0, highest: 0 };
        assert_eq!(all_removed.examine(&[]), []);
        let one = |positions: FeedPositions, gaps: &[(i64, i64)]| {
            let findings = positions.examine(gaps);
            assert_eq!(findings.len(), 1, "{findings:?}");
            findings[0].what.clone()
        };
        let with_gaps = FeedPositions { between: 4, all: 4, ..good };
        assert!(one(with_gaps, &[(4, 4), (6, 7)]).contains("3 positions of the feed are missing, from 4, 6 to 7"));
        assert!(
            one(FeedPositions { all: 8, highest: 10, ..good }, &[]).contains("ends at 9, and has changes up to 10")
        );
        assert!(one(FeedPositions { all: 8, ..good }, &[]).contains("1 changes lie before"));
    }
}
