//! Programmes: sessions in order, with the times that follow from their lengths.

use std::sync::Arc;

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::choice;
use crate::ids::SpeakerId;
use crate::refusal::{OutOfRange, Refusal};
use crate::session::Session;
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
    /// Lays the sessions one after another from the event's start, except those with a start of their own; each is given
    /// by that start and its length in minutes. The event ends with the session that ends last, whatever their order, or
    /// after `duration_minutes` if that is later.
    ///
    /// # Errors
    /// The index of the session (`None`: the event itself) whose start its zone skips, would be before the event, or
    /// leads beyond the last year.
    pub fn lay(
        starts: NaiveDateTime,
        zone: Tz,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
    ) -> Result<Self, (Option<usize>, Refusal)> {
        let starts_at = time::instant_of(starts, zone).map_err(|r| (None, r))?;
        let mut next = starts_at;
        let mut ends_at = time::end_after(starts_at, duration_minutes.unwrap_or(0), zone).map_err(|r| (None, r))?;
        let mut slots = Vec::new();
        for (index, (own_start, minutes)) in sessions.into_iter().enumerate() {
            let begins = match own_start {
                Some(local) => time::instant_of(local, zone).map_err(|r| (Some(index), r))?,
                None => next,
            };
            if begins < starts_at {
                let refusal = Refusal::Range(OutOfRange::SessionBeforeEvent);
                return Err((Some(index), refusal));
            }
            // Of a session without a start of its own it is the event's start that leads there.
            next = time::end_after(begins, minutes, zone).map_err(|r| (own_start.map(|_| index), r))?;
            ends_at = ends_at.max(next);
            let local_start = begins.with_timezone(&zone).naive_local();
            slots.push(Slot { starts_at: begins, ends_at: next, local_start });
        }
        Ok(Self { starts_at, ends_at, slots })
    }
}
