//! Programmes: sessions in order, with the times that follow from their lengths.

use std::sync::Arc;

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::choice;
use crate::ids::SpeakerId;
use crate::refusal::{OutOfRange, Refusal};
use crate::session::{Session, SessionDefinition};
use crate::speaker::Speaker;
use crate::time::{self, Instant};

choice!(
    /// Whether the programme may still change.
    ProgrammeStatus {
        /// It may.
        Draft = "draft",
        /// It will not.
        Final = "final",
    }
);

/// An event's sessions and the cards of all its speakers.
#[derive(Clone, Debug, Default)]
pub struct Programme {
    /// The sessions, in order.
    pub sessions: Vec<Session>,
    /// The event's speakers, in the definition's order.
    pub speakers: Vec<Arc<Speaker>>,
}

impl Programme {
    /// The card of one of the event's speakers.
    pub fn speaker(&self, id: SpeakerId) -> Option<&Arc<Speaker>> {
        self.speakers.iter().find(|s| s.id == id)
    }
}

/// When a session takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its start.
    pub starts_at: Instant,
    /// Its end.
    pub ends_at: Instant,
    /// Its start on the clock of the event's zone.
    pub local_start: NaiveDateTime,
}

/// The times of an event and of its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The event's start.
    pub starts_at: Instant,
    /// The event's end.
    pub ends_at: Instant,
    /// One slot for each session, in order.
    pub slots: Vec<Slot>,
}

impl Schedule {
    /// Lays the sessions one after another from the event's start, except those with a start of their own. The event
    /// ends with the session that ends last, or after `duration_minutes` if that is later.
    ///
    /// # Errors
    /// The index of the session (`None`: the event itself) whose wall-clock time its zone skips, or that would start
    /// before the event.
    pub fn lay(
        starts: NaiveDateTime,
        zone: Tz,
        duration_minutes: Option<u32>,
        sessions: &[SessionDefinition],
    ) -> Result<Self, (Option<usize>, Refusal)> {
        let starts_at = time::instant_of(starts, zone).map_err(|r| (None, r))?;
        let mut next = starts_at;
        let mut ends_at = starts_at + time::minutes(duration_minutes.unwrap_or(0));
        let mut slots = Vec::with_capacity(sessions.len());
        for (index, session) in sessions.iter().enumerate() {
            let begins = match session.starts {
                Some(local) => time::instant_of(local, zone).map_err(|r| (Some(index), r))?,
                None => next,
            };
            if begins < starts_at {
                let refusal = Refusal::Range(OutOfRange::SessionBeforeEvent);
                return Err((Some(index), refusal));
            }
            next = begins + time::minutes(session.minutes);
            ends_at = ends_at.max(next);
            let local_start = begins.with_timezone(&zone).naive_local();
            slots.push(Slot { starts_at: begins, ends_at: next, local_start });
        }
        Ok(Self { starts_at, ends_at, slots })
    }
}
