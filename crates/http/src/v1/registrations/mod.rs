//! Registrations.

mod asking;
pub(crate) mod attendance;
pub(crate) mod batch;
pub(crate) mod batch_dto;
pub(crate) mod calendar;
pub(crate) mod cancel;
pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod dto;
pub(crate) mod erase;
pub(crate) mod export;
mod filters;
pub(crate) mod join;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod pending;
pub(crate) mod read;
mod refusals;
pub(crate) mod request;
pub(crate) mod resend;
pub(crate) mod update;
