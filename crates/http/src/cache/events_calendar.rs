//! Caches the calendars of all events, to which many calendar programs subscribe.
//!
//! A calendar is written once for each version of the catalogue, filter and preferred languages. One is written at a time, so
//! that the programs that come after a publication do not all cause the same work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use chrono::{Days, NaiveDate, NaiveTime};
use plenaria_domain::values::ids::{EventId, first_id_at};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_formats::icalendar;
use plenaria_persistence::Store;
use plenaria_persistence::events::read::EventFilter;
use tokio::sync::Mutex;

use crate::cache::events::{CachedEvent, EventCache};
use crate::problem::{ApiError, Code};
use crate::request::language_preference::LanguagePreference;
use crate::response::representation::{Caching, Representation};

/// The greatest number of events in a calendar.
const MAX_EVENTS: u64 = 1_000;
/// For how many days after their start events stay in the calendar.
const PAST_DAYS: u64 = 366;
/// How many bytes the calendars may have in total.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// For how long a calendar is cached after its last use. One of an earlier version is never used again.
const TIME_TO_IDLE: Duration = Duration::from_mins(10);

/// Which events a calendar has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CalendarFilter {
    /// Only editions of this series.
    pub(crate) series: Option<Slug>,
    /// Only events held in this language.
    pub(crate) language: Option<Language>,
}

/// Identifies a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CalendarKey {
    /// The state of the catalogue.
    catalogue: (u64, i64),
    /// The first day whose events the calendar has.
    from: NaiveDate,
    filter: CalendarFilter,
    languages: Vec<Language>,
}

/// The calendars of all events.
pub(crate) struct EventsCalendarCache {
    store: Store,
    calendars: moka::sync::Cache<CalendarKey, Arc<Representation>>,
    writing: Mutex<()>,
}

impl EventsCalendarCache {
    pub(crate) fn new(store: Store) -> Self {
        let calendars = moka::sync::Cache::builder()
            .weigher(|key: &CalendarKey, calendar: &Arc<Representation>| {
                let languages = key.languages.len().saturating_mul(std::mem::size_of::<Language>() + Language::MAX);
                calendar.weight().saturating_add(u32::try_from(languages).unwrap_or(u32::MAX))
            })
            .max_capacity(MAX_BYTES)
            .time_to_idle(TIME_TO_IDLE)
            .build();
        Self { store, calendars, writing: Mutex::default() }
    }

    /// The calendar of the events that match the filter, each in the language that suits the caller best.
    pub(crate) async fn read(
        &self,
        events: &EventCache,
        filter: CalendarFilter,
        wanted: LanguagePreference,
        public_url: &str,
        now: Instant,
    ) -> Result<Arc<Representation>, ApiError> {
        let from = now.date_naive().checked_sub_days(Days::new(PAST_DAYS)).unwrap_or_default();
        let languages = wanted.languages().to_vec();
        let key = CalendarKey { catalogue: events.catalogue_state(), from, filter, languages };
        if let Some(calendar) = self.calendars.get(&key) {
            return Ok(calendar);
        }
        let _writing = self.writing.lock().await;
        if let Some(calendar) = self.calendars.get(&key) {
            return Ok(calendar);
        }
        let start = from.and_time(NaiveTime::MIN).and_utc();
        let selected = EventFilter {
            series: key.filter.series.as_ref().map(ToString::to_string),
            language: key.filter.language.as_ref().map(ToString::to_string),
            after: Some((start, EventId(first_id_at(Instant::UNIX_EPOCH)))),
            ..EventFilter::default()
        };
        let ids = self.store.public_events(&selected, MAX_EVENTS).await?;
        let entries = events.get_all(&ids).await?;
        let (filter, public_url) = (key.filter.clone(), public_url.to_owned());
        let written = web::block(move || write(&entries, &filter, &wanted, &public_url)).await;
        let calendar = Arc::new(written.map_err(|error| ApiError::new(Code::Internal).cause(&error))?);
        self.calendars.insert(key, Arc::clone(&calendar));
        Ok(calendar)
    }
}

fn write(
    entries: &[Arc<CachedEvent>],
    filter: &CalendarFilter,
    wanted: &LanguagePreference,
    public_url: &str,
) -> Representation {
    let events = entries.iter().filter_map(|entry| Some((&entry.event, wanted.choose(entry.languages())?)));
    let events: Vec<_> = events.collect();
    let own_language = MessageLanguage::first_supported(wanted.languages()).unwrap_or(MessageLanguage::En);
    let newest = events.last().filter(|_| filter.series.is_some());
    let name = match newest {
        Some((event, language)) => event.definition.title.get(language, &event.definition.language).to_owned(),
        None => format!("{} ({})", word_for_events(own_language), host(public_url)),
    };
    let parameters = [
        filter.series.as_ref().map(|series| format!("series={series}")),
        filter.language.as_ref().map(|language| format!("language={language}")),
    ];
    let parameters: Vec<String> = parameters.into_iter().flatten().collect();
    let separator = if parameters.is_empty() { "" } else { "?" };
    let source = format!("{public_url}/v1/events.ics{separator}{}", parameters.join("&"));
    let mut languages: BTreeSet<&str> = events.iter().map(|(_, language)| language.as_str()).collect();
    if newest.is_none() {
        languages.insert(own_language.as_str());
    }
    let languages: Vec<&str> = languages.into_iter().collect();
    let text = icalendar::events_calendar(events.iter().copied(), &name, &source, public_url);
    Representation::calendar(text, &languages.join(", "), Caching::Programme)
}

const fn word_for_events(language: MessageLanguage) -> &'static str {
    match language {
        MessageLanguage::En => "Events",
        MessageLanguage::Es => "Eventos",
        MessageLanguage::Fr => "Événements",
        MessageLanguage::Ca => "Esdeveniments",
    }
}

/// The host in an address.
fn host(public_url: &str) -> &str {
    public_url.split_once("://").map_or(public_url, |(_, rest)| rest).split('/').next().unwrap_or(public_url)
}
