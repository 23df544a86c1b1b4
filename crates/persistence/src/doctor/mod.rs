//! The doctor examines a database for states that this program does not leave it in, and repairs what can be repaired
//! safely.
//!
//! An examination locks and writes nothing: it reads one snapshot, in a read-only transaction. The database does the
//! counting, so an examination works with millions of rows. What the findings mean is defined in
//! `plenaria_domain::doctor`.

pub(crate) mod checks;
mod examine;
mod options;
pub(crate) mod query;
mod repair;
mod report;

pub use options::ExamineOptions;
pub use report::{RepairReport, Repaired};
