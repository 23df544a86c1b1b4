//! The sandbox (`PLENARIA_SANDBOX`): a server to develop against, with example events in every state, clients whose secrets are
//! known, and mail that is stored in memory and read at `/sandbox/mail`.
//!
//! Its SQLite database is in a directory of its own below the data directory, and is made anew at each start unless the
//! setting is `keep`.

pub(crate) mod clients;
mod directory;
mod events;
pub(crate) mod mode;
mod people;
pub(crate) mod running;
