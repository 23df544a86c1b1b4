//! The registration desk: a queue in front of one worker, which registers people in batches, one transaction per batch.
//!
//! With one transaction per person, thousands of people who register in the same minute would each wait for the lock on
//! the event's seat row and for a commit of their own. The worker (`crate::desk::worker`) instead dequeues all waiting
//! requests, never waiting for more, and registers them in one transaction. Meanwhile the next batch gathers in the
//! queue, so an idle desk replies at once and a busy one shares the cost of its commits.
//!
//! A batch is written on one of two paths; both decide with the same function, `crate::desk::decide::decide`:
//!
//! - The **optimistic path** (`crate::desk::optimistic`) decides from the seat counts that the previous batch left, and sends
//!   a single statement that writes everything only if those counts still permit the decision. It costs one round trip,
//!   and serves a rush on one event.
//! - The **locked path** (`crate::desk::locked`) locks the seat rows first, then reads, decides and writes. It is always
//!   right, costs four or more round trips, and takes what the optimistic path cannot: batches for several events,
//!   batches after another writer changed the counts, and batches with duplicates. If it fails, each request is tried
//!   in a transaction of its own, so that one bad request cannot fail the others.
//!
//! Capacity is exact across instances: on `PostgreSQL` because of the lock on the seat row, on `SQLite` because there
//! is only one write transaction at a time. Requests for the same events that arrive while a batch waits for the lock
//! join that batch.

pub mod all_or_none;
pub(crate) mod decide;
pub(crate) mod locked;
pub(crate) mod optimistic;
pub(crate) mod queue;
pub(crate) mod spans;
pub(crate) mod worker;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time;

use crate::database::store::Store;
use crate::desk::queue::Request;
use crate::desk::spans::QueueSpan;
use crate::metrics::StoreMetrics;
use crate::registrations::new_registration::{NewRegistration, RegistrationError, RegistrationReply};

/// How many requests the queue holds; further ones fail with [`RegistrationError::Overloaded`].
const QUEUE_CAPACITY: usize = 4096;

/// A handle to submit requests with. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Desk {
    queue: mpsc::Sender<Request>,
    metrics: Option<Arc<StoreMetrics>>,
}

impl Desk {
    /// Opens a desk. The returned future is its worker, which must run in a task of its own. Once every clone of the handle
    /// is dropped, the worker serves the remaining requests and ends.
    pub fn open(store: Store) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, requests) = mpsc::channel(QUEUE_CAPACITY);
        let metrics = store.metrics().cloned();
        if let Some(metrics) = &metrics {
            metrics.desk.watch_queue(queue.downgrade());
        }
        (Self { queue, metrics }, worker::run(store, requests))
    }

    /// Registers a person; requests are served in the order of the calls. When this returns `Ok`, the registration is
    /// durably stored.
    pub async fn register(&self, new: NewRegistration) -> RegistrationReply {
        let (reply, response) = oneshot::channel();
        let enqueued_at = self.metrics.is_some().then(time::Instant::now);
        let request = Request { new: Arc::new(new), reply, span: QueueSpan::begin(), enqueued_at };
        if self.queue.try_send(request).is_err() {
            if let Some(metrics) = &self.metrics {
                metrics.registrations.count(&RegistrationError::Overloaded);
            }
            return Err(RegistrationError::Overloaded);
        }
        response.await.map_err(|_| RegistrationError::Overloaded)?
    }
}
