//! Caches published events and their renderings.
//!
//! An entry is used until a newer version is known. A task reads the catalogue's version twice a second, so changes by other
//! instances show within a second. Each entry has the version of the snapshot that it was read from, on the primary or on a
//! replica. A later change of the event makes the entry stale, however reads and publications interleave.
//!
//! Renderings are limited by bytes, not by number: a programme can have 500 KB, in each of its languages.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use arc_swap::ArcSwap;
use moka::future::Cache;
use moka::ops::compute::Op;
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_formats::schema_org::OfferAvailability;
use plenaria_persistence::events::availability::Availability;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::{Store, StoreError};

use crate::problem::ApiError;
use crate::response::representation::Representation;

/// How often the catalogue's version is read, unless tests are in a hurry.
pub const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long reading the version may take before the database counts as unavailable. A refused connection fails sooner.
const CATALOGUE_POLL_TIMEOUT: Duration = Duration::from_secs(3);
/// How many events are cached.
const MAX_EVENTS: u32 = 2_000;
/// How many bytes the definitions of cached events may have in total.
const MAX_EVENT_BYTES: u32 = 64 * 1024 * 1024;
/// How many slugs are cached.
const MAX_SLUGS: usize = 20_000;
/// How long live seats are cached.
const AVAILABILITY_TTL: Duration = Duration::from_secs(1);

/// The formats that an event is rendered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Event,
    Programme,
    Calendar,
    ProgrammeCalendar,
    /// A conference's schedule in the frab format.
    ScheduleJson,
    ScheduleXml,
    /// JSON-LD with this offer of seats.
    SchemaOrg(Option<OfferAvailability>),
}

/// A cached event.
pub(crate) struct CachedEvent {
    pub(crate) event: Event,
    languages: Vec<Language>,
    /// The catalogue's version in the snapshot that the event was read from.
    version: i64,
    /// The size of the event's definition in bytes, which approximates that of the entry.
    weight: u32,
}

/// Identifies a rendering.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RenderingKey {
    event: EventId,
    version: i64,
    format: Format,
    language: Language,
    phase: Phase,
}

impl CachedEvent {
    /// The languages of the event's texts, with its own language first.
    pub(crate) fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// An error that redirects to the event's slug, if the reference is a former one.
    pub(crate) fn check_slug(&self, reference: &EventKey) -> Result<(), ApiError> {
        let current = &self.event.definition.slug;
        match reference {
            EventKey::Slug(slug) if slug != current => Err(ApiError::moved(current)),
            EventKey::Slug(_) | EventKey::Id(_) => Ok(()),
        }
    }

    fn new(event: Event, version: i64) -> Self {
        let weight = serde_json::to_vec(&event.definition).map_or(0, |document| document.len());
        Self { languages: event.languages(), version, weight: u32::try_from(weight).unwrap_or(u32::MAX), event }
    }
}

/// The event cache of one process.
pub struct EventCache {
    store: Store,
    /// A handle to the store for the task that reads the version.
    monitor_store: Store,
    /// The catalogue's version as of the last refresh.
    version: AtomicI64,
    /// How often the cache was emptied.
    resets: AtomicU64,
    /// The latest version in which each event changed, as far as known since this process started.
    changed: ArcSwap<HashMap<EventId, i64>>,
    /// The ids of events by slug, current or former. A former slug leads to the same event for good, so the entries
    /// stay right when an event is renamed.
    ids: RwLock<HashMap<Slug, EventId>>,
    events: Cache<EventId, Arc<CachedEvent>>,
    renderings: moka::sync::Cache<RenderingKey, Arc<Representation>>,
    /// When reading the version first failed, in seconds after `opened_at`; 0 while it succeeds.
    stale_since: AtomicU64,
    opened_at: std::time::Instant,
    /// Live seats, and when they were read.
    availability: Cache<EventId, (Availability, Instant)>,
}

impl EventCache {
    /// Opens the cache. Its renderings may take up to `rendering_bytes`.
    ///
    /// # Errors
    /// The catalogue's version could not be read.
    pub async fn open(store: Store, rendering_bytes: u64) -> Result<Self, StoreError> {
        let version = store.catalogue_version().await?;
        Ok(Self {
            monitor_store: store.with_monitor_pool(),
            store,
            version: AtomicI64::new(version),
            resets: AtomicU64::new(0),
            changed: ArcSwap::default(),
            ids: RwLock::default(),
            // The minimum weight of an event bounds the number of events.
            events: Cache::builder()
                .weigher(|_, entry: &Arc<CachedEvent>| entry.weight.max(MAX_EVENT_BYTES / MAX_EVENTS))
                .max_capacity(MAX_EVENT_BYTES.into())
                .build(),
            renderings: moka::sync::Cache::builder()
                .weigher(|_, rendering: &Arc<Representation>| rendering.weight())
                .max_capacity(rendering_bytes)
                .build(),
            stale_since: AtomicU64::new(0),
            opened_at: std::time::Instant::now(),
            availability: Cache::builder().max_capacity(MAX_EVENTS.into()).time_to_live(AVAILABILITY_TTL).build(),
        })
    }

    /// Refreshes the cache at this interval until the process ends.
    pub async fn watch(self: Arc<Self>, interval: Duration) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let refreshed = self.monitor_store.with_timeout(CATALOGUE_POLL_TIMEOUT, self.refresh()).await;
            self.store.set_unavailable(matches!(refreshed, Err(StoreError::Unavailable(_))));
            match refreshed {
                Ok(()) => self.stale_since.store(0, Ordering::Relaxed),
                Err(error) if self.stale_since.load(Ordering::Relaxed) == 0 => {
                    self.stale_since.store(self.seconds_since_open(), Ordering::Relaxed);
                    tracing::warn!(error = &error as &dyn std::error::Error, "the catalogue's version cannot be read");
                }
                Err(_) => {}
            }
        }
    }

    /// At least 1, because 0 means "not stale".
    fn seconds_since_open(&self) -> u64 {
        self.opened_at.elapsed().as_secs().max(1)
    }

    /// Whether entries may be stale because the last refresh failed.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale_since.load(Ordering::Relaxed) != 0
    }

    /// While entries may be stale, adds `Cache-Status` (RFC 9211) to responses that shared caches may store. Its negative
    /// `ttl` says for how many seconds they may have been stale.
    pub(crate) fn add_cache_status(&self, headers: &mut HeaderMap) {
        let since = self.stale_since.load(Ordering::Relaxed);
        if since == 0 || headers.get(header::CACHE_CONTROL).is_none_or(|v| !v.as_bytes().starts_with(b"public")) {
            return;
        }
        let age = self.seconds_since_open().saturating_sub(since);
        if let Ok(status) = HeaderValue::from_str(&format!("plenaria; hit; ttl=-{age}; detail=DATABASE-UNAVAILABLE")) {
            headers.insert(header::CACHE_STATUS, status);
        }
    }

    /// Invalidates the events that have changed since the last refresh.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let last_version = self.version.load(Ordering::Acquire);
        let version = self.monitor_store.catalogue_version().await?;
        if version == last_version {
            return Ok(());
        }
        if version < last_version {
            self.reset(version);
            return Ok(());
        }
        // This may return events of later versions than the one just read. The next refresh returns them again.
        let changes = self.monitor_store.events_changed_since(last_version).await?;
        let mut changed = HashMap::clone(&self.changed.load());
        for (id, catalogue_version) in changes {
            changed.insert(id, catalogue_version);
            self.events.invalidate(&id).await;
            self.availability.invalidate(&id).await;
        }
        self.changed.store(Arc::new(changed));
        self.version.store(version, Ordering::Release);
        Ok(())
    }

    /// Empties the cache after the database has lost publications, for example when a standby takes over that had not
    /// received them. The database will give their versions to other publications, so no entry can be trusted.
    fn reset(&self, version: i64) {
        tracing::warn!(version, "the database lost publications: the event cache was emptied");
        self.monitor_store.catalogue_version_rolled_back(version);
        self.changed.store(Arc::default());
        self.ids.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.events.invalidate_all();
        self.renderings.invalidate_all();
        self.availability.invalidate_all();
        self.version.store(version, Ordering::Release);
        self.resets.fetch_add(1, Ordering::AcqRel);
    }

    /// Changes whenever a public event may have changed.
    pub(crate) fn catalogue_state(&self) -> (u64, i64) {
        (self.resets.load(Ordering::Acquire), self.version.load(Ordering::Acquire))
    }

    /// A public event. A draft counts as not found.
    pub(crate) async fn public(&self, reference: &EventKey) -> Result<Arc<CachedEvent>, ApiError> {
        let entry = self.find(reference).await?;
        if !entry.event.is_public() {
            return Err(ApiError::not_found());
        }
        entry.check_slug(reference)?;
        Ok(entry)
    }

    /// An event, whether draft or public, by its id, its slug or a former slug. Callers call
    /// [`CachedEvent::check_slug`] once they know that the caller may see the event.
    pub(crate) async fn find(&self, reference: &EventKey) -> Result<Arc<CachedEvent>, ApiError> {
        let id = match reference {
            EventKey::Id(id) => *id,
            EventKey::Slug(slug) => self.id_of_slug(slug).await?,
        };
        self.get(id).await?.ok_or_else(ApiError::not_found)
    }

    async fn id_of_slug(&self, slug: &Slug) -> Result<EventId, ApiError> {
        if let Some(id) = self.ids.read().unwrap_or_else(PoisonError::into_inner).get(slug) {
            return Ok(*id);
        }
        let id = self.store.event_id(slug).await?.ok_or_else(ApiError::not_found)?;
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        // Only slugs of existing events are cached, so this is reached only with very many events.
        if ids.len() >= MAX_SLUGS {
            ids.clear();
        }
        ids.insert(slug.clone(), id);
        Ok(id)
    }

    /// An event by its id, whether draft or public; `None` if there is none.
    pub(crate) async fn get(&self, id: EventId) -> Result<Option<Arc<CachedEvent>>, ApiError> {
        if let Some(entry) = self.cached(id).await {
            return Ok(Some(entry));
        }
        Ok(self.get_all(&[id]).await?.pop())
    }

    async fn cached(&self, id: EventId) -> Option<Arc<CachedEvent>> {
        self.events.get(&id).await.filter(|entry| self.is_current(id, entry))
    }

    /// Events in the order of `ids`, without those that do not exist.
    pub(crate) async fn get_all(&self, ids: &[EventId]) -> Result<Vec<Arc<CachedEvent>>, ApiError> {
        let mut entries: Vec<Option<Arc<CachedEvent>>> = Vec::with_capacity(ids.len());
        for id in ids {
            entries.push(self.cached(*id).await);
        }
        let missing: Vec<EventId> =
            ids.iter().zip(&entries).filter(|(_, entry)| entry.is_none()).map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let resets = self.resets.load(Ordering::Acquire);
            let (version, events) = self.store.published_events(&missing).await?;
            for event in events {
                let entry = Arc::new(CachedEvent::new(event, version));
                // A reset in the meantime may have invalidated this version.
                if resets == self.resets.load(Ordering::Acquire) {
                    self.insert_if_newer(&entry).await;
                }
                for (slot, _) in entries.iter_mut().zip(ids).filter(|(_, id)| **id == entry.event.id) {
                    *slot = Some(Arc::clone(&entry));
                }
            }
        }
        Ok(entries.into_iter().flatten().collect())
    }

    /// Caches an entry unless a later version is cached, so that a slow read does not overwrite a newer one.
    async fn insert_if_newer(&self, entry: &Arc<CachedEvent>) {
        let inserted = self.events.entry(entry.event.id).and_compute_with(async |cached| match cached {
            Some(cached) if cached.value().version > entry.version => Op::Nop,
            _ => Op::Put(Arc::clone(entry)),
        });
        inserted.await;
    }

    /// An event in this format and language, rendered on the first request.
    pub(crate) fn rendered(
        &self,
        entry: &CachedEvent,
        format: Format,
        language: &Language,
        phase: Phase,
        render: impl FnOnce() -> Result<Representation, ApiError>,
    ) -> Result<Arc<Representation>, ApiError> {
        let (event, version, language) = (entry.event.id, entry.version, language.clone());
        let key = RenderingKey { event, version, format, language, phase };
        if let Some(rendering) = self.renderings.get(&key) {
            return Ok(rendering);
        }
        let mut representation = render()?.with_best_compression();
        // A programme has no date: it also changes with its speakers, who may be published with another event.
        if matches!(format, Format::Event | Format::Calendar) {
            representation = representation.with_last_modified(entry.event.last_changed_at(phase));
        }
        let representation = Arc::new(representation);
        self.renderings.insert(key, Arc::clone(&representation));
        Ok(representation)
    }

    fn is_current(&self, id: EventId, entry: &CachedEvent) -> bool {
        self.changed.load().get(&id).is_none_or(|changed| *changed <= entry.version)
    }

    /// Live seats, and when they were read. Requests within a second share one query.
    pub(crate) async fn availability(&self, id: EventId, now: Instant) -> Result<(Availability, Instant), ApiError> {
        let read = async { self.store.availability(id).await.map(|a| a.ok_or(())) };
        let cached = self.availability.try_get_with(id, async move {
            match read.await {
                Ok(Ok(availability)) => Ok((availability, now)),
                Ok(Err(())) => Err(None),
                Err(error) => Err(Some(error)),
            }
        });
        cached.await.map_err(|error| error.as_ref().as_ref().map_or_else(ApiError::not_found, ApiError::from))
    }

    /// Drops the cached seats of an event that this process has just changed, so that callers see their own changes.
    pub(crate) async fn invalidate_availability(&self, id: EventId) {
        self.availability.invalidate(&id).await;
    }
}
