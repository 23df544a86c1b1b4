//! Whether the database's own settings and its clock will do.

use super::{Finding, Kind};
use crate::time::{Instant, rfc3339};

/// By how many seconds two clocks may differ.
const SECONDS: i64 = 5;

/// What PostgreSQL does so that nothing is lost in a crash; each as its setting says.
#[derive(Clone, Debug)]
pub struct Durability {
    /// `fsync`.
    pub fsync: String,
    /// `synchronous_commit`.
    pub synchronous_commit: String,
    /// `full_page_writes`.
    pub full_page_writes: String,
}

impl Durability {
    /// What may lose what was acknowledged.
    pub fn examine(&self) -> Vec<Finding> {
        let off = |kind, name, value: &str| {
            (value == "off").then(|| Finding::new(kind, format!("PostgreSQL's setting {name} is off")))
        };
        [
            off(Kind::Durability, "fsync", &self.fsync),
            off(Kind::Durability, "synchronous_commit", &self.synchronous_commit),
            off(Kind::TornPages, "full_page_writes", &self.full_page_writes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Compares the database's clock, read between two looks at ours.
pub fn clock(before: Instant, theirs: Instant, after: Instant) -> Option<Finding> {
    let off = if theirs < before { before - theirs } else { theirs - after };
    (off.num_seconds() >= SECONDS).then(|| {
        let (seconds, theirs, ours) = (off.num_seconds(), rfc3339(theirs), rfc3339(after));
        Finding::new(
            Kind::Clock,
            format!("the database's clock says {theirs}, this machine's {ours}: {seconds} s apart"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_off_is_named() {
        let settings = |fsync: &str, commit: &str, pages: &str| {
            let [fsync, synchronous_commit, full_page_writes] = [fsync, commit, pages].map(str::to_owned);
            Durability { fsync, synchronous_commit, full_page_writes }.examine()
        };
        assert_eq!(settings("on", "on", "on"), []);
        assert_eq!(settings("on", "remote_apply", "on"), []);
        let found = settings("off", "off", "off");
        let named = ["fsync", "synchronous_commit", "full_page_writes"];
        assert!(found.len() == 3 && found.iter().zip(named).all(|(finding, name)| finding.what.contains(name)));
        assert_eq!(found.iter().filter(|finding| finding.is_fault()).count(), 2);
    }

    #[test]
    fn clocks_may_differ_a_little() {
        let at = |second: u32| format!("2026-11-24T12:00:{second:02}Z").parse::<Instant>().unwrap();
        for (theirs, good) in [(26, true), (30, true), (31, true), (35, true), (25, false), (36, false)] {
            assert_eq!(clock(at(30), at(theirs), at(31)).is_none(), good, "{theirs}");
        }
    }
}
