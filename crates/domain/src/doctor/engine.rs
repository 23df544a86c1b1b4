//! Checks of the database server's settings and its clock.

use crate::doctor::finding::Finding;
use crate::doctor::kind::Kind;
use crate::values::time::{Instant, rfc3339};

/// The clock difference, in seconds, from which there is a finding.
const MAX_CLOCK_DIFFERENCE: i64 = 5;

/// The values of PostgreSQL's settings that protect data in a crash.
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
    /// A finding for each setting that is off.
    pub fn examine(&self) -> Vec<Finding> {
        let off = |kind, name, value: &str| {
            (value == "off").then(|| Finding::new(kind, format!("PostgreSQL's setting {name} is off")))
        };
        [
            off(Kind::Durability, "fsync", &self.fsync),
            off(Kind::Durability, "synchronous_commit", &self.synchronous_commit),
            off(Kind::FullPageWritesOff, "full_page_writes", &self.full_page_writes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Compares the database's clock with this machine's, which was read `before` and `after` it.
pub fn compare_clocks(before: Instant, database: Instant, after: Instant) -> Option<Finding> {
    let difference = if database < before { before - database } else { database - after };
    (difference.num_seconds() >= MAX_CLOCK_DIFFERENCE).then(|| {
        let (seconds, database, machine) = (difference.num_seconds(), rfc3339(database), rfc3339(after));
        Finding::new(
            Kind::Clock,
            format!("the database's clock says {database}, this machine's {machine}: {seconds} s apart"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_off_are_named() {
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
        for (database, is_close) in [(26, true), (30, true), (31, true), (35, true), (25, false), (36, false)] {
            assert_eq!(compare_clocks(at(30), at(database), at(31)).is_none(), is_close, "{database}");
        }
    }
}
