//! Converts the desk's errors into problems.

use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::values::time;
use plenaria_persistence::registrations::new_registration::RegistrationError;

use crate::auth::ClientCaller;
use crate::problem::{ApiError, Code, Detail};

impl From<RegistrationClosed> for ApiError {
    fn from(error: RegistrationClosed) -> Self {
        match error {
            RegistrationClosed::Draft => Self::not_found(),
            RegistrationClosed::Cancelled => Self::new(Code::EventCancelled),
            RegistrationClosed::Ended => Self::new(Code::EventEnded),
            RegistrationClosed::NotOpen { opens_at } => {
                Self::new(Code::RegistrationNotOpen).fact(|facts| facts.opens_at = Some(time::rfc3339(opens_at)))
            }
            RegistrationClosed::Closed { closed_at } => {
                Self::new(Code::RegistrationClosed).fact(|facts| facts.closed_at = Some(time::rfc3339(closed_at)))
            }
        }
    }
}

impl From<RegistrationError> for ApiError {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::EventNotFound => Self::not_found(),
            RegistrationError::Window(closed) => closed.into(),
            // The other registration's id is confidential; see `for_client`.
            RegistrationError::AlreadyRegistered { .. } => Self::new(Code::AlreadyRegistered),
            RegistrationError::DuplicateExternalReference => {
                Self::new(Code::Conflict).detail(Detail::DuplicateExternalReference)
            }
            RegistrationError::EventFull { seats } => Self::new(Code::EventFull).fact(|facts| {
                facts.capacity = seats.capacity;
                facts.seats_left = seats.left();
                facts.waitlist = Some(seats.waitlist);
            }),
            RegistrationError::IdempotencyKeyReused => Self::new(Code::IdempotencyMismatch),
            RegistrationError::Overloaded => Self::new(Code::Overloaded),
            RegistrationError::Store(error) => Self::from(&*error),
        }
    }
}

/// The problem for this client. It names the existing registration only if the client's organisation created that.
pub(crate) fn for_client(error: RegistrationError, client: Option<&ClientCaller>) -> ApiError {
    let own_registration = match (&error, client) {
        (RegistrationError::AlreadyRegistered { id, registration_source }, Some(client))
            if registration_source == client.organisation.as_str() =>
        {
            Some(*id)
        }
        _ => None,
    };
    let error = ApiError::from(error);
    match own_registration {
        Some(id) => error.fact(|facts| facts.registration_id = Some(id.to_string())),
        None => error,
    }
}
