//! What a calendar says of its time zone: a VTIMEZONE with every change of its clocks around the entries' times.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use plenaria_domain::time::{Instant, LAST_YEAR};
use plenaria_domain::time_zone::{Observance, TimeZone};

/// How far beyond the entries' times the changes of the clocks are told: over a year, so that there is one on each side
/// wherever there are any.
const AROUND: TimeDelta = TimeDelta::days(400);

/// Whether a zone's clocks always show UTC, which needs no definition.
pub(crate) fn is_utc(zone: TimeZone) -> bool {
    matches!(zone.name(), "UTC" | "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Etc/Universal" | "UCT" | "Zulu" | "Universal")
}

/// The definition, good for times from `from` to `until`; `None`: there is nothing to define.
pub(crate) fn definition(zone: TimeZone, from: Instant, until: Instant) -> Option<String> {
    if is_utc(zone) {
        return None;
    }
    // A calendar's years have four digits, and an event may end in the last of them.
    let (begin, end) = (from - AROUND, (until + AROUND).min(last_day()));
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let mut now = zone.observance(begin);
    // As if it had always been so: what was before is no concern of these entries.
    write(&mut text, "19700101T000000", now.offset, &now);
    for (at, then) in zone.changes(begin, end) {
        if then != now {
            let local = at + TimeDelta::seconds(now.offset.into());
            write(&mut text, &local.format("%Y%m%dT%H%M%S").to_string(), now.offset, &then);
            now = then;
        }
    }
    text.push_str("END:VTIMEZONE\r\n");
    Some(text)
}

/// The beginning of the last day whose changes can be written in every zone.
fn last_day() -> Instant {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 30).map_or(Instant::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

fn write(text: &mut String, local_start: &str, from: i32, to: &Observance) {
    let kind = if to.is_dst { "DAYLIGHT" } else { "STANDARD" };
    let _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{local_start}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{}\r\nEND:{kind}\r\n",
        shown(from),
        shown(to.offset),
        to.abbreviation
    );
}

/// `+0200`, with seconds only where there are any.
fn shown(offset: i32) -> String {
    let (sign, seconds) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let mut text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        let _ = write!(text, "{:02}", seconds % 60);
    }
    text
}
