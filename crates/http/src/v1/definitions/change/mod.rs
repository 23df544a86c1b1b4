//! Operations that change events: putting definitions, cancelling, reinstating and renaming.

mod command;
mod condition;
pub(crate) mod put;
pub(crate) mod rename;
mod response;
pub(crate) mod status;
