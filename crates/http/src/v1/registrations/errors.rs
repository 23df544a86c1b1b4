//! Converts the desk's refusals into problems.

use actix_web::http::header;
use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::values::time;
use plenaria_persistence::desk::reply::Refusal;

use super::dto::etag;
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

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let conflict = |detail| Self::new(Code::Conflict).detail(detail);
        match refusal {
            Refusal::EventNotFound | Refusal::NotFound => Self::not_found(),
            Refusal::Window(closed) => closed.into(),
            Refusal::EventEnded => Self::new(Code::EventEnded),
            // The other registration's id is confidential; see `for_client` and `for_organiser`.
            Refusal::AlreadyRegistered { .. } => Self::new(Code::AlreadyRegistered),
            Refusal::DuplicateExternalReference => conflict(Detail::DuplicateExternalReference),
            Refusal::EventFull { seats } => Self::new(Code::EventFull).fact(|facts| {
                facts.capacity = seats.capacity;
                facts.seats_left = seats.left();
                facts.waitlist = Some(seats.waitlist);
            }),
            Refusal::AddressNotConfirmed => conflict(Detail::AddressNotConfirmed),
            Refusal::RegistrationCancelled => conflict(Detail::RegistrationCancelled),
            Refusal::HoldsNoSeat { may_get_one } => conflict(Detail::HoldsNoSeat { may_get_one }),
            Refusal::PreconditionFailed(current) => {
                Self::new(Code::PreconditionFailed).header(header::ETAG, etag(&current))
            }
            Refusal::Invalid(errors) => Self::validation(errors),
            Refusal::Item { index, refusal } => Self::from(*refusal).fact(|facts| facts.index = Some(index)),
            Refusal::IdempotencyKeyReused => Self::new(Code::IdempotencyMismatch),
            Refusal::Overloaded => Self::new(Code::Overloaded),
            Refusal::Store(error) => Self::from(&*error),
        }
    }
}

/// The error for an outcome that the desk never gives to the command that was sent.
pub(crate) fn unexpected_outcome() -> ApiError {
    ApiError::new(Code::Internal)
}

/// The problem for an organiser, who sees the registration that has the address.
pub(crate) fn for_organiser(refusal: Refusal) -> ApiError {
    let existing = match &refusal {
        Refusal::AlreadyRegistered { id, .. } => Some(id.to_string()),
        _ => None,
    };
    let problem = ApiError::from(refusal);
    match existing {
        Some(id) => problem.fact(|facts| facts.registration_id = Some(id)),
        None => problem,
    }
}

/// The problem for this client. It names the existing registration only if the client's organisation created that.
pub(crate) fn for_client(refusal: Refusal, client: Option<&ClientCaller>) -> ApiError {
    match (&refusal, client) {
        (Refusal::AlreadyRegistered { registration_source, .. }, Some(client))
            if registration_source == client.organisation.as_str() =>
        {
            for_organiser(refusal)
        }
        (Refusal::Item { index, refusal }, client) => {
            for_client((**refusal).clone(), client).fact(|facts| facts.index = Some(*index))
        }
        _ => ApiError::from(refusal),
    }
}
