//! The doctor examines a database for states that this program does not leave it in, and repairs what can be repaired
//! safely.
//!
//! An examination locks and writes nothing: it reads one snapshot, in a read-only transaction. The database does the
//! counting, so an examination works with millions of rows. What the findings mean is defined in
//! `plenaria_domain::doctor`.

mod engine;
mod examine;
mod feed;
mod find;
mod options;
mod orphans;
mod overdue;
mod queues;
mod repair;
mod repair_seats;
mod report;
mod schema;
mod seats;
mod times;

pub use options::ExamineOptions;
pub use report::{RepairReport, Repaired};
