//! The tables of events, their programmes and their seats.

pub(crate) mod catalogue;
pub(crate) mod derivation;
pub(crate) mod event;
pub(crate) mod event_organisation;
pub(crate) mod event_revision;
pub(crate) mod event_seats;
pub(crate) mod event_slug;
pub(crate) mod event_speaker;
pub(crate) mod event_topic;
pub(crate) mod session;
pub(crate) mod speaker;
