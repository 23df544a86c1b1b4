//! Tests of the feed of changes and of the sequencer that fills it.

mod backlog;
mod changes;
mod concurrent_feed;
mod sequencer;
