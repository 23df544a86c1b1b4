//! The tables of the mail queue.

pub(crate) mod follow_up;
pub(crate) mod mail_budget;
pub(crate) mod mail_feed_position;
pub(crate) mod message;
pub(crate) mod reminder;
