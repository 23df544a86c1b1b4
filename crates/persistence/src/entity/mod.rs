//! `SeaORM`'s view of the tables; private to this crate.

pub(crate) mod catalogue;
pub(crate) mod change;
pub(crate) mod client;
pub(crate) mod event;
pub(crate) mod event_organisation;
pub(crate) mod event_seats;
pub(crate) mod event_speaker;
pub(crate) mod event_topic;
pub(crate) mod feed;
pub(crate) mod idempotency_record;
pub(crate) mod mail_budget;
pub(crate) mod mailer;
pub(crate) mod message;
pub(crate) mod outbox;
pub(crate) mod registration;
pub(crate) mod reminder;
pub(crate) mod session;
pub(crate) mod speaker;
pub(crate) mod webhook_attempt;
pub(crate) mod webhook_delivery;
pub(crate) mod webhook_endpoint;
