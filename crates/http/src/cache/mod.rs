//! Published data in memory, shared by all requests.

pub(crate) mod change_feed;
pub mod events;
