//! The audit log: writes an entry in the transaction of what it describes, reads pages, and removes old entries.

pub mod list;
mod prune;
pub(crate) mod record;
