//! Changes: what is told on to partners, mail and the feed.

use crate::choice;

choice!(
    /// What happened.
    ChangeType {
        /// A registration was made.
        RegistrationCreated = "registration.created",
        /// An address was confirmed and a seat taken.
        RegistrationConfirmed = "registration.confirmed",
        /// An address was confirmed and a place in the queue taken.
        RegistrationWaitlisted = "registration.waitlisted",
        /// The head of the queue got a seat.
        RegistrationPromoted = "registration.promoted",
        /// The person's data changed.
        RegistrationUpdated = "registration.updated",
        /// A registration was given back.
        RegistrationCancelled = "registration.cancelled",
        /// The person's data were erased.
        RegistrationErased = "registration.erased",
        /// The person was there.
        RegistrationAttended = "registration.attended",
        /// An event became public.
        EventPublished = "event.published",
        /// A public event's definition changed.
        EventUpdated = "event.updated",
        /// An event was called off.
        EventCancelled = "event.cancelled",
    }
);
