//! What a calendar says of its time zone: a VTIMEZONE with every change of its clocks around the entries' times.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};
use plenaria_domain::time::{Instant, LAST_YEAR};

/// How far beyond the entries' times the changes of the clocks are told: over a year, so that there is one on each side
/// wherever there are any.
const AROUND: TimeDelta = TimeDelta::days(400);
/// Two changes of a zone's clocks are further apart than this.
const STEP: TimeDelta = TimeDelta::days(1);

/// What a zone's clocks show during some time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Observance {
    /// Seconds ahead of UTC.
    offset: i32,
    summer: bool,
    name: String,
}

/// Whether a zone's clocks always show UTC, which needs no definition.
pub(crate) fn is_utc(zone: Tz) -> bool {
    matches!(zone.name(), "UTC" | "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Etc/Universal" | "UCT" | "Zulu" | "Universal")
}

/// The definition, good for times from `from` to `until`; `None`: there is nothing to define.
pub(crate) fn definition(zone: Tz, from: Instant, until: Instant) -> Option<String> {
    if is_utc(zone) {
        return None;
    }
    // A calendar's years have four digits, and an event may end in the last of them.
    let (begin, end) = (from - AROUND, (until + AROUND).min(last_day()));
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let mut now = observance(zone, begin);
    // As if it had always been so: what was before is no concern of these entries.
    write(&mut text, "19700101T000000", now.offset, &now);
    let mut at = begin;
    while at < end {
        let next = at + STEP;
        let then = observance(zone, next);
        if then != now {
            let change = first_with(zone, &now, at, next);
            let local = change + TimeDelta::seconds(now.offset.into());
            write(&mut text, &local.format("%Y%m%dT%H%M%S").to_string(), now.offset, &then);
            now = then;
        }
        at = next;
    }
    text.push_str("END:VTIMEZONE\r\n");
    Some(text)
}

/// The beginning of the last day whose changes can be written in every zone.
fn last_day() -> Instant {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 30).map_or(Instant::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

fn observance(zone: Tz, at: Instant) -> Observance {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let seconds = offset.fix().local_minus_utc();
    let name = offset.abbreviation().map_or_else(|| shown(seconds), str::to_owned);
    Observance { offset: seconds, summer: offset.dst_offset() > TimeDelta::zero(), name }
}

/// The first second after `before`, and at most at `after`, at which the clocks no longer show `old`.
fn first_with(zone: Tz, old: &Observance, before: Instant, after: Instant) -> Instant {
    let (mut before, mut after) = (before, after);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if observance(zone, middle) == *old {
            before = middle;
        } else {
            after = middle;
        }
    }
    after
}

fn write(text: &mut String, local_start: &str, from: i32, to: &Observance) {
    let kind = if to.summer { "DAYLIGHT" } else { "STANDARD" };
    let _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{local_start}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{}\r\nEND:{kind}\r\n",
        shown(from),
        shown(to.offset),
        to.name
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
