//! When an event takes registrations.

use crate::event::EventStatus;
use crate::time::Instant;

/// What decides whether an event takes registrations now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Whether it is published.
    pub status: EventStatus,
    /// When registration opens; `None`: with publication.
    pub opens_at: Option<Instant>,
    /// When it closes, exclusive: at this instant nobody can register any more.
    pub closes_at: Instant,
    /// When the event is over.
    pub ends_at: Instant,
}

/// Why registration is not possible now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowClosed {
    /// The event is not public.
    #[error("the event is a draft")]
    Draft,
    /// The event was called off.
    #[error("the event was cancelled")]
    Cancelled,
    /// The event is over.
    #[error("the event is over")]
    Ended,
    /// Too early.
    #[error("registration has not opened")]
    NotOpen {
        /// When it opens.
        opens_at: Instant,
    },
    /// Too late.
    #[error("registration has closed")]
    Closed {
        /// When it closed.
        closed_at: Instant,
    },
}

impl Window {
    /// Whether a registration that arrives at `now` can be taken.
    pub fn check(&self, now: Instant) -> Result<(), WindowClosed> {
        match self.status {
            EventStatus::Draft => return Err(WindowClosed::Draft),
            EventStatus::Cancelled => return Err(WindowClosed::Cancelled),
            EventStatus::Published => {}
        }
        if now >= self.ends_at {
            return Err(WindowClosed::Ended);
        }
        if now >= self.closes_at {
            return Err(WindowClosed::Closed { closed_at: self.closes_at });
        }
        match self.opens_at {
            Some(opens_at) if now < opens_at => Err(WindowClosed::NotOpen { opens_at }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::minutes;

    #[test]
    fn it_opens_inclusively_and_closes_exclusively() {
        let zero = Instant::default();
        let at = |m| zero + minutes(m);
        let window =
            Window { status: EventStatus::Published, opens_at: Some(at(10)), closes_at: at(20), ends_at: at(30) };
        assert_eq!(window.check(at(9)), Err(WindowClosed::NotOpen { opens_at: at(10) }));
        assert_eq!(window.check(at(10)), Ok(()));
        assert_eq!(window.check(at(19)), Ok(()));
        assert_eq!(window.check(at(20)), Err(WindowClosed::Closed { closed_at: at(20) }));
        assert_eq!(window.check(at(30)), Err(WindowClosed::Ended));
        let cancelled = Window { status: EventStatus::Cancelled, ..window };
        assert_eq!(cancelled.check(at(15)), Err(WindowClosed::Cancelled));
    }
}
