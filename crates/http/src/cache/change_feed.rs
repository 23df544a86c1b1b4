//! Long polling of the change feed.
//!
//! The sequencer publishes the feed's last position (`plenaria_persistence::feed::sequencer`), which it reads four times a second.
//! A waiting request watches that number and queries nothing. When the number grows, all requests with the same query share
//! one read of the new changes.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use plenaria_domain::change::ChangeType;
use plenaria_domain::partner::organisation::Organisation;
use plenaria_persistence::feed::read::{ChangesQuery, FeedPage, FeedPosition, StartFrom};
use plenaria_persistence::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::limits::concurrency::ConcurrencyLimiter;
use crate::limits::rate_limit::LimitKey;
use crate::problem::ApiError;

/// How many requests of one client, and how many from one address, may wait at a time.
const MAX_WAITING_PER_CALLER: usize = 64;
/// `Retry-After` for a caller that has too many waiting requests, in seconds: some of them end within that time.
const RETRY_AFTER: u16 = 5;
/// How many pages are cached for other waiting requests.
const MAX_SHARED_PAGES: u64 = 256;
/// How long a page is cached for other waiting requests.
const SHARED_PAGE_TTL: Duration = Duration::from_secs(1);

/// The change feed with its waiting requests.
pub(crate) struct ChangeFeed {
    store: Store,
    /// The last position that this process knows of.
    head: watch::Receiver<i64>,
    /// True once the server stops; then no request waits any more.
    stopping: watch::Receiver<bool>,
    waiting: ConcurrencyLimiter,
    shared_pages: Cache<PollKey, Arc<FeedPage>>,
}

/// The query of a waiting request, and the last position it knows of: a shared page is at least as new.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PollKey {
    organisation: Organisation,
    types: Vec<ChangeType>,
    from: StartFrom,
    limit: usize,
    head: i64,
}

impl ChangeFeed {
    /// A feed with at most `max_waiting` waiting requests, of which each client and address gets a share.
    pub(crate) fn new(
        store: Store,
        head: watch::Receiver<i64>,
        stopping: watch::Receiver<bool>,
        max_waiting: usize,
    ) -> Self {
        let shared_pages = Cache::builder().max_capacity(MAX_SHARED_PAGES).time_to_live(SHARED_PAGE_TTL).build();
        let waiting = ConcurrencyLimiter::new(max_waiting, MAX_WAITING_PER_CALLER);
        Self { store, head, stopping, waiting, shared_pages }
    }

    /// Reads a page of the feed. If it is empty, waits up to `wait` for changes. Waiting counts for each of `callers`.
    ///
    /// # Errors
    /// The limit of waiting requests has been reached, or the database failed.
    pub(crate) async fn read(
        &self,
        mut query: ChangesQuery,
        wait: Duration,
        callers: &[LimitKey],
    ) -> Result<FeedPage, ApiError> {
        let deadline = Instant::now() + wait;
        let page = self.store.changes(&query).await?;
        let mut through = match scanned_if_empty(&page) {
            Some(through) if !wait.is_zero() => through,
            _ => return Ok(page),
        };
        // An immediate empty page instead of an error would make a client that polls in a loop poll faster.
        let _permit = self.waiting.try_acquire(callers).map_err(|reached| reached.into_api_error(RETRY_AFTER))?;
        while let Some(head) = self.wait_for_head(through.position, deadline).await {
            query.from = StartFrom::After(through);
            let page = self.read_shared(&query, head).await?;
            match scanned_if_empty(&page) {
                // The new changes were not visible to this caller.
                Some(further) => through = further,
                None => return Ok(FeedPage::clone(&page)),
            }
        }
        Ok(FeedPage::Changes { changes: Vec::new(), through })
    }

    /// Waits until the feed's last position exceeds `through`, and returns it; `None` at the deadline, or if the server stops.
    async fn wait_for_head(&self, through: i64, deadline: Instant) -> Option<i64> {
        let (mut head, mut stopping) = (self.head.clone(), self.stopping.clone());
        let new_head = async {
            let position = head.wait_for(|position| *position > through).await.map(|position| *position);
            match position {
                Ok(position) => position,
                // Without a sequencer there will be no new changes.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // An error means that the sender is gone, which does not stop the server.
            Ok(_) = stopping.wait_for(|stopping| *stopping) => None,
            () = sleep_until(deadline) => None,
            position = new_head => Some(position),
        }
    }

    /// Reads a page once for all waiting requests with the same query.
    async fn read_shared(&self, query: &ChangesQuery, head: i64) -> Result<Arc<FeedPage>, ApiError> {
        let key = PollKey {
            organisation: query.access.organisation().clone(),
            types: query.types.clone(),
            from: query.from,
            limit: query.limit,
            head,
        };
        let read = async { self.store.changes(query).await.map(Arc::new) };
        self.shared_pages.try_get_with(key, read).await.map_err(|error: Arc<StoreError>| ApiError::from(&*error))
    }
}

/// How far an empty page has scanned the feed; `None` if the page has changes.
fn scanned_if_empty(page: &FeedPage) -> Option<FeedPosition> {
    match page {
        FeedPage::Changes { changes, through } if changes.is_empty() => Some(*through),
        _ => None,
    }
}
