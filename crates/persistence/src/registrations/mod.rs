//! Registrations beside the desk, which alone makes and changes them: reading them, and removing what may not be kept.

pub(crate) mod active_email;
pub mod export;
pub mod list;
pub(crate) mod new_row;
pub mod read;
pub mod retention;
pub mod unconfirmed;
