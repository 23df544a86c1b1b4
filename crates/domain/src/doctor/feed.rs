//! Whether the feed's positions are what they are promised to be: from one end to the other, without a hole.

use super::{Finding, Kind};

/// The feed's ends, and what lies between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// Up to where it has been emptied.
    pub removed_through: i64,
    /// The last position that was given.
    pub last: i64,
    /// How many changes lie behind the one and not behind the other.
    pub between: i64,
    /// How many changes there are.
    pub all: i64,
    /// The highest position of a change.
    pub highest: i64,
}

impl Positions {
    /// What is not in order. `holes`: the first few, each with its first and last missing position.
    pub fn examine(&self, holes: &[(i64, i64)]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut found = |what: String| findings.push(Finding::new(Kind::FeedPositions, what));
        let missing = self.missing();
        if missing > 0 {
            let places =
                holes.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from} to {to}") });
            let places: Vec<String> = places.collect();
            found(format!("{missing} positions of the feed are missing, from {}", places.join(", ")));
        }
        if self.highest > self.last {
            found(format!("the feed ends at {}, and has changes up to {}", self.last, self.highest));
        }
        let before = self.all - self.between - (self.highest - self.last).max(0);
        if before > 0 {
            found(format!("{before} changes lie before the feed's beginning, {}", self.removed_through));
        }
        findings
    }

    /// How many positions have no change.
    pub const fn missing(&self) -> i64 {
        self.last - self.removed_through - self.between
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_ends() {
        let good = Positions { removed_through: 2, last: 9, between: 7, all: 7, highest: 9 };
        assert_eq!(good.examine(&[]), []);
        assert_eq!(Positions::default().examine(&[]), []);
        let all_removed = Positions { removed_through: 9, last: 9, between: 0, all: 0, highest: 0 };
        assert_eq!(all_removed.examine(&[]), []);
        let one = |positions: Positions, holes: &[(i64, i64)]| {
            let findings = positions.examine(holes);
            assert_eq!(findings.len(), 1, "{findings:?}");
            findings[0].what.clone()
        };
        let holed = Positions { between: 4, all: 4, ..good };
        assert!(one(holed, &[(4, 4), (6, 7)]).contains("3 positions of the feed are missing, from 4, 6 to 7"));
        assert!(one(Positions { all: 8, highest: 10, ..good }, &[]).contains("ends at 9, and has changes up to 10"));
        assert!(one(Positions { all: 8, ..good }, &[]).contains("1 changes lie before"));
    }
}
