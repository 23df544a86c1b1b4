//! The desk's replies.

use std::sync::Arc;

use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::registration::Registration;
use plenaria_domain::registration::seats::Seats;
use plenaria_domain::validation::FieldError;
use plenaria_domain::values::ids::RegistrationId;

use crate::database::error::StoreError;
use crate::idempotency::StoredResponse;

/// The desk's reply to a request.
pub type Reply = Result<Outcome, Refusal>;

/// The result of a request that succeeded.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The registration that the request made, changed, or found as it should be.
    Registration {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether the request changed it.
        changed: bool,
        /// The response that was stored, if the request has an idempotency key.
        stored: Option<StoredResponse>,
    },
    /// Everyone of a [`Command::RegisterAll`](crate::desk::request::Command::RegisterAll) has a registration; the
    /// outcomes have the order of the items.
    All(Vec<Outcome>),
    /// A mail is on its way, if there is a reason to send one. This does not depend on whether the address is registered.
    MailRequested,
    /// The personal data are erased.
    Erased,
    /// The results of the entries, in their order.
    Attendance(Vec<AttendanceResult>),
    /// So many people were promoted.
    Promoted(u32),
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
}

/// The result of one entry of a request to record attendance.
#[derive(Clone, Debug)]
pub enum AttendanceResult {
    /// The attendance is recorded, or was recorded before.
    Recorded {
        /// The registration after the request.
        registration: Box<Registration>,
        /// Whether the request changed it.
        changed: bool,
    },
    /// The registration holds no seat.
    HoldsNoSeat {
        /// Whether it may still get one.
        may_get_one: bool,
    },
    /// Several registrations have the external reference, and none is the calling client's.
    Ambiguous,
    /// The registration does not exist, or may not be seen.
    NotFound,
}

/// The reason why a request changed nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The event does not exist.
    #[error("there is no such event")]
    EventNotFound,
    /// The registration does not exist, or the caller may not change it.
    #[error("there is no such registration")]
    NotFound,
    /// The registration does not meet the condition of the request; this is the current one.
    #[error("the precondition does not hold")]
    PreconditionFailed(Box<Registration>),
    /// The event does not take registrations at this time.
    #[error(transparent)]
    Window(#[from] RegistrationClosed),
    /// The event has ended.
    #[error("the event is over")]
    EventEnded,
    /// The address has an active registration for the event.
    #[error("the address is already registered")]
    AlreadyRegistered {
        /// The id of that registration. Only its owner and organisers may see it.
        id: RegistrationId,
        /// The source of that registration.
        registration_source: String,
    },
    /// The client has already used the external reference at this event.
    #[error("the client has already used this external reference")]
    DuplicateExternalReference,
    /// No seat is left and the event has no waiting list.
    #[error("the event is full")]
    EventFull {
        /// The event's counts.
        seats: Seats,
    },
    /// The registration's address is not confirmed yet.
    #[error("the address is not confirmed yet")]
    AddressNotConfirmed,
    /// The registration was cancelled.
    #[error("the registration was cancelled")]
    RegistrationCancelled,
    /// The registration holds no seat.
    #[error("the registration holds no seat")]
    HoldsNoSeat {
        /// Whether it may still get one.
        may_get_one: bool,
    },
    /// The changed details would be invalid.
    #[error("the changed details are invalid")]
    Invalid(Vec<FieldError>),
    /// One item of a request was refused, so none was carried out.
    #[error("item {index} was refused: {refusal}")]
    Item {
        /// The index of the item, from 0.
        index: usize,
        /// The reason.
        refusal: Box<Refusal>,
    },
    /// The idempotency key was used before with another body.
    #[error("the idempotency key was used with another request")]
    IdempotencyKeyReused,
    /// The desk's queue is full, or the desk has closed.
    #[error("the registration desk's queue is full")]
    Overloaded,
    /// The database failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl Outcome {
    /// A registration that the request made or changed.
    pub(crate) fn changed(registration: Registration) -> Self {
        Self::Registration { registration: Box::new(registration), changed: true, stored: None }
    }

    /// A registration that was already as it should be.
    pub(crate) fn unchanged(registration: Registration) -> Self {
        Self::Registration { registration: Box::new(registration), changed: false, stored: None }
    }
}
