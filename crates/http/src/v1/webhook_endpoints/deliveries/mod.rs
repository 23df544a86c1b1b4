//! Messages to a webhook endpoint: lists them, sends one again, and sends a test.

pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod queue;
pub(crate) mod redeliver;
pub(crate) mod test;
