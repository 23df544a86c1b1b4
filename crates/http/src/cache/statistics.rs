//! Keeps the statistics of events for a few seconds.
//!
//! Reading them may take a second for a very large event. Requests within ten seconds share one reading, also while it
//! is in progress, so that a dashboard that many people watch costs no more than one that one person watches.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use plenaria_domain::event::Event;
use plenaria_domain::registration::statistics::Statistics;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::{Store, StoreError};

use crate::problem::ApiError;

/// How long statistics are kept.
const TTL: Duration = Duration::from_secs(10);
/// The statistics of how many events are kept.
const MAX_EVENTS: u64 = 200;

/// The statistics of events that were read lately.
pub(crate) struct StatisticsCache {
    store: Store,
    recent: Cache<EventId, Arc<Statistics>>,
}

impl StatisticsCache {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, recent: Cache::builder().max_capacity(MAX_EVENTS).time_to_live(TTL).build() }
    }

    /// The statistics of an event, read at most ten seconds ago.
    pub(crate) async fn read(&self, event: &Event, now: Instant) -> Result<Arc<Statistics>, ApiError> {
        let read = async {
            match self.store.statistics(event.id, event.definition.time_zone, now).await {
                Ok(Some(statistics)) => Ok(Arc::new(statistics)),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        };
        self.recent.try_get_with(event.id, read).await.map_err(|error: Arc<Option<StoreError>>| {
            Option::as_ref(&error).map_or_else(ApiError::not_found, ApiError::from)
        })
    }
}
