//! `SeaORM` entities: one file for each table, private to this crate.
//!
//! They are imported from here (`crate::entity::event`), whatever folder they are in.

pub(crate) mod audit_entry;
pub(crate) mod change;
pub(crate) mod client;
mod events;
pub(crate) mod feed;
pub(crate) mod idempotency_record;
mod mail;
pub(crate) mod outbox;
pub(crate) mod registration;
mod webhooks;

pub(crate) use events::{
    catalogue, derivation, event, event_organisation, event_revision, event_seats, event_slug, event_speaker,
    event_topic, session, speaker,
};
pub(crate) use mail::{follow_up, mail_budget, mail_feed_position, message, reminder};
pub(crate) use webhooks::{webhook_attempt, webhook_delivery, webhook_endpoint};
