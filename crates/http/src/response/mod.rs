//! What handlers make a response with.

pub(crate) mod compression;
pub(crate) mod conditional;
pub(crate) mod media_type;
pub(crate) mod representation;
