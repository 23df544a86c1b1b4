//! What is published, kept in memory: events with their programmes, and what was rendered of them.
//!
//! An entry is used while nothing newer is known. A task asks for the catalogue's version twice a second, so what
//! another instance publishes is seen within a second. Every entry remembers the version of the snapshot that it was read
//! in, on the primary or on a replica; a change of that event in a later version makes it stale, however reading and
//! publishing interleave.
//!
//! Renderings have a budget of bytes, not of numbers: a programme can have 500 KB, and be asked for in each of its languages.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use arc_swap::ArcSwap;
use moka::future::Cache;
use moka::ops::compute::Op;
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::ids::EventId;
use plenaria_domain::language::Language;
use plenaria_domain::slug::Slug;
use plenaria_domain::time::Instant;
use plenaria_persistence::availability::Availability;
use plenaria_persistence::{Store, StoreError};

use crate::problem::ApiError;
use crate::reference::EventRef;
use crate::representation::Representation;

/// How often the version is asked for.
const POLL: Duration = Duration::from_millis(500);
/// How long the database may take to say it; if it takes longer, it is away. That nobody can be reached is told sooner.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many events are kept.
const EVENTS: u32 = 2_000;
/// How many bytes the definitions of those events may have together.
const EVENT_BYTES: u32 = 64 * 1024 * 1024;
/// How many slugs are kept.
const SLUGS: usize = 20_000;

/// Which rendering of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Event,
    Programme,
    Calendar,
    ProgrammeCalendar,
}

/// An event.
pub(crate) struct Entry {
    pub(crate) event: Event,
    languages: Vec<Language>,
    /// That of the snapshot that it was read in.
    version: i64,
    /// About how many bytes it takes.
    weight: u32,
}

/// What a rendering is the one for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RenderingKey {
    event: EventId,
    version: i64,
    form: Form,
    language: Language,
    phase: Phase,
}

impl Entry {
    /// The languages of the event's texts, its own first.
    pub(crate) fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn new(event: Event, version: i64) -> Self {
        let weight = serde_json::to_vec(&event.definition).map_or(0, |document| document.len());
        Self { languages: event.languages(), version, weight: u32::try_from(weight).unwrap_or(u32::MAX), event }
    }
}

/// The catalogue of one process.
pub(crate) struct Catalogue {
    store: Store,
    watching: Store,
    version: AtomicI64,
    /// Counts what was learnt of changes, in this process.
    generation: AtomicU64,
    /// The newest version that each event is known to have changed in, since this process started.
    changed: ArcSwap<HashMap<EventId, i64>>,
    /// Slugs that were asked for; an event keeps its slug for good.
    ids: RwLock<HashMap<Slug, EventId>>,
    events: Cache<EventId, Arc<Entry>>,
    renderings: moka::sync::Cache<RenderingKey, Arc<Representation>>,
    /// Since when, in seconds of the monotonic clock after `opened`, nothing could be learnt; 0: it can be.
    cut_off: AtomicU64,
    opened: std::time::Instant,
    /// Live seats, and when they were read.
    availability: Cache<EventId, (Availability, Instant)>,
}

impl Catalogue {
    /// Opens the catalogue; its renderings may take so many bytes.
    pub(crate) async fn open(store: Store, rendering_bytes: u64) -> Result<Self, StoreError> {
        let version = store.catalogue_version().await?;
        Ok(Self {
            watching: store.watching(),
            store,
            version: AtomicI64::new(version),
            generation: AtomicU64::new(0),
            changed: ArcSwap::default(),
            ids: RwLock::default(),
            // What an event weighs at the least bounds their number.
            events: Cache::builder()
                .weigher(|_, entry: &Arc<Entry>| entry.weight.max(EVENT_BYTES / EVENTS))
                .max_capacity(EVENT_BYTES.into())
                .build(),
            renderings: moka::sync::Cache::builder()
                .weigher(|_, rendering: &Arc<Representation>| rendering.weight())
                .max_capacity(rendering_bytes)
                .build(),
            cut_off: AtomicU64::new(0),
            opened: std::time::Instant::now(),
            availability: Cache::builder().max_capacity(EVENTS.into()).time_to_live(Duration::from_secs(1)).build(),
        })
    }

    /// Watches for changes until the process ends.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let refreshed = self.watching.in_time(PATIENCE, self.refresh()).await;
            self.store.set_away(matches!(refreshed, Err(StoreError::Unavailable(_))));
            match refreshed {
                Ok(()) => self.cut_off.store(0, Ordering::Relaxed),
                Err(error) if self.cut_off.load(Ordering::Relaxed) == 0 => {
                    self.cut_off.store(self.seconds(), Ordering::Relaxed);
                    tracing::warn!(error = &error as &dyn std::error::Error, "the catalogue's version cannot be read");
                }
                Err(_) => {}
            }
        }
    }

    fn seconds(&self) -> u64 {
        self.opened.elapsed().as_secs().max(1)
    }

    /// Whether the database is known to be away.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Relaxed) != 0
    }

    /// While nothing can be learnt of changes, answers that may be cached say so, and for how long that has been
    /// (`Cache-Status`, RFC 9211: what is kept is stale by so many seconds).
    pub(crate) fn tell_age(&self, headers: &mut HeaderMap) {
        let since = self.cut_off.load(Ordering::Relaxed);
        if since == 0 || headers.get(header::CACHE_CONTROL).is_none_or(|v| !v.as_bytes().starts_with(b"public")) {
            return;
        }
        let age = self.seconds().saturating_sub(since);
        if let Ok(status) = HeaderValue::from_str(&format!("plenaria; hit; ttl=-{age}; detail=DATABASE-UNAVAILABLE")) {
            headers.insert(header::CACHE_STATUS, status);
        }
    }

    /// Learns what changed since the last time.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let known = self.version.load(Ordering::Acquire);
        let version = self.watching.catalogue_version().await?;
        if version == known {
            return Ok(());
        }
        if version < known {
            self.begin_anew(version);
            return Ok(());
        }
        // Rows may say a version later than the one just read; the next time they are told of once more.
        let changes = self.watching.events_changed_since(known).await?;
        let mut changed = HashMap::clone(&self.changed.load());
        for (id, changed_in) in changes {
            changed.insert(id, changed_in);
            self.events.invalidate(&id).await;
            self.availability.invalidate(&id).await;
        }
        self.changed.store(Arc::new(changed));
        self.version.store(version, Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// The database has lost publications that were shown, as when a standby takes over that had not had them, and will
    /// give their versions to others: what is kept says nothing any more.
    fn begin_anew(&self, version: i64) {
        tracing::warn!(version, "publications were lost: all that was kept is read again");
        self.watching.catalogue_went_back_to(version);
        self.changed.store(Arc::default());
        self.ids.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.events.invalidate_all();
        self.renderings.invalidate_all();
        self.availability.invalidate_all();
        self.version.store(version, Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Changes whenever a change is learnt of: what was made in another generation may be old.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// A public event; drafts are invisible.
    pub(crate) async fn public(&self, named: &EventRef) -> Result<Arc<Entry>, ApiError> {
        let entry = self.find(named).await?;
        if entry.event.is_public() { Ok(entry) } else { Err(ApiError::not_found()) }
    }

    /// An event, draft or not.
    pub(crate) async fn find(&self, named: &EventRef) -> Result<Arc<Entry>, ApiError> {
        let id = match named {
            EventRef::Id(id) => *id,
            EventRef::Slug(slug) => self.id(slug).await?,
        };
        self.get(id).await?.ok_or_else(ApiError::not_found)
    }

    async fn id(&self, slug: &Slug) -> Result<EventId, ApiError> {
        if let Some(id) = self.ids.read().unwrap_or_else(PoisonError::into_inner).get(slug) {
            return Ok(*id);
        }
        let id = self.store.event_id(slug).await?.ok_or_else(ApiError::not_found)?;
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        // Only slugs of events get here, so this is a bound for those who have very many.
        if ids.len() >= SLUGS {
            ids.clear();
        }
        ids.insert(slug.clone(), id);
        Ok(id)
    }

    /// An event, public or not.
    pub(crate) async fn get(&self, id: EventId) -> Result<Option<Arc<Entry>>, ApiError> {
        Ok(self.get_all(&[id]).await?.pop())
    }

    /// Events in the order of their ids as given; those that do not exist are left out.
    pub(crate) async fn get_all(&self, ids: &[EventId]) -> Result<Vec<Arc<Entry>>, ApiError> {
        let mut found: Vec<Option<Arc<Entry>>> = Vec::with_capacity(ids.len());
        for id in ids {
            found.push(self.events.get(id).await.filter(|entry| self.is_current(*id, entry)));
        }
        let missing: Vec<EventId> = ids.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let generation = self.generation();
            let (version, events) = self.store.published_events(&missing).await?;
            for event in events {
                let entry = Arc::new(Entry::new(event, version));
                // What is learnt meanwhile may be that this version never was.
                if generation == self.generation() {
                    self.keep(&entry).await;
                }
                for (slot, _) in found.iter_mut().zip(ids).filter(|(_, id)| **id == entry.event.id) {
                    *slot = Some(Arc::clone(&entry));
                }
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Keeps an entry, unless one of a later version is there: whoever reads slowly undoes nothing.
    async fn keep(&self, entry: &Arc<Entry>) {
        let kept = self.events.entry(entry.event.id).and_compute_with(async |kept| match kept {
            Some(kept) if kept.value().version > entry.version => Op::Nop,
            _ => Op::Put(Arc::clone(entry)),
        });
        kept.await;
    }

    /// A representation of an event, rendered on the first request for it.
    pub(crate) fn rendered(
        &self,
        entry: &Entry,
        form: Form,
        language: &Language,
        phase: Phase,
        render: impl FnOnce() -> Result<Representation, ApiError>,
    ) -> Result<Arc<Representation>, ApiError> {
        let (event, version, language) = (entry.event.id, entry.version, language.clone());
        let key = RenderingKey { event, version, form, language, phase };
        if let Some(found) = self.renderings.get(&key) {
            return Ok(found);
        }
        let mut representation = render()?.kept();
        // A programme changes with its speakers' cards too, which may come with another event.
        if matches!(form, Form::Event | Form::Calendar) {
            representation = representation.modified(entry.event.last_change(phase));
        }
        let representation = Arc::new(representation);
        self.renderings.insert(key, Arc::clone(&representation));
        Ok(representation)
    }

    fn is_current(&self, id: EventId, entry: &Entry) -> bool {
        self.changed.load().get(&id).is_none_or(|changed| *changed <= entry.version)
    }

    /// Live seats: one cheap query, shared by all who ask within a second.
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

    /// Forgets the seats of an event that this process has just changed, so that callers here see what they did.
    pub(crate) async fn seats_changed(&self, id: EventId) {
        self.availability.invalidate(&id).await;
    }
}
