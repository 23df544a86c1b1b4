//! Finds the year of an event's start that is written without one.

use chrono::{Datelike as _, NaiveDateTime};

use crate::event::definition::model::Definition;
use crate::event::definition::parse::sessions::SessionDraft;
use crate::event::programme::Schedule;
use crate::validation::InvalidValue;
use crate::values::time::Instant;
use crate::values::time_zone::TimeZone;
use crate::values::wall_clock;
use crate::values::wall_clock::WallClock;

/// The parts of a definition that, with its start, decide when the event ends.
#[derive(Clone, Copy)]
pub(crate) struct EventTiming<'a> {
    pub(crate) zone: TimeZone,
    pub(crate) duration_minutes: Option<u32>,
    pub(crate) sessions: &'a [SessionDraft],
}

impl EventTiming<'_> {
    /// The event's times if it starts at `starts`. Sessions' starts without a year get the year that fits.
    pub(crate) fn schedule(&self, starts: NaiveDateTime) -> Result<Schedule, (Option<usize>, InvalidValue)> {
        let sessions = self.sessions.iter().map(|session| (session.starts_near(starts), session.minutes()));
        Schedule::plan(starts, self.zone, self.duration_minutes, sessions)
    }

    fn is_over(&self, starts: NaiveDateTime, now: Instant) -> bool {
        match self.schedule(starts) {
            Ok(schedule) => schedule.ends_at <= now,
            // Invalid times are reported as errors of this year, and are no reason to choose another.
            Err(_) => starts.and_utc() <= now,
        }
    }

    /// The start with its year.
    ///
    /// - If a session's start has a year, the event's year follows from it.
    /// - An event that is stored and has not ended keeps its year, whatever else is corrected. Otherwise, a correction
    ///   on the event's second day could move the event to the next year. If the new date is over in that year, the
    ///   nearest such date is used: a change from 30 December to 5 January moves the event by a week.
    /// - A new event, or one whose stored edition has ended, gets the next such date on which it is not over.
    pub(crate) fn resolve_start(
        &self,
        starts: WallClock,
        now: Instant,
        published: Option<&Definition>,
    ) -> Option<NaiveDateTime> {
        if let Some(first) = self.sessions.iter().filter_map(SessionDraft::full_start).min() {
            return starts.nearest(first);
        }
        if let Some(published) = published.filter(|p| p.schedule().is_ok_and(|schedule| now < schedule.ends_at)) {
            let same_year = starts.in_year(published.starts.year()).filter(|local| !self.is_over(*local, now));
            return same_year.or_else(|| starts.nearest(published.starts));
        }
        let last_year = wall_clock::local_of(now, self.zone).year() - 1;
        starts.first_from(last_year, |local| !self.is_over(local, now))
    }
}
