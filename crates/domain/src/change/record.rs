//! A change of a registration or an event, as the feed stores it.

use crate::registration::RegistrationStatus;
use crate::string_enum::string_enum;
use crate::values::ids::{ChangeId, EventId, RegistrationId};
use crate::values::time::Instant;

string_enum!(
    /// The type of a change.
    ChangeType {
        /// A registration was created.
        RegistrationCreated = "registration.created",
        /// A person confirmed their address and got a seat.
        RegistrationConfirmed = "registration.confirmed",
        /// A person confirmed their address and joined the waiting list.
        RegistrationWaitlisted = "registration.waitlisted",
        /// The first person on the waiting list got a seat.
        RegistrationPromoted = "registration.promoted",
        /// A person's data changed.
        RegistrationUpdated = "registration.updated",
        /// A registration was cancelled.
        RegistrationCancelled = "registration.cancelled",
        /// An organiser reinstated a cancelled registration.
        RegistrationReinstated = "registration.reinstated",
        /// A person's data were erased.
        RegistrationErased = "registration.erased",
        /// A person's attendance was recorded.
        RegistrationAttended = "registration.attended",
        /// An event was published.
        EventPublished = "event.published",
        /// A public event's definition changed.
        EventUpdated = "event.updated",
        /// An event was cancelled.
        EventCancelled = "event.cancelled",
        /// A cancelled event was published again.
        EventReinstated = "event.reinstated",
    }
);

/// One change, without any personal data.
#[derive(Clone, Debug)]
pub struct Change {
    /// The change's position in the feed.
    pub position: i64,
    /// The change's id.
    pub id: ChangeId,
    /// The change's type.
    pub kind: ChangeType,
    /// When the change happened.
    pub occurred_at: Instant,
    /// The revision of the registration or the event after the change.
    pub sequence: i64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's slug.
    pub slug: String,
    /// The registration or the event that changed.
    pub subject: Subject,
}

/// The registration or the event that a change concerns.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A registration.
    Registration {
        /// The registration's id.
        id: RegistrationId,
        /// The status after the change.
        status: RegistrationStatus,
        /// The registration's source; `None` once it is no longer stored.
        source: Option<String>,
        /// The client's external reference; `None` after erasure.
        external_reference: Option<String>,
    },
    /// The event itself.
    Event {
        /// The names of the fields of its definition that changed.
        changed: Vec<String>,
    },
}
