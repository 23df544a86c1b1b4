//! Waiting for changes.
//!
//! The sequencer says how far the feed has come (`plenaria_persistence::sequencer`), from its own look at it four times
//! a second; who waits, waits for that number and asks the database nothing. When it grows, all who ask for the same are
//! answered from one look at what is new.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use plenaria_domain::change::ChangeType;
use plenaria_domain::organisation::Organisation;
use plenaria_persistence::changes::{ChangesQuery, FeedPage, From, Place};
use plenaria_persistence::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::problem::ApiError;
use crate::rate_limit::Whose;
use crate::shares::Shares;

/// How many may wait for one client at a time, and how many from one address.
const SHARE: usize = 64;
/// When a caller that waits as often as it may is to come back, in seconds: some of its long polls end within that time.
const LATER: u16 = 5;
/// How many answers that several who wait may share are remembered.
const SHARED: u64 = 256;

/// The feed, as those who wait for it need it.
pub(crate) struct Feed {
    store: Store,
    /// The last position that this process knows of.
    head: watch::Receiver<i64>,
    /// True once the server is told to stop: nobody waits any more.
    stopping: watch::Receiver<bool>,
    places: Shares,
    shared: Cache<Asked, Arc<FeedPage>>,
}

/// What those who wait ask, with the last position that they know of: an answer that is shared is at least as new.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    organisation: Organisation,
    types: Vec<ChangeType>,
    from: From,
    limit: usize,
    head: i64,
}

impl Feed {
    /// At most so many wait at a time; of each client and address no more than its share.
    pub(crate) fn new(
        store: Store,
        head: watch::Receiver<i64>,
        stopping: watch::Receiver<bool>,
        most_waiting: usize,
    ) -> Self {
        let shared = Cache::builder().max_capacity(SHARED).time_to_live(Duration::from_secs(1)).build();
        Self { store, head, stopping, places: Shares::new(most_waiting, SHARE), shared }
    }

    /// What there is; if that is nothing, what there is as soon as there is something, or nothing after `wait`.
    /// To wait takes a place, which counts for each of `callers`.
    pub(crate) async fn read(
        &self,
        mut query: ChangesQuery,
        wait: Duration,
        callers: &[Whose],
    ) -> Result<FeedPage, ApiError> {
        let deadline = Instant::now() + wait;
        let page = self.store.changes(&query).await?;
        let mut through = match empty(&page) {
            Some(through) if !wait.is_zero() => through,
            _ => return Ok(page),
        };
        // To answer at once that there is nothing would make a reader that polls in a loop poll all the faster.
        let _place = self.places.take(callers).map_err(|exhausted| exhausted.problem(LATER))?;
        while let Some(head) = self.more_than(through.position, deadline).await {
            query.from = From::Place(through);
            let page = self.shared(&query, head).await?;
            match empty(&page) {
                // What came was not for this caller.
                Some(further) => through = further,
                None => return Ok(FeedPage::clone(&page)),
            }
        }
        Ok(FeedPage::Changes { changes: Vec::new(), through })
    }

    /// The feed's last position as soon as it is behind `through`; `None` if it is time to answer.
    async fn more_than(&self, through: i64, deadline: Instant) -> Option<i64> {
        let (mut head, mut stopping) = (self.head.clone(), self.stopping.clone());
        let more = async {
            let seen = head.wait_for(|position| *position > through).await.map(|position| *position);
            match seen {
                Ok(position) => position,
                // Without a sequencer there will be nothing new.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // That nobody is left who could stop the server is no reason to stop.
            Ok(_) = stopping.wait_for(|stopping| *stopping) => None,
            () = sleep_until(deadline) => None,
            position = more => Some(position),
        }
    }

    /// The same answer for all who ask the same.
    async fn shared(&self, query: &ChangesQuery, head: i64) -> Result<Arc<FeedPage>, ApiError> {
        let asked = Asked {
            organisation: query.access.organisation().clone(),
            types: query.types.clone(),
            from: query.from,
            limit: query.limit,
            head,
        };
        let read = async { self.store.changes(query).await.map(Arc::new) };
        self.shared.try_get_with(asked, read).await.map_err(|error: Arc<StoreError>| ApiError::from(&*error))
    }
}

/// Up to where an empty page has looked; `None` if there is something to tell.
fn empty(page: &FeedPage) -> Option<Place> {
    match page {
        FeedPage::Changes { changes, through } if changes.is_empty() => Some(*through),
        _ => None,
    }
}
