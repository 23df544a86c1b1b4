//! Events, and resources that belong to one event.

pub(crate) mod availability;
pub(crate) mod cached_rendering;
pub(crate) mod details_dto;
pub(crate) mod dto;
pub(crate) mod formats;
pub(crate) mod list;
pub(crate) mod programme;
pub(crate) mod programme_dto;
pub(crate) mod read;
pub(crate) mod sessions;
pub(crate) mod speakers;
