//! Changes of registrations and events, which the feed passes on to partners, webhooks and mail.

pub(crate) mod payload;
pub(crate) mod record;

pub use crate::change::payload::{
    ChangePayload, ChangedEvent, ChangedRegistration, EventChange, EventReference, Links, RegistrationChange,
};
pub use record::{Change, ChangeType, Subject};
