//! Registrations after the desk admitted them: reading, changing, cancelling, erasing.

pub(crate) mod active_email;
pub mod attendance;
pub mod bulk_attendance;
pub mod cancel;
pub mod confirmation;
pub mod erase;
pub mod export;
pub mod list;
pub mod new_registration;
pub(crate) mod new_row;
pub mod read;
pub mod reinstate;
pub mod retention;
pub mod update;
