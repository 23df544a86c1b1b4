//! Reads the times and durations of reports, in the spellings that platforms use.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;
use plenaria_domain::values::wall_clock;

/// The event that a report is about.
#[derive(Clone, Copy, Debug)]
pub struct ReportedEvent {
    /// When it starts. Of several readings of a time (`07/06/2027`) the nearest to it is taken.
    pub starts_at: Instant,
    /// Its zone, in which times without an offset are read.
    pub zone: TimeZone,
}

/// Some dates have two readings, as `07/06/2027`; both are tried.
const DATES: [&str; 11] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%A, %B %d, %Y",
];
const TIMES: [&str; 4] = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];

/// The instant of a time: with an offset, or in the event's zone. Of several readings the nearest to the event's start is
/// taken.
pub(super) fn instant(text: &str, event: ReportedEvent) -> Option<Instant> {
    // Some platforms separate with non-breaking spaces.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Some(truncated(time.to_utc()));
    }
    let readings = DATES.into_iter().flat_map(|date| {
        let text = &text;
        TIMES.into_iter().flat_map(move |time| {
            [" ", ", ", "T"].into_iter().filter_map(move |separator| {
                NaiveDateTime::parse_from_str(text, &format!("{date}{separator}{time}")).ok()
            })
        })
    });
    let instants = readings.filter_map(|local| wall_clock::instant_of(local, event.zone).ok()).map(truncated);
    instants.min_by_key(|at| (*at - event.starts_at).abs())
}

/// To the microsecond, the precision of stored times.
fn truncated(at: Instant) -> Instant {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// A duration: `01:02:03`, `1h 2m 3s`, `1 h 2 min`, or a number of minutes.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    if let Ok(minutes) = text.parse::<u32>() {
        return Some(TimeDelta::minutes(minutes.into()));
    }
    if text.contains(':') {
        let parts: Vec<u32> = text.split(':').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
        let [hours, minutes, seconds] = parts[..] else { return None };
        return Some(seconds_of(hours, minutes, seconds));
    }
    let mut total = TimeDelta::zero();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u32 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let unit = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        total += match after[..unit].chars().next()?.to_ascii_lowercase() {
            'h' => seconds_of(number, 0, 0),
            'm' => seconds_of(0, number, 0),
            's' => seconds_of(0, 0, number),
            _ => return None,
        };
        rest = after[unit..].trim_start_matches(['.', ',', ' ']);
    }
    Some(total)
}

fn seconds_of(hours: u32, minutes: u32, seconds: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds))
}
