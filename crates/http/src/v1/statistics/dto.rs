//! The representation of an event's statistics.

use chrono::{DateTime, Utc};
use plenaria_domain::event::Event;
use plenaria_domain::registration::statistics::{Counts, Day, Group, Statistics};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas;
use crate::v1::event_reference::EventReference;

/// An event's statistics.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statistics)]
pub(crate) struct StatisticsDto {
    /// The event.
    event: EventReference,
    /// The number of seats. Null: no limit.
    #[schema(minimum = 0, example = 500)]
    capacity: Option<u32>,
    /// The numbers of registrations by status.
    totals: StatusTotals,
    /// The number of people with a seat who attended.
    #[schema(minimum = 0, example = 80)]
    attended: u64,
    /// Registrations by audience, the largest audience first.
    #[schema(max_items = 1000)]
    by_audience: Vec<AudienceCounts>,
    /// Registrations by country, the largest number first.
    #[schema(max_items = 300)]
    by_country: Vec<CountryCounts>,
    /// Registrations by the language of messages, the largest number first.
    #[schema(max_items = 10)]
    by_language: Vec<LanguageCounts>,
    /// Registrations by source, the largest number first.
    #[schema(max_items = 10000)]
    by_source: Vec<SourceCounts>,
    /// Registrations by the day on which they were made, from the first to the last, with the days between them on which there
    /// were none.
    #[schema(max_items = 100_000)]
    by_day: Vec<DayCounts>,
    /// Mails about the event's registrations, as long as they are stored.
    mail: MailTotals,
    /// The time at which the numbers were read.
    #[schema(example = "2026-11-23T09:00:00Z")]
    as_of: DateTime<Utc>,
}

/// Numbers of registrations by status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusTotals {
    /// Requests whose address has not been confirmed. They are counted nowhere else.
    #[schema(minimum = 0, example = 2)]
    pending: u64,
    /// People with a seat.
    #[schema(minimum = 0, example = 120)]
    confirmed: u64,
    /// People on the waiting list.
    #[schema(minimum = 0, example = 0)]
    waitlisted: u64,
    /// Cancelled registrations.
    #[schema(minimum = 0, example = 7)]
    cancelled: u64,
}

/// Numbers of registrations of a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupCounts {
    /// People with a seat.
    #[schema(minimum = 0, example = 40)]
    confirmed: u64,
    /// People on the waiting list.
    #[schema(minimum = 0, example = 0)]
    waitlisted: u64,
    /// Cancelled registrations.
    #[schema(minimum = 0, example = 3)]
    cancelled: u64,
    /// People with a seat who attended.
    #[schema(minimum = 0, example = 30)]
    attended: u64,
}

/// Registrations of an audience.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudienceCounts {
    /// The audience's key. Null: people who chose none; they are last.
    #[schema(value_type = Option<schemas::Slug>)]
    audience: Option<String>,
    #[serde(flatten)]
    counts: GroupCounts,
}

/// Registrations from a country.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountryCounts {
    /// The country (ISO 3166-1 alpha-2). Null: people who gave none; they are last.
    #[schema(value_type = Option<schemas::Country>)]
    country: Option<String>,
    #[serde(flatten)]
    counts: GroupCounts,
}

/// Registrations with a language of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LanguageCounts {
    /// The language.
    #[schema(value_type = schemas::MessageLanguage)]
    language: String,
    #[serde(flatten)]
    counts: GroupCounts,
}

/// Registrations from a source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceCounts {
    /// `public`, or the key of the organisation whose client made the registrations.
    #[schema(value_type = schemas::Slug)]
    source: String,
    #[serde(flatten)]
    counts: GroupCounts,
}

/// Registrations made on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayCounts {
    /// The date in the event's time zone.
    #[schema(value_type = schemas::LocalDate)]
    date: String,
    /// The number of registrations made on this day, including those that were cancelled later.
    #[schema(minimum = 0, example = 17)]
    registrations: u64,
    /// The number of registrations made until the end of this day.
    #[schema(minimum = 0, example = 127)]
    total: u64,
}

/// Numbers of mails by delivery status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailTotals {
    /// Mails that a mail server accepted.
    #[schema(minimum = 0, example = 250)]
    sent: u64,
    /// Mails that wait for their first or next attempt.
    #[schema(minimum = 0, example = 1)]
    waiting: u64,
    /// Mails whose delivery failed for good.
    #[schema(minimum = 0, example = 3)]
    refused: u64,
}

impl StatisticsDto {
    pub(super) fn new(event: &Event, statistics: &Statistics) -> Self {
        let registrations = &statistics.registrations;
        let Counts { confirmed, waitlisted, cancelled, attended } = registrations.totals.counts;
        let pending = registrations.totals.pending;
        let mail = statistics.mail;
        Self {
            event: EventReference { id: event.id.0, slug: event.definition.slug.to_string() },
            capacity: statistics.capacity,
            totals: StatusTotals { pending, confirmed, waitlisted, cancelled },
            attended,
            by_audience: groups(&registrations.by_audience, |audience, counts| AudienceCounts { audience, counts }),
            by_country: groups(&registrations.by_country, |country, counts| CountryCounts { country, counts }),
            by_language: groups(&registrations.by_language, |language, counts| LanguageCounts { language, counts }),
            by_source: groups(&registrations.by_source, |source, counts| SourceCounts { source, counts }),
            by_day: statistics.by_day.iter().map(DayCounts::new).collect(),
            mail: MailTotals { sent: mail.sent, waiting: mail.waiting, refused: mail.refused },
            as_of: statistics.as_of,
        }
    }
}

impl DayCounts {
    fn new(day: &Day) -> Self {
        Self { date: day.date.to_string(), registrations: day.registered, total: day.total }
    }
}

fn groups<K: Clone, T>(groups: &[Group<K>], make: fn(K, GroupCounts) -> T) -> Vec<T> {
    let counts = |Counts { confirmed, waitlisted, cancelled, attended }| GroupCounts {
        confirmed,
        waitlisted,
        cancelled,
        attended,
    };
    groups.iter().map(|group| make(group.key.clone(), counts(group.counts))).collect()
}
