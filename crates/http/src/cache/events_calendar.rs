//! Caches the calendars of all events, to which many calendar programs subscribe.
//!
//! A calendar is written once for each version of the catalogue, filter and preferred languages. Of the languages only those
//! count that decide about some text, so that callers with different preferences share a calendar, and nobody can have many
//! written by inventing languages. Requests for the same calendar share one writing, and few are written at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use chrono::{Days, NaiveDate, NaiveTime};
use moka::future::Cache;
use plenaria_domain::values::ids::{EventId, first_id_at};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_formats::icalendar;
use plenaria_persistence::Store;
use plenaria_persistence::events::read::EventFilter;
use tokio::sync::Semaphore;

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
/// How many bytes the selections of events may have in total.
const MAX_SELECTION_BYTES: u64 = 4 * 1024 * 1024;
/// How many calendars are written at a time.
const MAX_WRITING: usize = 2;
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

/// Identifies a selection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SelectionKey {
    /// The state of the catalogue.
    catalogue: (u64, i64),
    /// The first day whose events the calendar has.
    from: NaiveDate,
    filter: CalendarFilter,
}

/// The events of a calendar.
struct Selection {
    ids: Vec<EventId>,
    /// The different lists of languages that the events have.
    languages: BTreeSet<Vec<Language>>,
}

/// Identifies a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CalendarKey {
    selection: SelectionKey,
    languages: Vec<Language>,
}

/// The calendars of all events.
pub(crate) struct EventsCalendarCache {
    store: Store,
    selections: Cache<SelectionKey, Arc<Selection>>,
    calendars: Cache<CalendarKey, Arc<Representation>>,
    writing: Semaphore,
}

impl Selection {
    fn new(events: &[Arc<CachedEvent>]) -> Self {
        Self {
            ids: events.iter().map(|entry| entry.event.id).collect(),
            languages: events.iter().map(|entry| entry.languages().to_vec()).collect(),
        }
    }

    /// The wanted languages that decide about the text of some event or about the language of the calendar itself, each as
    /// the longest tag that matters. They choose the same languages as all that are wanted.
    fn deciding(&self, wanted: &[Language]) -> Vec<Language> {
        let own = MessageLanguage::ALL.iter().filter_map(|language| Language::parse(language.as_str()).ok());
        let known: BTreeSet<Language> = self.languages.iter().flatten().cloned().chain(own).collect();
        let known: Vec<Language> = known.into_iter().collect();
        let mut undecided: Vec<&Vec<Language>> = self.languages.iter().collect();
        let mut names_calendar = true;
        let mut deciding = Vec::new();
        for range in wanted {
            let before = undecided.len();
            undecided.retain(|available| range.lookup(available).is_none());
            let is_name = names_calendar && MessageLanguage::first_supported([range]).is_some();
            names_calendar &= !is_name;
            if is_name || undecided.len() < before {
                deciding.extend(range.lookup(&known).cloned());
            }
        }
        deciding
    }

    fn weight(&self) -> u32 {
        let languages = self.languages.iter().flatten().count() * (size_of::<Language>() + Language::MAX);
        u32::try_from(self.ids.len() * size_of::<EventId>() + languages + 512).unwrap_or(u32::MAX)
    }
}

impl EventsCalendarCache {
    pub(crate) fn new(store: Store) -> Self {
        let selections = Cache::builder()
            .weigher(|_, selection: &Arc<Selection>| selection.weight())
            .max_capacity(MAX_SELECTION_BYTES)
            .time_to_idle(TIME_TO_IDLE)
            .build();
        let calendars = Cache::builder()
            .weigher(|_, calendar: &Arc<Representation>| calendar.weight())
            .max_capacity(MAX_BYTES)
            .time_to_idle(TIME_TO_IDLE)
            .build();
        Self { store, selections, calendars, writing: Semaphore::new(MAX_WRITING) }
    }

    /// The calendar of the events that match the filter, each in the language that suits the caller best.
    pub(crate) async fn read(
        &self,
        events: &EventCache,
        filter: CalendarFilter,
        wanted: LanguagePreference,
        public_url: &PublicUrl,
        now: Instant,
    ) -> Result<Arc<Representation>, ApiError> {
        let from = now.date_naive().checked_sub_days(Days::new(PAST_DAYS)).unwrap_or_default();
        let key = SelectionKey { catalogue: events.catalogue_state(), from, filter };
        let select = self.select(events, &key);
        let selection = self.selections.try_get_with_by_ref(&key, select).await;
        let selection = selection.map_err(|error: Arc<ApiError>| error.shared())?;
        let languages = selection.deciding(wanted.languages());
        let wanted = LanguagePreference::default().or_else(languages.iter().cloned());
        // A calendar without events costs less than its place in the cache.
        if selection.ids.is_empty() {
            return Ok(Arc::new(write(&[], &key.filter, &wanted, public_url)));
        }
        let filter = key.filter.clone();
        let key = CalendarKey { selection: key, languages };
        let written = self.write_events(events, &selection.ids, filter, wanted, public_url);
        let calendar = self.calendars.try_get_with(key, written).await;
        calendar.map_err(|error: Arc<ApiError>| error.shared())
    }

    async fn select(&self, events: &EventCache, key: &SelectionKey) -> Result<Arc<Selection>, ApiError> {
        let start = key.from.and_time(NaiveTime::MIN).and_utc();
        let selected = EventFilter {
            series: key.filter.series.as_ref().map(ToString::to_string),
            language: key.filter.language.as_ref().map(ToString::to_string),
            after: Some((start, EventId(first_id_at(Instant::UNIX_EPOCH)))),
            ..EventFilter::default()
        };
        let ids = self.store.public_events(&selected, MAX_EVENTS).await?;
        Ok(Arc::new(Selection::new(&public(events, &ids).await?)))
    }

    async fn write_events(
        &self,
        events: &EventCache,
        ids: &[EventId],
        filter: CalendarFilter,
        wanted: LanguagePreference,
        public_url: &PublicUrl,
    ) -> Result<Arc<Representation>, ApiError> {
        let internal = |error: &dyn std::error::Error| ApiError::new(Code::Internal).cause(error);
        let _permit = self.writing.acquire().await.map_err(|error| internal(&error))?;
        let entries = public(events, ids).await?;
        let public_url = public_url.clone();
        let written = web::block(move || write(&entries, &filter, &wanted, &public_url)).await;
        Ok(Arc::new(written.map_err(|error| internal(&error))?))
    }
}

/// The events without those that have become drafts since their ids were read.
async fn public(events: &EventCache, ids: &[EventId]) -> Result<Vec<Arc<CachedEvent>>, ApiError> {
    let mut entries = events.get_all(ids).await?;
    entries.retain(|entry| entry.event.is_public());
    Ok(entries)
}

fn write(
    entries: &[Arc<CachedEvent>],
    filter: &CalendarFilter,
    wanted: &LanguagePreference,
    public_url: &PublicUrl,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(tags: &[&str]) -> Vec<Language> {
        tags.iter().map(|tag| Language::parse(tag).unwrap()).collect()
    }

    #[test]
    fn languages_that_decide_nothing_do_not_count() {
        let lists = [languages(&["en", "es", "pt-BR"]), languages(&["de"]), languages(&["en", "zh", "zh-Hant"])];
        let selection = Selection { ids: Vec::new(), languages: lists.iter().cloned().collect() };
        let cases: [(&[&str], &[&str]); 6] = [
            (&["tlh", "x-random", "eo-XX", "nl"], &[]),
            (&["es-MX", "es", "es-AR"], &["es"]),
            (&["pt-BR-x-abc", "es"], &["pt-BR", "es"]),
            (&["zh-Hant-TW", "de-AT", "ca-valencia", "fr"], &["zh-Hant", "de", "ca"]),
            (&["fr-CA", "ca"], &["fr"]),
            (&["en", "de", "es", "zh", "fr"], &["en", "de"]),
        ];
        for (wanted, deciding) in cases {
            let wanted = languages(wanted);
            let reduced = selection.deciding(&wanted);
            assert_eq!(reduced, languages(deciding), "{wanted:?}");
            // They choose the same.
            assert_eq!(MessageLanguage::first_supported(&reduced), MessageLanguage::first_supported(&wanted));
            let all = LanguagePreference::default().or_else(wanted);
            let few = LanguagePreference::default().or_else(reduced);
            for list in &lists {
                assert_eq!(few.choose(list), all.choose(list));
            }
        }
    }
}
