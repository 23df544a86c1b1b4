//! Statistics of an event: its registrations by status, by day, and by what people said about themselves.
//!
//! Erased registrations count too: their anonymous rows keep what is counted here. Pending requests count only in
//! [`Totals::pending`], because their addresses have not been confirmed.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};

use crate::registration::RegistrationStatus;
use crate::string_enum::string_enum;
use crate::values::time::Instant;
use crate::values::time_zone::TimeZone;

string_enum!(
    /// A chart of an event's statistics.
    Chart {
        /// Registrations over time.
        Registrations = "registrations",
        /// Confirmed registrations by country.
        Countries = "countries",
        /// Confirmed registrations by audience.
        Audiences = "audiences",
    }
);

/// The statistics of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The number of seats; `None` means no limit.
    pub capacity: Option<u32>,
    /// All registrations.
    pub registrations: RegistrationCounts,
    /// Registrations by the day on which they were made.
    pub by_day: Vec<Day>,
    /// Mails about registrations.
    pub mail: MailCounts,
    /// When the numbers were read.
    pub as_of: Instant,
}

/// Numbers of registrations, all of them and by their properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationCounts {
    /// By status.
    pub totals: Totals,
    /// By audience; `None` stands for people who chose none.
    pub by_audience: Vec<Group<Option<String>>>,
    /// By country (ISO 3166-1 alpha-2); `None` stands for people who gave none.
    pub by_country: Vec<Group<Option<String>>>,
    /// By the language of messages.
    pub by_language: Vec<Group<String>>,
    /// By source: `public`, or the organisation whose client made the registration.
    pub by_source: Vec<Group<String>>,
}

/// All registrations by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests whose address has not been confirmed.
    pub pending: u64,
    /// All others.
    pub counts: Counts,
}

/// Numbers of registrations by status, without pending ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People with a seat.
    pub confirmed: u64,
    /// People on the waiting list.
    pub waitlisted: u64,
    /// Cancelled registrations.
    pub cancelled: u64,
    /// People with a seat who attended.
    pub attended: u64,
}

/// Registrations that have a property in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<K> {
    /// The value of the property.
    pub key: K,
    /// Their numbers.
    pub counts: Counts,
}

/// The registrations of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The date in the event's time zone.
    pub date: NaiveDate,
    /// The number of registrations made on this day, whatever became of them later.
    pub registered: u64,
    /// The number of registrations made until the end of this day.
    pub total: u64,
}

/// Mails about an event's registrations, by delivery status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Accepted by a mail server.
    pub sent: u64,
    /// Waiting for their first or next attempt.
    pub waiting: u64,
    /// Failed for good.
    pub refused: u64,
}

/// A number of registrations that are alike in everything that is counted.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'a> {
    /// Their status.
    pub status: RegistrationStatus,
    /// Their source.
    pub source: &'a str,
    /// Their language of messages.
    pub language: &'a str,
    /// Their audience.
    pub audience: Option<&'a str>,
    /// Their country.
    pub country: Option<&'a str>,
    /// How many there are.
    pub number: u64,
    /// How many of them attended.
    pub attended: u64,
}

/// Adds up registrations that are counted in parts.
#[derive(Debug, Default)]
pub struct Tally {
    totals: Totals,
    by_audience: BTreeMap<String, Counts>,
    by_country: BTreeMap<String, Counts>,
    by_language: BTreeMap<String, Counts>,
    by_source: BTreeMap<String, Counts>,
}

impl Tally {
    /// Adds registrations.
    pub fn add(&mut self, alike: &Alike<'_>) {
        if alike.status == RegistrationStatus::Pending {
            self.totals.pending += alike.number;
            return;
        }
        self.totals.counts.add(alike);
        // An audience or a country is never the empty text, which stands for none here.
        for (groups, key) in [
            (&mut self.by_audience, alike.audience.unwrap_or_default()),
            (&mut self.by_country, alike.country.unwrap_or_default()),
            (&mut self.by_language, alike.language),
            (&mut self.by_source, alike.source),
        ] {
            match groups.get_mut(key) {
                Some(counts) => counts.add(alike),
                None => groups.entry(key.to_owned()).or_default().add(alike),
            }
        }
    }

    /// The sums. Groups are ordered by the number of confirmed registrations, the largest first; people who gave no
    /// value are last.
    pub fn finish(self) -> RegistrationCounts {
        RegistrationCounts {
            totals: self.totals,
            by_audience: optional_groups(self.by_audience),
            by_country: optional_groups(self.by_country),
            by_language: groups(self.by_language),
            by_source: groups(self.by_source),
        }
    }
}

impl Counts {
    fn add(&mut self, alike: &Alike<'_>) {
        match alike.status {
            RegistrationStatus::Pending => {}
            RegistrationStatus::Confirmed => {
                self.confirmed += alike.number;
                self.attended += alike.attended;
            }
            RegistrationStatus::Waitlisted => self.waitlisted += alike.number,
            RegistrationStatus::Cancelled => self.cancelled += alike.number,
        }
    }
}

fn groups(counts: BTreeMap<String, Counts>) -> Vec<Group<String>> {
    let mut groups: Vec<_> = counts.into_iter().map(|(key, counts)| Group { key, counts }).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.counts.confirmed));
    groups
}

fn optional_groups(counts: BTreeMap<String, Counts>) -> Vec<Group<Option<String>>> {
    let (none, some): (Vec<_>, Vec<_>) = groups(counts).into_iter().partition(|group| group.key.is_empty());
    let optional =
        |Group { key, counts }: Group<String>| Group { key: Some(key).filter(|key| !key.is_empty()), counts };
    some.into_iter().chain(none).map(optional).collect()
}

/// The dates from that of `first` to that of `last` in a zone, each with the instant at which it starts, and at the end the
/// date after them. A date that the zone skipped starts when the next one does.
pub fn dates(zone: TimeZone, first: Instant, last: Instant) -> Vec<(NaiveDate, Instant)> {
    let end = zone.at(last).date_naive().succ_opt().unwrap_or(NaiveDate::MAX);
    let dates = zone.at(first).date_naive().iter_days().take_while(|date| *date <= end);
    let starts = dates.map_while(|date| Some((date, zone.compatible_instant_of(date.and_time(NaiveTime::MIN)).ok()?)));
    starts.collect()
}

/// The days that start with these dates ([`dates`]), with the number of registrations made on each.
pub fn days(dates: &[(NaiveDate, Instant)], registered: impl IntoIterator<Item = u64>) -> Vec<Day> {
    let mut total = 0;
    let day = |((date, _), registered): (&(NaiveDate, Instant), u64)| {
        total += registered;
        Day { date: *date, registered, total }
    };
    dates.iter().zip(registered).map(day).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alike(status: RegistrationStatus, country: Option<&str>, number: u64) -> Alike<'_> {
        Alike { status, source: "public", language: "en", audience: None, country, number, attended: number / 2 }
    }

    #[test]
    fn groups_add_up_and_the_largest_is_first() {
        use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
        let mut tally = Tally::default();
        for part in [
            alike(Confirmed, None, 9),
            alike(Confirmed, Some("FR"), 2),
            alike(Confirmed, Some("ES"), 4),
            alike(Cancelled, Some("FR"), 8),
            alike(Waitlisted, Some("FR"), 1),
            alike(Confirmed, Some("FR"), 4),
            alike(Pending, Some("IT"), 3),
        ] {
            tally.add(&part);
        }
        let counts = tally.finish();
        let totals = Counts { confirmed: 19, waitlisted: 1, cancelled: 8, attended: 9 };
        assert_eq!(counts.totals, Totals { pending: 3, counts: totals });
        let countries: Vec<_> = counts.by_country.iter().map(|group| group.key.as_deref()).collect();
        assert_eq!(countries, [Some("FR"), Some("ES"), None]);
        assert_eq!(counts.by_country[0].counts, Counts { confirmed: 6, waitlisted: 1, cancelled: 8, attended: 3 });
        assert_eq!(counts.by_audience, [Group { key: None, counts: totals }]);
        assert_eq!(counts.by_language, [Group { key: "en".to_owned(), counts: totals }]);
    }

    #[test]
    fn a_day_starts_at_midnight_of_the_zone() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let starts = |zone: &str, first: &str, last: &str| {
            let dates = dates(TimeZone::parse(zone).unwrap(), at(first), at(last));
            dates.iter().map(|(date, start)| format!("{date} {}", start.format("%dT%H:%M"))).collect::<Vec<_>>()
        };
        // Summer time ends on the 25th.
        assert_eq!(
            starts("Europe/Madrid", "2026-10-23T22:00:00Z", "2026-10-25T22:59:59Z"),
            ["2026-10-24 23T22:00", "2026-10-25 24T22:00", "2026-10-26 25T23:00"]
        );
        // Summer time began at midnight.
        assert_eq!(starts("Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z")[0], "2026-04-24 23T22:00");
        // Samoa skipped the 30th.
        assert_eq!(
            starts("Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z"),
            ["2011-12-29 29T10:00", "2011-12-30 30T10:00", "2011-12-31 30T10:00", "2012-01-01 31T10:00"]
        );
    }

    proptest! {
        #[test]
        fn every_instant_is_on_one_day(zone in 0_usize..400, first in 0_i64..4_000_000_000, seconds in 0_i64..9_000_000) {
            let zone = TimeZone::all().nth(zone).unwrap_or_else(|| TimeZone::parse("Etc/UTC").unwrap());
            let instant = |seconds| Instant::from_timestamp(seconds, 0).unwrap();
            let (first, last) = (instant(first), instant(first + seconds));
            let dates = dates(zone, first, last);
            prop_assert!(dates[0].1 <= first && dates[dates.len() - 1].1 > last);
            prop_assert!(dates.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        }

        #[test]
        fn ids_are_in_the_range_of_their_day(start in 0_i64..4_000_000_000, milliseconds in 0_i64..100_000) {
            use crate::values::ids::{RegistrationId, first_id_at};
            let start = Instant::from_timestamp(start, 0).unwrap();
            let after = start + chrono::TimeDelta::milliseconds(milliseconds);
            prop_assert!(RegistrationId::new(after).0 >= first_id_at(start));
            prop_assert!(RegistrationId::new(after).0 < first_id_at(after + chrono::TimeDelta::milliseconds(1)));
        }
    }
}
