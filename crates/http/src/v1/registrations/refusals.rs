//! From the desk's refusals to problems.

use plenaria_domain::time;
use plenaria_domain::window::WindowClosed;
use plenaria_persistence::desk::Refused;

use crate::problem::{ApiError, Code};

impl From<WindowClosed> for ApiError {
    fn from(closed: WindowClosed) -> Self {
        match closed {
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
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::EventNotFound => Self::not_found(),
            Refused::Window(closed) => closed.into(),
            // The other registration's id is its owner's alone, and who asks here has shown no token.
            Refused::AlreadyRegistered { .. } => Self::new(Code::AlreadyRegistered),
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
