//! The mail queue: the table `messages`, which is filled from the feed of changes and with reminders, and emptied by
//! workers that claim what is due.
//!
//! The transaction that changes a registration does not queue mail itself, so that it stays short. The queue is filled
//! from the feed afterwards: the position that was reached in the feed and the messages are written in one transaction,
//! so each change is queued once.

mod event_news;
mod queue;
mod queueing;
mod reminders;
mod sending;

pub use queue::MailQueue;
pub use queueing::PendingChanges;
pub use sending::{ClaimedMessage, MailOutcome};
