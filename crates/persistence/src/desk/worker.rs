//! The desk's worker: serves one batch after another, and chooses the path for each.
//!
//! The state that the worker keeps between batches affects speed alone. It holds a database connection and the seat
//! counts of the last event for the optimistic path, and three countdowns of batches, which adapt it to the load: after
//! a duplicate it looks for duplicates before it writes, after another writer's change it does not compare exact counts,
//! and while other instances serve the same event it gathers larger batches.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::time;

use crate::database::error::{Constraint, StoreError};
use crate::database::pool::HeldConnection;
use crate::database::store::Store;
use crate::desk::locked;
use crate::desk::locked::{Committed, DuplicateCheck};
use crate::desk::optimistic;
use crate::desk::optimistic::Attempt;
use crate::desk::reply::{Refusal, Reply};
use crate::desk::request::{Command, Request};
use crate::desk::server::{BatchServer, SharedQueue};
use crate::seats::LockedSeats;

/// How long a batch may take before its callers receive an error.
const BATCH_TIMEOUT: Duration = Duration::from_secs(4);
/// How long the worker holds an idle connection for the next batch.
const CONNECTION_IDLE_TIMEOUT: Duration = Duration::from_millis(50);
/// For how many batches after a duplicate the worker looks for duplicates before it writes.
const DUPLICATE_CHECK_BATCHES: u32 = 64;
/// For how many batches after another instance's change the worker yields its thread before it dequeues a batch.
const CONTENDED_BATCHES: u32 = 32;
/// How often the worker yields its thread before such a batch.
const YIELDS: u32 = 3;
/// For how many batches after a conflict the worker does not compare exact counts.
const PESSIMISTIC_BATCHES: u32 = 32;

pub(crate) struct DeskWorker {
    store: Store,
    /// The connection of the last batch, held for the next one.
    connection: HeldConnection,
    /// The seats after the last batch, if that batch was for one event.
    cached_seats: Option<LockedSeats>,
    /// Batches left during which exact counts must not be compared, because another writer (an instance, or a
    /// cancellation) changes them.
    pessimistic_for: u32,
    /// Batches left during which another instance is expected to serve the same event. Batches then wait for each
    /// other's commits, so the worker makes fewer and larger ones: it lets the callers of the last batch send their
    /// next requests first.
    contended_for: u32,
    /// Batches left during which duplicates are expected: one is often followed by more, and a look-up before writing
    /// is cheaper than writing a batch twice.
    expect_duplicates_for: u32,
}

impl BatchServer for DeskWorker {
    /// An idle connection is released after a moment, because it may break unnoticed.
    async fn next_batch(&mut self, queue: &SharedQueue) -> bool {
        if self.contended_for > 0 {
            self.contended_for -= 1;
            (0..YIELDS).for_each(|_| thread::yield_now());
        }
        let mut queue = queue.lock().await;
        if self.connection.is_some() {
            if let Ok(next) = time::timeout(CONNECTION_IDLE_TIMEOUT, queue.next_batch()).await {
                return next;
            }
            self.connection = None;
        }
        queue.next_batch().await
    }

    /// Serves the batch, or fails it once [`BATCH_TIMEOUT`] has passed. The database may still commit such a batch; a
    /// caller that retries with the same idempotency key then receives its response.
    async fn serve(&mut self, queue: &SharedQueue) -> Vec<Reply> {
        let store = self.store.clone();
        let error = match store.with_timeout(BATCH_TIMEOUT, Box::pin(async { Ok(self.serve_batch(queue).await) })).await
        {
            Ok(replies) => return replies,
            Err(error) => error,
        };
        self.cached_seats = None;
        let size = queue.lock().await.batch().len();
        tracing::warn!(size, "a batch of the registration desk timed out");
        vec![Err(error.into()); size]
    }
}

impl DeskWorker {
    /// A worker on this database.
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            store: store.with_desk_pool(),
            connection: None,
            cached_seats: None,
            pessimistic_for: 0,
            contended_for: 0,
            expect_duplicates_for: 0,
        }
    }

    async fn serve_batch(&mut self, queue: &SharedQueue) -> Vec<Reply> {
        let batch = queue.lock().await.batch();
        let mut duplicate_check =
            if self.expect_duplicates_for > 0 { DuplicateCheck::Before } else { DuplicateCheck::OnConflict };
        self.expect_duplicates_for = self.expect_duplicates_for.saturating_sub(1);
        self.pessimistic_for = self.pessimistic_for.saturating_sub(1);
        let attempt = match self.usable_seats(&batch, duplicate_check) {
            None => Ok(Attempt::NotApplicable),
            Some(seats) => {
                let allow_exact_counts = self.pessimistic_for == 0;
                optimistic::register(&self.store, &mut self.connection, &batch, &seats, allow_exact_counts).await
            }
        };
        let mut result = match attempt {
            Ok(Attempt::Committed { committed, rebased }) => {
                if rebased {
                    self.contended_for = CONTENDED_BATCHES;
                }
                Ok(committed)
            }
            Ok(attempt) => {
                if matches!(attempt, Attempt::Conflict) {
                    self.pessimistic_for = PESSIMISTIC_BATCHES;
                    self.contended_for = CONTENDED_BATCHES;
                }
                self.connection = None;
                locked::serve(&self.store, queue, duplicate_check).await
            }
            Err(error) => Err(error),
        };
        if let (
            DuplicateCheck::OnConflict,
            Err(StoreError::Conflict(
                Constraint::ActiveEmail | Constraint::ExternalReference | Constraint::IdempotencyKey,
            )),
        ) = (duplicate_check, &result)
        {
            self.expect_duplicates_for = DUPLICATE_CHECK_BATCHES;
            duplicate_check = DuplicateCheck::Before;
            result = locked::serve(&self.store, queue, duplicate_check).await;
        }
        match result {
            Ok(Committed { replies, mut seats, withheld }) => {
                if let Some(metrics) = self.store.metrics() {
                    metrics.delivery.count_withheld(withheld);
                }
                self.cached_seats = seats.pop().filter(|_| seats.is_empty());
                replies
            }
            // Without a database every single request would fail too, and each would wait for its own timeout.
            Err(error @ StoreError::Unavailable(_)) => {
                self.cached_seats = None;
                vec![Err(error.into()); queue.lock().await.batch().len()]
            }
            Err(error) => {
                self.cached_seats = None;
                let batch = queue.lock().await.batch();
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    size = batch.len(),
                    "a batch failed; its requests are served one by one"
                );
                drop(error);
                if let Some(metrics) = self.store.metrics() {
                    metrics.desk.batch_fallbacks.inc();
                }
                serve_one_by_one(&self.store, &batch).await
            }
        }
    }

    /// The cached seats, if the optimistic path applies: the whole batch registers people for that event and no duplicates
    /// are expected.
    fn usable_seats(&self, batch: &[Arc<Request>], duplicate_check: DuplicateCheck) -> Option<LockedSeats> {
        let applicable = duplicate_check == DuplicateCheck::OnConflict
            && optimistic::supports(&self.store, batch.len(), self.pessimistic_for == 0);
        let seats = self.cached_seats.as_ref().filter(|_| applicable)?;
        let registers =
            |request: &Arc<Request>| request.event == seats.event && matches!(request.command, Command::Register(_));
        batch.iter().all(registers).then(|| seats.clone())
    }
}

/// Serves each request in a transaction of its own.
async fn serve_one_by_one(store: &Store, batch: &[Arc<Request>]) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(batch.len());
    let mut unavailable: Option<Refusal> = None;
    for request in batch {
        // Once the database is unavailable, the remaining requests fail without waiting for a timeout each.
        if let Some(refusal) = &unavailable {
            replies.push(Err(refusal.clone()));
            continue;
        }
        match locked::serve_one(store, request).await {
            Ok(mut committed) => replies.extend(committed.replies.pop()),
            Err(error) => {
                let down = matches!(error, StoreError::Unavailable(_));
                let refusal = Refusal::from(error);
                unavailable = down.then(|| refusal.clone());
                replies.push(Err(refusal));
            }
        }
    }
    replies
}
