//! Queues mail about registrations and sends it (`docs/decisions/0018-mail.md`).
//!
//! Three tasks share one queue, the table `messages`: the [`enqueuer`] queues messages from the change feed and reminders
//! that are due, the [`mailer`] claims messages that are due and sends them, and the [`result_recorder`] writes the
//! results to the database in batches. Registering never waits for any of them.

pub mod config;
pub mod content;
pub(crate) mod enqueuer;
#[cfg(test)]
mod inspection;
pub mod mailer;
pub(crate) mod result_recorder;
#[cfg(test)]
mod tests;
pub mod transport;

pub use lettre::message::Mailbox;
