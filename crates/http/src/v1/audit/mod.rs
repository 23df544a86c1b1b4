//! `/audit`: who did what.

mod dto;
pub(crate) mod list;
