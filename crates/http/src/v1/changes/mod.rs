//! The feed of changes.

mod dto;
pub(crate) mod list;
