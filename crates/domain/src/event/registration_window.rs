//! The period in which an event accepts registrations.

use crate::event::attributes::EventStatus;
use crate::values::time::Instant;

/// The facts that decide whether an event accepts registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistrationWindow {
    /// The event's status.
    pub status: EventStatus,
    /// When registration opens; `None`: as soon as the event is published.
    pub opens_at: Option<Instant>,
    /// When registration closes, exclusive: a registration at this instant is too late.
    pub closes_at: Instant,
    /// When the event ends.
    pub ends_at: Instant,
}

/// The reason why an event accepts no registrations now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationClosed {
    /// The event is not public.
    #[error("the event is a draft")]
    Draft,
    /// The event was cancelled.
    #[error("the event was cancelled")]
    Cancelled,
    /// The event is over.
    #[error("the event is over")]
    Ended,
    /// It is too early.
    #[error("registration has not opened")]
    NotOpen {
        /// When registration opens.
        opens_at: Instant,
    },
    /// It is too late.
    #[error("registration has closed")]
    Closed {
        /// When registration closed.
        closed_at: Instant,
    },
}

impl RegistrationWindow {
    /// Checks that a registration that arrives at `now` can be accepted.
    ///
    /// # Errors
    /// The first reason that applies, in this order: the event's status, its end, the closing time, the opening time.
    pub fn check(&self, now: Instant) -> Result<(), RegistrationClosed> {
        match self.status {
            EventStatus::Draft => return Err(RegistrationClosed::Draft),
            EventStatus::Cancelled => return Err(RegistrationClosed::Cancelled),
            EventStatus::Published => {}
        }
        if now >= self.ends_at {
            return Err(RegistrationClosed::Ended);
        }
        if now >= self.closes_at {
            return Err(RegistrationClosed::Closed { closed_at: self.closes_at });
        }
        match self.opens_at {
            Some(opens_at) if now < opens_at => Err(RegistrationClosed::NotOpen { opens_at }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::minutes;

    #[test]
    fn it_opens_inclusively_and_closes_exclusively() {
        let zero = Instant::default();
        let at = |m| zero + minutes(m);
        let window = RegistrationWindow {
            status: EventStatus::Published,
            opens_at: Some(at(10)),
            closes_at: at(20),
            ends_at: at(30),
        };
        assert_eq!(window.check(at(9)), Err(RegistrationClosed::NotOpen { opens_at: at(10) }));
        assert_eq!(window.check(at(10)), Ok(()));
        assert_eq!(window.check(at(19)), Ok(()));
        assert_eq!(window.check(at(20)), Err(RegistrationClosed::Closed { closed_at: at(20) }));
        assert_eq!(window.check(at(30)), Err(RegistrationClosed::Ended));
        let cancelled = RegistrationWindow { status: EventStatus::Cancelled, ..window };
        assert_eq!(cancelled.check(at(15)), Err(RegistrationClosed::Cancelled));
    }
}
