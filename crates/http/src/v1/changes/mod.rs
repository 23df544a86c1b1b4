//! The feed of changes.

pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod variants;
