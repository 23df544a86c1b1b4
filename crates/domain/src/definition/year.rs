//! The year of an event's start that is written without one.

use chrono::{Datelike as _, NaiveDateTime};

use super::Definition;
use super::sessions::SessionDraft;
use crate::programme::Schedule;
use crate::time::{self, Instant, WallClock};
use crate::time_zone::TimeZone;

/// What decides when an event ends, once its start is known.
#[derive(Clone, Copy)]
pub(super) struct Extent<'a> {
    pub(super) zone: TimeZone,
    pub(super) duration_minutes: Option<u32>,
    pub(super) sessions: &'a [SessionDraft],
}

impl Extent<'_> {
    /// The event's times if it starts then, each session's start being completed with the year that fits.
    pub(super) fn schedule(&self, starts: NaiveDateTime) -> Result<Schedule, (Option<usize>, crate::refusal::InvalidValue)> {
        let sessions = self.sessions.iter().map(|session| (session.starts_near(starts), session.minutes()));
        Schedule::plan(starts, self.zone, self.duration_minutes, sessions)
    }

    fn is_over(&self, starts: NaiveDateTime, now: Instant) -> bool {
        match self.schedule(starts) {
            Ok(schedule) => schedule.ends_at <= now,
            // Times that cannot be are told as the errors of this date, and are no reason to take another.
            Err(_) => starts.and_utc() <= now,
        }
    }

    /// The start with its year.
    ///
    /// A session with a year of its own says the event's. Else, an event that is stored keeps its year until it has ended,
    /// whatever else of it is corrected: were the year chosen anew, correcting an event on its second day could move it to
    /// the next year. If its date is changed to one that is over in that year, the nearest such date is taken: from 30
    /// December to 5 January is a week. An event that is new, or whose stored edition has ended, takes the next such date
    /// on which it is not over.
    pub(super) fn resolve(
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
        let year = wall_clock::local_of(now, self.zone).year() - 1;
        starts.first_from(year, |local| !self.is_over(local, now))
    }
}
