//! Operations on one registration, for its holder and for clients that may see it.

pub(crate) mod attendance;
pub(crate) mod calendar;
pub(crate) mod cancel;
pub(crate) mod erase;
pub(crate) mod join;
pub(crate) mod patch;
pub(crate) mod read;
pub(crate) mod reinstate;
pub(crate) mod request;
pub(crate) mod update;
