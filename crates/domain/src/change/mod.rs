//! Changes of registrations and events, which the feed passes on to partners, webhooks and mail.

pub(crate) mod record;
mod shown;

pub use record::{Change, ChangeType, Subject};
pub use shown::{
    ChangePayload, ChangedEvent, ChangedRegistration, EventChange, EventReference, Links, RegistrationChange,
};
