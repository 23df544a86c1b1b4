//! Instants, wall-clock times and the clock that everything takes the time from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;

use crate::refusal::{Form, OutOfRange, Refusal};

/// An instant in UTC, cut to the microsecond (what PostgreSQL keeps).
pub type Instant = DateTime<Utc>;

/// Where the time comes from: the system, or a test's own hand.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set; microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows `instant` until [`Clock::set`] is called.
    pub fn manual(instant: Instant) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(instant.timestamp_micros())))
    }

    /// The present instant, cut to the microsecond.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Instant {
        let micros = match self {
            Self::System => Utc::now().timestamp_micros(),
            Self::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Sets a manual clock; the system's clock is not ours to set, and stays as it is.
    pub fn set(&self, instant: Instant) {
        if let Self::Manual(micros) = self {
            micros.store(instant.timestamp_micros(), Ordering::SeqCst);
        }
    }
}

/// RFC 3339 in UTC with `Z`, as many fractional digits as are needed and at most six.
pub fn rfc3339(instant: Instant) -> String {
    let micros = instant.timestamp_subsec_micros();
    let format = match micros {
        0 => SecondsFormat::Secs,
        m if m % 1000 == 0 => SecondsFormat::Millis,
        _ => SecondsFormat::Micros,
    };
    instant.to_rfc3339_opts(format, true)
}

/// An IANA time zone by its name.
pub fn parse_time_zone(name: &str) -> Result<Tz, Refusal> {
    name.parse().map_err(|_| Refusal::TimeZone)
}

/// The last year in which anything takes place: RFC 3339 writes years with four digits.
pub const LAST_YEAR: i32 = 9999;

/// Refuses a time that is beyond [`LAST_YEAR`] in UTC or on the clock of the zone.
fn within_years(instant: Instant, zone: Tz) -> Result<Instant, Refusal> {
    // UTC is checked first: far beyond it a local time could not be represented.
    if instant.year() <= LAST_YEAR && instant.with_timezone(&zone).year() <= LAST_YEAR {
        Ok(instant)
    } else {
        Err(Refusal::Range(OutOfRange::TooLate { last: LAST_YEAR }))
    }
}

/// The instant of a wall-clock time in a zone. A time that the zone repeats means the first; one that it skips is
/// refused, and so is one beyond [`LAST_YEAR`].
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> Result<Instant, Refusal> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => within_years(t.with_timezone(&Utc), zone),
        LocalResult::None => Err(Refusal::SkippedTime { zone: zone.name().to_owned() }),
    }
}

/// The end of what begins at `start` and takes so many minutes; one beyond [`LAST_YEAR`] is refused.
pub fn end_after(start: Instant, length: u32, zone: Tz) -> Result<Instant, Refusal> {
    let end = start.checked_add_signed(minutes(length));
    within_years(end.ok_or(Refusal::Range(OutOfRange::TooLate { last: LAST_YEAR }))?, zone)
}

/// A wall-clock time as a definition writes it: with its year, or without one in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallClock {
    /// `2027-07-22T15:00`.
    Full(NaiveDateTime),
    /// `07-22T15:00`: the year is found when the definition is read.
    Yearless {
        /// 1 to 12.
        month: u32,
        /// 1 to 31, a day that the month has in some year.
        day: u32,
        /// The time of the day.
        time: NaiveTime,
    },
}

impl WallClock {
    /// Parses `YYYY-MM-DDTHH:MM[:SS]` or `MM-DDTHH:MM[:SS]`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        const EXPECTED: Refusal = Refusal::Format { expected: Form::WallClock };
        const FIRST_YEAR: i32 = 1970;
        let (date, time) = text.split_once('T').ok_or(EXPECTED)?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !time.split(':').all(|part| digits(part, 2)) {
            return Err(EXPECTED);
        }
        let time = NaiveTime::parse_from_str(time, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"))
            .map_err(|_| EXPECTED)?;
        let parts: Vec<&str> = date.split('-').collect();
        let number = |s: &str| s.parse::<u32>().map_err(|_| EXPECTED);
        match parts[..] {
            [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
                let year = i32::try_from(number(year)?).map_err(|_| EXPECTED)?;
                if year < FIRST_YEAR {
                    return Err(Refusal::Range(OutOfRange::Year { first: FIRST_YEAR }));
                }
                let date = NaiveDate::from_ymd_opt(year, number(month)?, number(day)?).ok_or(EXPECTED)?;
                Ok(Self::Full(date.and_time(time)))
            }
            [month, day] if digits(month, 2) && digits(day, 2) => {
                let (month, day) = (number(month)?, number(day)?);
                // 2000 was a leap year: every day that exists in some year exists in it.
                NaiveDate::from_ymd_opt(2000, month, day).ok_or(EXPECTED)?;
                Ok(Self::Yearless { month, day, time })
            }
            _ => Err(EXPECTED),
        }
    }

    /// This time in a year; `None` if the year does not have the day. A time with a year of its own keeps it.
    pub fn in_year(self, year: i32) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { month, day, time } => {
                NaiveDate::from_ymd_opt(year, month, day).map(|date| date.and_time(time))
            }
        }
    }

    /// The first such time for which `accept` holds, from `year` on. A leap day looks up to eight years ahead.
    pub fn first_from(self, year: i32, accept: impl Fn(NaiveDateTime) -> bool) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { .. } => (year..=year + 9).filter_map(|y| self.in_year(y)).find(|local| accept(*local)),
        }
    }

    /// The such time that is nearest to `to`, before or after it. A leap day looks eight years each way.
    pub fn nearest(self, to: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { .. } => {
                (to.year() - 8..=to.year() + 8).filter_map(|y| self.in_year(y)).min_by_key(|local| (*local - to).abs())
            }
        }
    }

    /// The last such time that is not after `limit`.
    pub fn last_until(self, limit: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { .. } => {
                (limit.year() - 9..=limit.year()).rev().filter_map(|y| self.in_year(y)).find(|local| *local <= limit)
            }
        }
    }
}

/// A number of minutes as a span.
pub fn minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        match WallClock::parse(text) {
            Ok(WallClock::Full(local)) => local,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_skipped_time_is_refused_and_a_repeated_one_means_the_first() {
        let madrid = parse_time_zone("Europe/Madrid").unwrap();
        assert!(matches!(instant_of(local("2027-03-28T02:30"), madrid), Err(Refusal::SkippedTime { .. })));
        let repeated = instant_of(local("2027-10-31T02:30"), madrid).unwrap();
        assert_eq!(rfc3339(repeated), "2027-10-31T00:30:00Z");
    }

    #[test]
    fn wall_clocks_are_read_strictly() {
        for bad in ["2027-7-22T15:00", "2027-07-22", "2027-02-30T10:00", "2027-07-22T15:00Z", "02-30T10:00", "", "T"] {
            assert!(WallClock::parse(bad).is_err(), "{bad}");
        }
        assert!(matches!(WallClock::parse("02-29T10:00"), Ok(WallClock::Yearless { .. })));
    }

    #[test]
    fn a_time_without_a_year_finds_the_next_one() {
        let spec = WallClock::parse("02-29T10:00").unwrap();
        assert_eq!(spec.first_from(2026, |_| true), Some(local("2028-02-29T10:00")));
        assert_eq!(spec.last_until(local("2027-01-01T00:00")), Some(local("2024-02-29T10:00")));
        assert_eq!(spec.nearest(local("2027-01-01T00:00")), Some(local("2028-02-29T10:00")));
        assert_eq!(spec.in_year(2027), None);
        let new_year = WallClock::parse("01-01T00:30").unwrap();
        assert_eq!(new_year.nearest(local("2027-12-31T22:00")), Some(local("2028-01-01T00:30")));
        assert_eq!(new_year.nearest(local("2027-01-02T22:00")), Some(local("2027-01-01T00:30")));
    }

    #[test]
    fn nothing_takes_place_after_the_year_9999() {
        let last = local("9999-12-31T23:59:59");
        let zone = |name: &str| parse_time_zone(name).unwrap();
        let beyond = |result: Result<Instant, Refusal>| {
            matches!(result, Err(Refusal::Range(OutOfRange::TooLate { last: LAST_YEAR })))
        };
        let utc = instant_of(last, zone("Etc/UTC")).unwrap();
        assert_eq!(rfc3339(utc), "9999-12-31T23:59:59Z");
        // In New York it is five hours earlier, so there the last hours are in the year 10000 by UTC; in Tokyo UTC's are.
        assert!(beyond(instant_of(last, zone("America/New_York"))));
        let tokyo = instant_of(last, zone("Asia/Tokyo")).unwrap();
        assert!(beyond(end_after(tokyo, 1, zone("Asia/Tokyo"))) && end_after(tokyo, 1, zone("Etc/UTC")).is_ok());
        assert!(beyond(end_after(Instant::MAX_UTC, u32::MAX, zone("Asia/Tokyo"))));
    }

    #[test]
    fn instants_are_written_without_needless_digits() {
        let at = |micros| rfc3339(DateTime::from_timestamp_micros(micros).unwrap());
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(1_500_000), "1970-01-01T00:00:01.500Z");
        assert_eq!(at(1), "1970-01-01T00:00:00.000001Z");
    }
}
