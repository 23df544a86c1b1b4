//! Changes: what is told on to partners, mail and the feed.

mod shown;

use crate::string_enum::string_enum;
use crate::ids::{ChangeId, EventId, RegistrationId};
use crate::registration::RegistrationStatus;
use crate::time::Instant;

pub use shown::{ChangedEvent, ChangedRegistration, EventChange, EventName, Links, RegistrationChange, ChangePayload};

string_enum!(
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
        /// A cancelled event takes place after all.
        EventReinstated = "event.reinstated",
    }
);

/// One change, without any personal data.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its place in the feed.
    pub position: i64,
    /// Names it for good.
    pub id: ChangeId,
    /// What happened.
    pub kind: ChangeType,
    /// When.
    pub occurred_at: Instant,
    /// The revision that it made of the registration, or of the event.
    pub sequence: i64,
    /// The event.
    pub event_id: EventId,
    /// The event's slug.
    pub slug: String,
    /// What it happened to.
    pub subject: Subject,
}

/// What a change happened to.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A registration.
    Registration {
        /// Its id.
        id: RegistrationId,
        /// Where it stood after the change.
        status: RegistrationStatus,
        /// Where it came from, if that is still known.
        source: Option<String>,
        /// The client's own name for it, unless it has been erased.
        external_reference: Option<String>,
    },
    /// The event itself: these parts of its definition changed.
    Event {
        /// Their names.
        changed: Vec<String>,
    },
}
