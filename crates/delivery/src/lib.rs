//! Outgoing messages: mail and webhooks.
//!
//! Each kind is a folder with a task of its own; [`worker::Worker`] runs them in a thread apart from the registration desk
//! and the request handlers. Any number of workers share one database: each claims messages under a lease, and another
//! worker takes over those whose lease has expired.

mod database;
mod feed;
pub mod mail;
mod tasks;
pub mod webhooks;
pub mod worker;
