//! The registration desk: a queue in front of one worker, which carries out everything that changes registrations, in
//! batches, one transaction per batch.
//!
//! With one transaction per request, thousands of people who register or cancel in the same minute would each wait for
//! the lock on the event's seat row and for a commit of their own. The worker (`crate::desk::worker`) instead dequeues
//! all waiting requests, never waiting for more, and serves them in one transaction. Meanwhile the next batch gathers in
//! the queue, so an idle desk replies at once and a busy one shares the cost of its commits.
//!
//! A batch may hold any mixture of requests ([`request::Command`]) for any events; the order of arrival decides. It is
//! decided by one function, `crate::desk::decide::decide`, on a ledger (`crate::desk::ledger`) of the rows that it
//! concerns, and written by one function, `crate::desk::write::write`. Two paths lead there:
//!
//! - The **optimistic path** (`crate::desk::optimistic`) decides from the seat counts that the previous batch left, and sends
//!   a single statement that writes everything only if those counts still permit the decision. It costs one round trip,
//!   and serves a rush of new registrations for one event.
//! - The **locked path** (`crate::desk::locked`) locks the seat rows first, then reads, decides and writes. It is always
//!   right, costs four or more round trips, and takes everything else: batches with other requests or for several
//!   events, batches after another writer changed the counts, and batches with duplicates. If it fails, each request is
//!   tried in a transaction of its own, so that one bad request cannot fail the others.
//!
//! Capacity is exact across instances: on `PostgreSQL` because of the lock on the seat row, on `SQLite` because there
//! is only one write transaction at a time. Requests for the same events that arrive while a batch waits for the lock
//! join that batch. Nothing else changes registrations, apart from the removal of requests that were never confirmed and
//! of personal data whose time is over; both take the same lock.

mod decide;
#[cfg(test)]
mod interleavings;
mod ledger;
mod load;
pub(crate) mod locked;
mod optimistic;
mod queue;
pub mod reply;
pub mod request;
mod server;
mod spans;
mod worker;
mod write;

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time;

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::desk::queue::QueuedRequest;
use crate::desk::reply::{Refusal, Reply};
use crate::desk::request::Request;
use crate::desk::server::BatchServer;
use crate::desk::spans::QueueSpan;
use crate::desk::worker::DeskWorker;
use crate::metrics::StoreMetrics;

/// How many requests the queue holds; further ones fail with [`Refusal::Overloaded`].
const QUEUE_CAPACITY: usize = 4096;
/// How many people the queued requests about several people may concern together.
const LARGE_REQUESTS_CAPACITY: usize = 16_384;

/// A handle to submit requests with. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Desk {
    queue: mpsc::Sender<QueuedRequest>,
    /// A permit for each person whom a queued request about several people concerns, so that the queue's memory is bounded.
    large_requests: Arc<Semaphore>,
    metrics: Option<Arc<StoreMetrics>>,
}

impl Desk {
    /// Opens a desk. The returned future is its worker, which must run in a task of its own. Once every clone of the handle
    /// is dropped, the worker serves the remaining requests and ends.
    pub fn open(store: Store) -> (Self, impl Future<Output = ()> + Send + 'static) {
        Self::served_by(DeskWorker::new(&store), QUEUE_CAPACITY, store.metrics().cloned())
    }

    /// Opens a desk with this server of its batches and a queue that holds this many requests.
    fn served_by(
        server: impl BatchServer + 'static,
        capacity: usize,
        metrics: Option<Arc<StoreMetrics>>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, requests) = mpsc::channel(capacity);
        if let Some(metrics) = &metrics {
            metrics.desk.watch_queue(queue.downgrade());
        }
        let large_requests = Arc::new(Semaphore::new(LARGE_REQUESTS_CAPACITY));
        (Self { queue, large_requests, metrics: metrics.clone() }, server::serve_all(server, requests, metrics))
    }

    /// Carries out a request; requests are served in the order of the calls. When this returns `Ok`, what was requested is
    /// durably stored.
    pub async fn submit(&self, request: Request) -> Reply {
        let (reply, response) = oneshot::channel();
        let enqueued_at = self.metrics.is_some().then(time::Instant::now);
        let request = Arc::new(request);
        let places = match u32::try_from(request.size()) {
            Ok(1) => None,
            size => match Arc::clone(&self.large_requests).try_acquire_many_owned(size.unwrap_or(u32::MAX)) {
                Ok(places) => Some(places),
                Err(_) => return self.refuse(&request),
            },
        };
        let queued = QueuedRequest { request, reply, places, span: QueueSpan::begin(), enqueued_at };
        if let Err(error) = self.queue.try_send(queued) {
            return self.refuse(&error.into_inner().request);
        }
        response.await.map_err(|_| Refusal::Overloaded)?
    }

    /// Refuses a request for which there is no place in the queue.
    fn refuse(&self, request: &Request) -> Reply {
        let refused = Err(Refusal::Overloaded);
        if let Some(metrics) = &self.metrics {
            metrics.registrations.count(&(request, &refused));
        }
        refused
    }
}

impl Store {
    /// Carries out a request in a transaction of its own, as the desk does. For programs without a desk.
    pub async fn submit(&self, request: Request) -> Reply {
        let committed = locked::serve_one(self, &Arc::new(request)).await?;
        only_reply(committed.replies)
    }

    /// The reply that [`Self::submit`] would give. Nothing is stored.
    pub async fn try_submit(&self, request: Request) -> Reply {
        let committed = locked::try_one(self, &Arc::new(request)).await?;
        only_reply(committed.replies)
    }
}

fn only_reply(mut replies: Vec<Reply>) -> Reply {
    replies.pop().unwrap_or_else(|| Err(StoreError::corrupt("a batch", "it has no reply").into()))
}
