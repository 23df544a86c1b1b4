//! Definitions and their history, as those who organise an event read them.

pub mod list;
pub mod read;
pub mod revisions;
