//! Webhook endpoints: addresses to which an organisation gets messages about changes. The crate `plenaria_delivery` sends the
//! messages.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
pub(crate) mod dto;
pub(crate) mod list;
mod parts;
pub(crate) mod read;
pub(crate) mod request;
pub(crate) mod rotate_secret;
mod secrets;
pub(crate) mod update;
