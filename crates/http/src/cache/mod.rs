//! Keeps published events and the end of the change feed in memory, so that most reads need no query.

pub mod availability_streams;
pub(crate) mod change_feed;
pub mod events;
pub(crate) mod events_calendar;
pub(crate) mod statistics;
