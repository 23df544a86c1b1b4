//! Local times of a zone: converts them to instants and back, and parses the form in which definitions write them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};

use crate::validation::{Form, InvalidValue, OutOfRange};
use crate::values::time::{Instant, LAST_YEAR, minutes};
use crate::values::time_zone::TimeZone;

/// Refuses an instant after [`LAST_YEAR`], in UTC or in the zone.
fn within_years(instant: Instant, zone: TimeZone) -> Result<Instant, InvalidValue> {
    // UTC is checked first, because the local time of an instant far after the last year cannot be represented.
    if instant.year() <= LAST_YEAR && local_of(instant, zone).year() <= LAST_YEAR {
        Ok(instant)
    } else {
        Err(InvalidValue::Range(OutOfRange::TooLate { last: LAST_YEAR }))
    }
}

/// The instant of a local time in a zone. A time that the zone repeats means its first occurrence.
///
/// # Errors
/// A time that the zone skips, and a time after [`LAST_YEAR`].
pub fn instant_of(local: NaiveDateTime, zone: TimeZone) -> Result<Instant, InvalidValue> {
    within_years(zone.instant_of(local)?, zone)
}

/// The local time of an instant in a zone.
pub fn local_of(instant: Instant, zone: TimeZone) -> NaiveDateTime {
    zone.at(instant).naive_local()
}

/// The instant `length` minutes after `start`.
///
/// # Errors
/// A time after [`LAST_YEAR`].
pub fn end_after(start: Instant, length: u32, zone: TimeZone) -> Result<Instant, InvalidValue> {
    let end = start.checked_add_signed(minutes(length));
    within_years(end.ok_or(InvalidValue::Range(OutOfRange::TooLate { last: LAST_YEAR }))?, zone)
}

/// A local date and time as a definition file writes it, with or without its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallClock {
    /// `2027-07-22T15:00`.
    Full(NaiveDateTime),
    /// `07-22T15:00`: parsing the definition finds the year.
    Yearless {
        /// 1 to 12.
        month: u32,
        /// 1 to 31; the day exists in the month in at least one year.
        day: u32,
        /// The time of day.
        time: NaiveTime,
    },
}

impl WallClock {
    /// Parses `YYYY-MM-DDTHH:MM[:SS]` or `MM-DDTHH:MM[:SS]`.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        const INVALID: InvalidValue = InvalidValue::Format { expected: Form::WallClock };
        const FIRST_YEAR: i32 = 1970;
        let (date, time) = text.split_once('T').ok_or(INVALID)?;
        let has_digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !time.split(':').all(|part| has_digits(part, 2)) {
            return Err(INVALID);
        }
        let time = NaiveTime::parse_from_str(time, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"))
            .map_err(|_| INVALID)?;
        // A leap second, which chrono reads as a fraction of the second before.
        if time.nanosecond() > 0 {
            return Err(INVALID);
        }
        let parts: Vec<&str> = date.split('-').collect();
        let number = |s: &str| s.parse::<u32>().map_err(|_| INVALID);
        match parts[..] {
            [year, month, day] if has_digits(year, 4) && has_digits(month, 2) && has_digits(day, 2) => {
                let year = i32::try_from(number(year)?).map_err(|_| INVALID)?;
                if year < FIRST_YEAR {
                    return Err(InvalidValue::Range(OutOfRange::Year { first: FIRST_YEAR }));
                }
                let date = NaiveDate::from_ymd_opt(year, number(month)?, number(day)?).ok_or(INVALID)?;
                Ok(Self::Full(date.and_time(time)))
            }
            [month, day] if has_digits(month, 2) && has_digits(day, 2) => {
                let (month, day) = (number(month)?, number(day)?);
                // 2000 was a leap year, so it has every day that any year has.
                NaiveDate::from_ymd_opt(2000, month, day).ok_or(INVALID)?;
                Ok(Self::Yearless { month, day, time })
            }
            _ => Err(INVALID),
        }
    }

    /// This time in `year`; `None` if that year does not have the day. A time with its own year keeps it.
    pub fn in_year(self, year: i32) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { month, day, time } => {
                NaiveDate::from_ymd_opt(year, month, day).map(|date| date.and_time(time))
            }
        }
    }

    /// The first occurrence from `year` on for which `accept` holds. Searches ten years, because leap days can be eight
    /// years apart. A time with its own year is returned as it is.
    pub fn first_from(self, year: i32, accept: impl Fn(NaiveDateTime) -> bool) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { .. } => (year..=year + 9).filter_map(|y| self.in_year(y)).find(|local| accept(*local)),
        }
    }

    /// The occurrence nearest to `to`, before or after it; searches eight years in each direction.
    pub fn nearest(self, to: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { .. } => {
                (to.year() - 8..=to.year() + 8).filter_map(|y| self.in_year(y)).min_by_key(|local| (*local - to).abs())
            }
        }
    }

    /// The last occurrence that is not after `limit`; searches ten years.
    pub fn last_until(self, limit: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Full(local) => Some(local),
            Self::Yearless { .. } => {
                (limit.year() - 9..=limit.year()).rev().filter_map(|y| self.in_year(y)).find(|local| *local <= limit)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::time::rfc3339;

    fn local(text: &str) -> NaiveDateTime {
        match WallClock::parse(text) {
            Ok(WallClock::Full(local)) => local,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_skipped_time_is_refused_and_a_repeated_one_means_the_first() {
        let madrid = TimeZone::parse("Europe/Madrid").unwrap();
        assert!(matches!(instant_of(local("2027-03-28T02:30"), madrid), Err(InvalidValue::SkippedTime { .. })));
        let repeated = instant_of(local("2027-10-31T02:30"), madrid).unwrap();
        assert_eq!(rfc3339(repeated), "2027-10-31T00:30:00Z");
    }

    #[test]
    fn local_times_are_parsed_strictly() {
        for bad in [
            "2027-7-22T15:00",
            "2027-07-22",
            "2027-02-30T10:00",
            "2027-07-22T15:00Z",
            "02-30T10:00",
            "",
            "T",
            "2027-06-30T23:59:60",
        ] {
            assert!(WallClock::parse(bad).is_err(), "{bad}");
        }
        assert!(matches!(WallClock::parse("02-29T10:00"), Ok(WallClock::Yearless { .. })));
    }

    #[test]
    fn a_time_without_a_year_finds_the_next_one() {
        let leap_day = WallClock::parse("02-29T10:00").unwrap();
        assert_eq!(leap_day.first_from(2026, |_| true), Some(local("2028-02-29T10:00")));
        assert_eq!(leap_day.last_until(local("2027-01-01T00:00")), Some(local("2024-02-29T10:00")));
        assert_eq!(leap_day.nearest(local("2027-01-01T00:00")), Some(local("2028-02-29T10:00")));
        assert_eq!(leap_day.in_year(2027), None);
        let new_year = WallClock::parse("01-01T00:30").unwrap();
        assert_eq!(new_year.nearest(local("2027-12-31T22:00")), Some(local("2028-01-01T00:30")));
        assert_eq!(new_year.nearest(local("2027-01-02T22:00")), Some(local("2027-01-01T00:30")));
    }

    #[test]
    fn times_after_the_year_9999_are_refused() {
        let last = local("9999-12-31T23:59:59");
        let zone = |name: &str| TimeZone::parse(name).unwrap();
        let beyond = |result: Result<Instant, InvalidValue>| {
            matches!(result, Err(InvalidValue::Range(OutOfRange::TooLate { last: LAST_YEAR })))
        };
        let utc = instant_of(last, zone("Etc/UTC")).unwrap();
        assert_eq!(rfc3339(utc), "9999-12-31T23:59:59Z");
        // The last hours of 9999 in New York are in the year 10000 in UTC; the last hours of 9999 in UTC are in 10000
        // in Tokyo.
        assert!(beyond(instant_of(last, zone("America/New_York"))));
        let tokyo = instant_of(last, zone("Asia/Tokyo")).unwrap();
        assert!(beyond(end_after(tokyo, 1, zone("Asia/Tokyo"))) && end_after(tokyo, 1, zone("Etc/UTC")).is_ok());
        assert!(beyond(end_after(Instant::MAX_UTC, u32::MAX, zone("Asia/Tokyo"))));
    }
}
