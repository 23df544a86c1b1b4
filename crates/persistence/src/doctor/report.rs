//! The result of a repair.

use std::fmt;

use plenaria_domain::doctor::{Finding, Kind};
use uuid::Uuid;

use crate::database::error::StoreError;

/// One repair that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The kind of finding.
    pub kind: Kind,
    /// What was done, as a sentence without its full stop.
    pub what: String,
    /// The event, if the repair concerns one event.
    pub id: Option<Uuid>,
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "repaired {}: {}", self.kind.name(), self.what)?;
        self.id.map_or(Ok(()), |id| write!(f, ": {id}"))?;
        f.write_str(".")
    }
}

/// All that a repair did and did not do.
#[derive(Debug, Default)]
pub struct RepairReport {
    /// The repairs that were made.
    pub repaired: Vec<Repaired>,
    /// Findings that came up during the repair, cannot be repaired, and are not visible to the next examination.
    pub remaining: Vec<Finding>,
    /// The repairs that failed.
    pub failed: Vec<(Kind, StoreError)>,
}
