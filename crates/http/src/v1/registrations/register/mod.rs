//! Registering for an event: one person, a batch, and the confirmation of addresses by mail.

pub(crate) mod batch;
pub(crate) mod batch_dto;
pub(crate) mod confirm;
mod confirmation_sent;
mod context;
pub(crate) mod create;
pub(crate) mod email_confirmation;
pub(crate) mod request;
pub(crate) mod resend;
