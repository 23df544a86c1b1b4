//! Speakers, whatever their events.

pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod read;
