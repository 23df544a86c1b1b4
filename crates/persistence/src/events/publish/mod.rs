//! Publishing: stores events, programmes and speakers as definitions state, with their history, each time in one
//! transaction. Only one transaction publishes at a time.

pub mod command;
pub(crate) mod effects;
mod files;
pub mod outcome;
pub mod put;
pub(crate) mod revision;
mod speakers;
mod tables;
pub(crate) mod transaction;
