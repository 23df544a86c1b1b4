//! Published events: reading, publishing, and what is derived from their definitions.

pub mod availability;
pub mod definitions;
pub mod derivation;
pub(crate) mod derived;
pub mod publish;
pub mod read;
pub(crate) mod rows;
pub mod speakers;
