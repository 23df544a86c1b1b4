//! What is told to attendees by mail.

use chrono::TimeDelta;

use crate::choice;

choice!(
    /// What a message says.
    MessageKind {
        /// Confirm your address, or nothing comes of it.
        ConfirmAddress = "confirm_address",
        /// Somebody, perhaps you, asked for a seat that you have already.
        AlreadyRegistered = "already_registered",
        /// The link to manage the registration.
        ManageLink = "manage_link",
    }
);

/// Within this time nobody is told the same of one registration again, however often it is asked for: nobody's mailbox
/// can be flooded by way of us.
pub const QUIET: TimeDelta = TimeDelta::minutes(5);
