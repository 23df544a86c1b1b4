//! What `plenaria doctor` finds: what is wrong with a database or with settings, and what is to be done about it. The rules
//! that need no database stand here; a finding never holds personal data or a secret.

mod engine;
mod feed;
mod kind;
mod seats;

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

pub use engine::{Durability, clock};
pub use feed::Positions;
pub use kind::Kind;
pub use seats::{Counts, Standing};

/// How many ids a finding names.
pub const NAMED: usize = 5;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A promise is broken, or will be.
    Fault,
    /// It works, and could be better.
    Advice,
}

impl Severity {
    /// As it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Advice => "advice",
        }
    }
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: Kind,
    /// What exactly, as a sentence without its full stop.
    pub what: String,
    /// Of which rows, the first few of them.
    pub ids: Vec<Uuid>,
    /// Of how many rows; 0 where it is not about rows.
    pub rows: u64,
}

impl Finding {
    /// A finding that is not about rows.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), ids: Vec::new(), rows: 0 }
    }

    /// A finding about one row.
    pub fn of(kind: Kind, id: Uuid, what: impl Into<String>) -> Self {
        Self::among(kind, vec![id], 1, what)
    }

    /// A finding about so many rows, of which these are the first.
    pub fn among(kind: Kind, mut ids: Vec<Uuid>, rows: u64, what: impl Into<String>) -> Self {
        ids.truncate(NAMED);
        Self { kind, what: what.into(), ids, rows }
    }

    /// Whether a promise is broken.
    pub fn is_fault(&self) -> bool {
        self.kind.severity() == Severity::Fault
    }
}

/// One line: how bad, what kind, what exactly, which rows, what to do.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind.severity().as_str(), self.kind.name(), self.what)?;
        for (index, id) in self.ids.iter().enumerate() {
            write!(f, "{} {id}", if index == 0 { ":" } else { "," })?;
        }
        let more = self.rows.saturating_sub(self.ids.len() as u64);
        if more > 0 && !self.ids.is_empty() {
            write!(f, " and {more} more")?;
        }
        write!(f, ". {}", self.kind.remedy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line() {
        let ids: Vec<Uuid> = (1..=7).map(Uuid::from_u128).collect();
        let finding = Finding::among(Kind::Orphans, ids, 7, "rows of sessions whose event is gone");
        let line = finding.to_string();
        assert!(line.starts_with("fault orphans: rows of sessions whose event is gone: 00000000-"), "{line}");
        assert!(line.contains("000000000005 and 2 more. ") && !line.contains('\n'), "{line}");
        let line = Finding::new(Kind::ManageUrl, "x").to_string();
        assert!(line.starts_with("advice manage-url: x. "), "{line}");
    }
}
