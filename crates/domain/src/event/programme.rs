//! Programmes: an event's sessions, and the computation of their times from their lengths.

use std::sync::Arc;

use chrono::NaiveDateTime;

use crate::event::session::Session;
use crate::event::speaker::Speaker;
use crate::string_enum::string_enum;
use crate::validation::{InvalidValue, OutOfRange};
use crate::values::ids::SpeakerId;
use crate::values::time::Instant;
use crate::values::time_zone::TimeZone;
use crate::values::wall_clock;

string_enum!(
    /// Whether the programme is final.
    ProgrammeStatus {
        /// The programme may still change.
        Draft = "draft",
        /// The programme will not change.
        Final = "final",
    }
);

/// An event's sessions and its speakers.
#[derive(Clone, Debug, Default)]
pub struct Programme {
    /// The sessions, in order.
    pub sessions: Vec<Session>,
    /// The event's speakers, in the definition's order.
    pub speakers: Vec<Arc<Speaker>>,
}

impl Programme {
    /// The event's speaker with this id.
    pub fn speaker(&self, id: SpeakerId) -> Option<&Arc<Speaker>> {
        self.speakers.iter().find(|s| s.id == id)
    }
}

/// The times of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The session's start.
    pub starts_at: Instant,
    /// The session's end.
    pub ends_at: Instant,
    /// The session's start as local time of the event's zone.
    pub local_start: NaiveDateTime,
}

/// The times of an event and of its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The event's start.
    pub starts_at: Instant,
    /// The event's end.
    pub ends_at: Instant,
    /// The sessions' times, in the order of the sessions.
    pub slots: Vec<Slot>,
}

impl Schedule {
    /// Computes the times of an event that starts at `starts`. Each session is given by its own start, if it has one,
    /// and its length in minutes; a session without its own start begins when the previous one ends. The event ends
    /// when its last session ends, or after `duration_minutes` if that is later.
    ///
    /// # Errors
    /// The reason, and the index of the session with the invalid start (`None`: the event itself): a start that the
    /// zone skips, a start before the event's, or a start from which the end is after the last year.
    pub fn plan(
        starts: NaiveDateTime,
        zone: TimeZone,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
    ) -> Result<Self, (Option<usize>, InvalidValue)> {
        Self::plan_with(starts, zone, duration_minutes, sessions, wall_clock::instant_of)
    }

    /// Like [`Schedule::plan`], for a definition that was accepted before. If newer rules of the zone skip a time, it
    /// is converted with the offset from before the gap, and a session that would then start before the event starts
    /// with it.
    ///
    /// # Errors
    /// Only for definitions that can never have been accepted: with a session before the event, or years out of range.
    pub fn plan_compatible(
        starts: NaiveDateTime,
        zone: TimeZone,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
    ) -> Result<Self, InvalidValue> {
        let event = zone.compatible_instant_of(starts)?;
        let instant_of = |local: NaiveDateTime, zone: TimeZone| -> Result<Instant, InvalidValue> {
            let instant = zone.compatible_instant_of(local)?;
            // A gap moves the event's start, possibly past the start of a session that is later by local time.
            Ok(if local >= starts { instant.max(event) } else { instant })
        };
        Self::plan_with(starts, zone, duration_minutes, sessions, instant_of).map_err(|(_, reason)| reason)
    }

    fn plan_with(
        starts: NaiveDateTime,
        zone: TimeZone,
        duration_minutes: Option<u32>,
        sessions: impl IntoIterator<Item = (Option<NaiveDateTime>, u32)>,
        instant_of: impl Fn(NaiveDateTime, TimeZone) -> Result<Instant, InvalidValue>,
    ) -> Result<Self, (Option<usize>, InvalidValue)> {
        let starts_at = instant_of(starts, zone).map_err(|r| (None, r))?;
        let mut next_start = starts_at;
        let mut ends_at =
            wall_clock::end_after(starts_at, duration_minutes.unwrap_or(0), zone).map_err(|r| (None, r))?;
        let mut slots = Vec::new();
        for (index, (own_start, minutes)) in sessions.into_iter().enumerate() {
            let session_start = match own_start {
                Some(local) => instant_of(local, zone).map_err(|r| (Some(index), r))?,
                None => next_start,
            };
            if session_start < starts_at {
                return Err((Some(index), InvalidValue::Range(OutOfRange::SessionBeforeEvent)));
            }
            // If a session without its own start ends too late, the event's start is to blame.
            next_start =
                wall_clock::end_after(session_start, minutes, zone).map_err(|r| (own_start.map(|_| index), r))?;
            ends_at = ends_at.max(next_start);
            let local_start = wall_clock::local_of(session_start, zone);
            slots.push(Slot { starts_at: session_start, ends_at: next_start, local_start });
        }
        Ok(Self { starts_at, ends_at, slots })
    }
}
