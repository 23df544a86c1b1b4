//! What was mailed to those who are registered.

pub(crate) mod dto;
pub(crate) mod list;
