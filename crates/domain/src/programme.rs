//! Programmes: sessions in order, with the times that follow from their lengths.

use std::sync::Arc;

use chrono::NaiveDateTime;

use crate::string_enum::string_enum;
use crate::ids::SpeakerId;
use crate::refusal::{OutOfRange, InvalidValue};
use crate::session::Session;
use crate::speaker::Speaker;
use crate::time::{self, Instant};
use crate::time_zone::TimeZone;

string_enum!(
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
        zone: TimeZone,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
    ) -> Result<Self, (Option<usize>, InvalidValue)> {
        Self::plan_with(starts, zone, duration_minutes, sessions, wall_clock::instant_of)
    }

    /// The same for sessions that were accepted once. A time that newer rules of the zone skip is read with the offset
    /// from before the gap, and no session starts before the event.
    ///
    /// # Errors
    /// What was never accepted: years that no definition can write, a session before the event.
    pub fn plan_compatible(
        starts: NaiveDateTime,
        zone: TimeZone,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
    ) -> Result<Self, InvalidValue> {
        let event = zone.compatible_instant_of(starts)?;
        let instant_of = |local: NaiveDateTime, zone: TimeZone| -> Result<Instant, InvalidValue> {
            let instant = zone.compatible_instant_of(local)?;
            // A gap moves the event's start, and may move it past a session that was written after it.
            Ok(if local >= starts { instant.max(event) } else { instant })
        };
        Self::plan_with(starts, zone, duration_minutes, sessions, instant_of).map_err(|(_, refusal)| refusal)
    }

    fn plan_with(
        starts: NaiveDateTime,
        zone: TimeZone,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
        instant_of: impl Fn(NaiveDateTime, TimeZone) -> Result<Instant, InvalidValue>,
    ) -> Result<Self, (Option<usize>, InvalidValue)> {
        let starts_at = instant_of(starts, zone).map_err(|r| (None, r))?;
        let mut next = starts_at;
        let mut ends_at = wall_clock::end_after(starts_at, duration_minutes.unwrap_or(0), zone).map_err(|r| (None, r))?;
        let mut slots = Vec::new();
        for (index, (own_start, minutes)) in sessions.into_iter().enumerate() {
            let begins = match own_start {
                Some(local) => instant_of(local, zone).map_err(|r| (Some(index), r))?,
                None => next,
            };
            if begins < starts_at {
                let refusal = InvalidValue::Range(OutOfRange::SessionBeforeEvent);
                return Err((Some(index), refusal));
            }
            // Of a session without a start of its own it is the event's start that leads there.
            next = wall_clock::end_after(begins, minutes, zone).map_err(|r| (own_start.map(|_| index), r))?;
            ends_at = ends_at.max(next);
            let local_start = wall_clock::local_of(begins, zone);
            slots.push(Slot { starts_at: begins, ends_at: next, local_start });
        }
        Ok(Self { starts_at, ends_at, slots })
    }
}
