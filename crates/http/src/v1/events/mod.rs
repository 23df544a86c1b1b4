//! Events and what belongs to one of them.

pub(crate) mod availability;
pub(crate) mod calendar;
pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod programme;
pub(crate) mod programme_dto;
pub(crate) mod read;
pub(crate) mod sessions;
pub(crate) mod speakers;
