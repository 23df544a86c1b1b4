//! Delivers webhooks by Standard Webhooks 1.0 (`docs/decisions/0014-webhooks.md`).
//!
//! The [`dispatcher`] claims deliveries that are due and spawns a task for each, which makes one HTTP request by
//! the [`http_client`]; the [`result_recorder`] writes the results to the database in batches. Delivery is at least once,
//! and in order for each registration and event.

pub mod config;
pub mod dispatcher;
pub mod http_client;
pub(crate) mod payload;
pub(crate) mod public_dns;
pub(crate) mod result_recorder;
pub(crate) mod retry_schedule;
mod signature;
