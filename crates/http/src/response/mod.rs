//! Builds responses: representations, entity tags and content codings.

pub(crate) mod compression;
pub(crate) mod conditional;
pub(crate) mod media_type;
pub mod representation;
