//! Registrations.

mod asking;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod dto;
pub(crate) mod read;
mod refusals;
pub(crate) mod request;
