//! Speakers of all public events.

pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod read;
