//! Tests of `plenaria doctor`.

pub(crate) mod damaged_database;
mod damages;
mod findings;
