//! What is told to attendees by mail.

use chrono::TimeDelta;

use crate::choice;

choice!(
    /// What a message says.
    MessageKind {
        /// There is a seat for you.
        Registered = "registered",
        /// You are on the waiting list.
        Waitlisted = "waitlisted",
        /// A seat came free, and it is yours.
        Promoted = "promoted",
        /// Your registration was given back.
        Cancelled = "cancelled",
        /// Confirm your address, or nothing comes of it.
        ConfirmAddress = "confirm_address",
        /// Somebody, perhaps you, asked for a seat that you have already.
        AlreadyRegistered = "already_registered",
        /// The link to manage the registration.
        ManageLink = "manage_link",
        /// The event begins soon.
        Reminder = "reminder",
        /// The event's time, place or programme changed.
        EventChanged = "event_changed",
        /// The event was called off.
        EventCancelled = "event_cancelled",
    }
);

/// Within this time nobody is told the same of one registration again, however often it is asked for: nobody's mailbox
/// can be flooded by way of us.
pub const QUIET: TimeDelta = TimeDelta::minutes(5);
