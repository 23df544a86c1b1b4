//! The location of the database to open.

use std::path::PathBuf;

/// The location of a database.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A `SQLite` file, which is created if it is missing.
    Sqlite(PathBuf),
    /// A `postgres://` URL. It may contain a password: never log it.
    Postgres(String),
}
