//! The mail queue: the table `messages`, which is filled from the feed of changes and with reminders, and emptied by
//! workers that claim what is due.
//!
//! The transaction that changes a registration does not queue mail itself, so that it stays short. The queue is filled
//! from the feed afterwards: the position that was reached in the feed and the messages are written in one transaction,
//! so each change is queued once.

pub(crate) mod budget;
pub(crate) mod claim;
pub(crate) mod enqueue;
pub(crate) mod event_news;
pub(crate) mod follow_ups;
pub(crate) mod from_feed;
pub mod list;
mod queue;
mod reminders;

pub use crate::mail::claim::{ClaimedMessage, MailOutcome};
pub use crate::mail::from_feed::PendingChanges;
pub use queue::MailQueue;
