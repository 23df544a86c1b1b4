//! One finding of `plenaria doctor`, and its form as a line of text.

use std::fmt;

use uuid::Uuid;

use crate::doctor::kind::{Kind, Severity};

/// The greatest number of ids that a finding lists.
pub const MAX_IDS: usize = 5;

/// A problem of a database or of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of problem.
    pub kind: Kind,
    /// A description of the problem, as a sentence without a full stop.
    pub what: String,
    /// The ids of the affected rows, at most [`MAX_IDS`].
    pub ids: Vec<Uuid>,
    /// The number of affected rows; 0 if the finding is not about rows.
    pub rows: u64,
}

impl Finding {
    /// A finding that is not about rows.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), ids: Vec::new(), rows: 0 }
    }

    /// A finding about one row.
    pub fn about_row(kind: Kind, id: Uuid, what: impl Into<String>) -> Self {
        Self::about_rows(kind, vec![id], 1, what)
    }

    /// A finding about `rows` rows, of which `ids` are the first.
    pub fn about_rows(kind: Kind, mut ids: Vec<Uuid>, rows: u64, what: impl Into<String>) -> Self {
        ids.truncate(MAX_IDS);
        Self { kind, what: what.into(), ids, rows }
    }

    /// Whether the finding is a fault, not only advice.
    pub fn is_fault(&self) -> bool {
        self.kind.severity() == Severity::Fault
    }
}

/// Writes one line: severity, kind, description, ids, remedy.
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
        let finding = Finding::about_rows(Kind::Orphans, ids, 7, "rows of sessions whose event is gone");
        let line = finding.to_string();
        assert!(line.starts_with("fault orphans: rows of sessions whose event is gone: 00000000-"), "{line}");
        assert!(line.contains("000000000005 and 2 more. ") && !line.contains('\n'), "{line}");
        let line = Finding::new(Kind::ManageUrl, "x").to_string();
        assert!(line.starts_with("advice manage-url: x. "), "{line}");
    }
}
