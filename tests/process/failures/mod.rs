//! Tests of the program when it is killed, stopped, or loses its database.

mod crash;
mod database_down;
pub(crate) mod feed;
mod mail;
mod missing_tables;
mod webhooks;
