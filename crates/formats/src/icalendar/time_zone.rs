//! Writes the definition of a time zone (VTIMEZONE), with all transitions around the times of the entries.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use plenaria_domain::values::time::{Instant, LAST_YEAR};
use plenaria_domain::values::time_zone::{Observance, TimeZone};

/// The time before and after the entries for which transitions are included: more than a year, so that there is a
/// transition on each side in zones that change their clocks every year.
const MARGIN: TimeDelta = TimeDelta::days(400);

/// Whether a zone is UTC under any of its names, which needs no definition.
pub(crate) fn is_utc(zone: TimeZone) -> bool {
    matches!(zone.name(), "UTC" | "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Etc/Universal" | "UCT" | "Zulu" | "Universal")
}

/// The definition of a zone, valid for times from `from` to `until`; `None` for UTC.
pub(crate) fn definition(zone: TimeZone, from: Instant, until: Instant) -> Option<String> {
    if is_utc(zone) {
        return None;
    }
    // Years in iCalendar have four digits, and an event may end in the year 9999.
    let (begin, end) = (from - MARGIN, (until + MARGIN).min(last_day()));
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let mut current = zone.observance(begin);
    // Earlier transitions do not matter for the entries, so the first observance is written as if it began in 1970.
    write_observance(&mut text, "19700101T000000", current.offset, &current);
    for (at, next) in zone.transitions(begin, end) {
        if next != current {
            let local = at + TimeDelta::seconds(current.offset.into());
            write_observance(&mut text, &local.format("%Y%m%dT%H%M%S").to_string(), current.offset, &next);
            current = next;
        }
    }
    text.push_str("END:VTIMEZONE\r\n");
    Some(text)
}

/// The beginning of the last day whose transitions can be written in every zone.
fn last_day() -> Instant {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 30).map_or(Instant::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

fn write_observance(text: &mut String, local_start: &str, from: i32, to: &Observance) {
    let kind = if to.is_dst { "DAYLIGHT" } else { "STANDARD" };
    let _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{local_start}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{}\r\nEND:{kind}\r\n",
        format_offset(from),
        format_offset(to.offset),
        to.abbreviation
    );
}

/// An offset like `+0200`, with seconds only if they are not zero.
fn format_offset(offset: i32) -> String {
    let (sign, seconds) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let mut text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        let _ = write!(text, "{:02}", seconds % 60);
    }
    text
}
