//! The request to register a person, and its result.

use std::sync::Arc;

use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::registration::seats::Seats;
use plenaria_domain::registration::{Attendee, Registration};
use plenaria_domain::values::ids::{ClientId, EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::idempotency::{IdempotencyGuard, StoredResponse};

/// A request to register a person.
#[derive(Clone)]
pub struct NewRegistration {
    /// The id that the registration will have. The caller makes it, so that the desk recognises its own rows when a
    /// batch was committed but the database's acknowledgement was lost.
    pub id: RegistrationId,
    /// The event.
    pub event_id: EventId,
    /// The person.
    pub attendee: Attendee,
    /// The client that registers the person; `None` for the public form.
    pub client: Option<ClientId>,
    /// The client's own reference for the registration.
    pub external_reference: Option<String>,
    /// The origin of the request: the client's organisation, or `public`.
    pub source: String,
    /// The version of the privacy notice that was accepted.
    pub privacy_notice: String,
    /// When the request arrived; it is compared with the event's registration window.
    pub received_at: Instant,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<RegistrationReply>>,
}

impl NewRegistration {
    /// The unique combination of event, client and external reference; `None` if the request has no reference.
    pub(crate) fn reference(&self) -> Option<(Uuid, Uuid, String)> {
        let (client, reference) = self.client.zip(self.external_reference.as_ref())?;
        Some((self.event_id.0, client.0, reference.clone()))
    }
}

/// The result of a request that succeeded.
#[derive(Clone, Debug)]
pub enum RegistrationOutcome {
    /// The person has a seat or is on the waiting list.
    Registered {
        /// The registration.
        registration: Box<Registration>,
        /// The response that was stored, if the request has an idempotency key.
        stored: Option<StoredResponse>,
    },
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
}

/// The reason why a person was not registered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The event does not exist.
    #[error("there is no such event")]
    EventNotFound,
    /// The event does not take registrations at this time.
    #[error(transparent)]
    Window(#[from] RegistrationClosed),
    /// The address has an active registration for the event.
    #[error("the address is already registered")]
    AlreadyRegistered {
        /// The id of that registration. Only its owner may see it.
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

/// The desk's reply to a request.
pub type RegistrationReply = Result<RegistrationOutcome, RegistrationError>;
