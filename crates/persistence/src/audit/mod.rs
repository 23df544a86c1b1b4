//! The audit log: writes an entry in the transaction of what it describes, and removes old entries.

pub(crate) mod record;
