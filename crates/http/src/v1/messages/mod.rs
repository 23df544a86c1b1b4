//! Mails to registered people.

pub(crate) mod dto;
pub(crate) mod list;
