//! The feed of changes: written with each change, given positions by the sequencer, read by followers.

pub(crate) mod outbox;
pub(crate) mod prune;
pub mod read;
pub mod sequencer;
