//! Connections, transactions and statements, the same for PostgreSQL and SQLite.

pub(crate) mod catalogue_version;
mod checkpoint;
pub(crate) mod connection_health;
pub mod error;
pub mod migrate;
pub(crate) mod pool;
mod prune;
pub mod query_tracking;
pub mod replica;
pub(crate) mod statements;
pub mod store;
pub(crate) mod transaction;
pub mod url;
