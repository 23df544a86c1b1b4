//! Webhook endpoints: where an organisation wants to be told of changes. `plenaria_delivery` sends to them.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
pub(crate) mod delivery_dto;
pub(crate) mod dto;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod redeliver;
pub(crate) mod request;
pub(crate) mod rotate_secret;
mod secrets;
pub(crate) mod test;
