//! Deliveries to a webhook endpoint: listing them, repeating one, sending a test.

pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod queue;
pub(crate) mod redeliver;
pub(crate) mod test;
