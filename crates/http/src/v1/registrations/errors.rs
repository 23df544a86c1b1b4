//! Conversion of the desk's errors into problems.

use plenaria_domain::time;
use plenaria_domain::window::WindowClosed;
use plenaria_persistence::desk::Refused;

use crate::auth::ClientCaller;
use crate::problem::{ApiError, Code, Detail};

impl From<WindowClosed> for ApiError {
    fn from(error: WindowClosed) -> Self {
        match error {
            WindowClosed::Draft => Self::not_found(),
            WindowClosed::Cancelled => Self::new(Code::EventCancelled),
            WindowClosed::Ended => Self::new(Code::EventEnded),
            WindowClosed::NotOpen { opens_at } => {
                Self::new(Code::RegistrationNotOpen).fact("opens_at", time::rfc3339(opens_at))
            }
            WindowClosed::Closed { closed_at } => {
                Self::new(Code::RegistrationClosed).fact("closed_at", time::rfc3339(closed_at))
            }
        }
    }
}

impl From<Refused> for ApiError {
    fn from(error: Refused) -> Self {
        match error {
            Refused::EventNotFound => Self::not_found(),
            Refused::Window(closed) => closed.into(),
            // The other registration's id is confidential; see `for_client`.
            Refused::AlreadyRegistered { .. } => Self::new(Code::AlreadyRegistered),
            Refused::ReferenceTaken => Self::new(Code::Conflict).detail(Detail::DuplicateExternalReference),
            Refused::EventFull { seats } => Self::new(Code::EventFull)
                .fact("capacity", seats.capacity)
                .fact("seats_left", seats.left())
                .fact("waitlist", seats.waitlist),
            Refused::KeyOfAnother => Self::new(Code::IdempotencyMismatch),
            Refused::Overloaded => Self::new(Code::Overloaded),
            Refused::Store(error) => Self::from(&*error),
        }
    }
}

/// The problem for this client. It names the existing registration only if the client's organisation created that.
pub(crate) fn for_client(error: Refused, client: Option<&ClientCaller>) -> ApiError {
    let own_registration = match (&error, client) {
        (Refused::AlreadyRegistered { id, made_by }, Some(client)) if made_by == client.organisation.as_str() => {
            Some(*id)
        }
        _ => None,
    };
    let error = ApiError::from(error);
    match own_registration {
        Some(id) => error.fact("registration_id", id.to_string()),
        None => error,
    }
}
