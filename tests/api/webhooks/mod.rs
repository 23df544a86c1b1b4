//! Tests of webhooks: endpoints, deliveries and failures.

mod delivery;
mod endpoints;
mod failures;
