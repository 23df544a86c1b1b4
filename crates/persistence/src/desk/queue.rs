//! The desk's queue: receives requests, and holds the batch that is being served until its replies are sent.

use std::collections::VecDeque;
use std::sync::Arc;

use plenaria_domain::values::ids::EventId;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Instant;
use tracing::Span;

use crate::desk::reply::Reply;
use crate::desk::request::Request;
use crate::desk::spans::QueueSpan;
use crate::metrics::StoreMetrics;

/// How many people a batch concerns at most, unless its first request alone concerns more.
const MAX_BATCH: usize = 256;

/// A request in the queue.
pub(crate) struct QueuedRequest {
    pub(crate) request: Arc<Request>,
    pub(crate) reply: oneshot::Sender<Reply>,
    /// The places that a request about several people takes until it is answered.
    pub(crate) places: Option<OwnedSemaphorePermit>,
    pub(crate) span: QueueSpan,
    /// When the request was enqueued; `None` without metrics.
    pub(crate) enqueued_at: Option<Instant>,
}

pub(crate) struct DeskQueue {
    requests: mpsc::Receiver<QueuedRequest>,
    metrics: Option<Arc<StoreMetrics>>,
    /// The current batch; `senders` has the same order.
    batch: Vec<Arc<Request>>,
    senders: Vec<(oneshot::Sender<Reply>, Span, Option<OwnedSemaphorePermit>)>,
    /// How many people the current batch concerns.
    size: usize,
    /// Requests that were received but have no place in the current batch, in the order of arrival; they begin the next one.
    deferred: VecDeque<QueuedRequest>,
}

impl DeskQueue {
    pub(crate) const fn new(requests: mpsc::Receiver<QueuedRequest>, metrics: Option<Arc<StoreMetrics>>) -> Self {
        Self { requests, metrics, batch: Vec::new(), senders: Vec::new(), size: 0, deferred: VecDeque::new() }
    }

    /// Makes a batch of all waiting requests; if there are none, waits for the first one. Returns `false` once the desk
    /// has closed and all requests are served. Cancel-safe: dropping this future loses no request.
    pub(crate) async fn next_batch(&mut self) -> bool {
        if self.deferred.is_empty() {
            let Some(first) = self.requests.recv().await else { return false };
            self.deferred.push_back(first);
        }
        while let Some(next) = self.deferred.pop_front().or_else(|| self.requests.try_recv().ok()) {
            if !self.has_place(&next) {
                self.deferred.push_front(next);
                break;
            }
            self.push(next);
        }
        true
    }

    /// Whether a request fits into the current batch.
    fn has_place(&self, queued: &QueuedRequest) -> bool {
        self.batch.is_empty() || self.size + queued.request.size() <= MAX_BATCH
    }

    /// The current batch.
    pub(crate) fn batch(&self) -> Arc<[Arc<Request>]> {
        self.batch.as_slice().into()
    }

    /// The events of the current batch, sorted and without repetitions.
    pub(crate) fn events(&self) -> Vec<EventId> {
        let mut events: Vec<EventId> = self.batch.iter().map(|request| request.event).collect();
        events.sort_unstable();
        events.dedup();
        events
    }

    /// Adds the requests for these events that have arrived meanwhile, and returns the batch. `events` must be sorted.
    pub(crate) fn extend_batch(&mut self, events: &[EventId]) -> Arc<[Arc<Request>]> {
        // Requests that are deferred stay in the order of arrival, before those that arrive later.
        while self.deferred.len() < MAX_BATCH
            && let Ok(next) = self.requests.try_recv()
        {
            let is_of_events = events.binary_search(&next.request.event).is_ok();
            let overtakes = self.deferred.iter().any(|earlier| earlier.request.event == next.request.event);
            if is_of_events && !overtakes && self.has_place(&next) {
                self.push(next);
            } else {
                self.deferred.push_back(next);
            }
        }
        self.batch()
    }

    /// Sends the replies, which have the order of the batch, and clears the batch.
    pub(crate) fn reply(&mut self, replies: Vec<Reply>) {
        self.batch.clear();
        self.size = 0;
        let size = i64::try_from(replies.len()).unwrap_or(i64::MAX);
        for ((sender, commit_span, places), reply) in self.senders.drain(..).zip(replies) {
            commit_span.record("batch", size);
            drop((commit_span, places));
            // What a caller that no longer waits has requested is done all the same.
            let _ = sender.send(reply);
        }
    }

    fn push(&mut self, queued: QueuedRequest) {
        if let Some((metrics, enqueued_at)) = self.metrics.as_ref().zip(queued.enqueued_at) {
            metrics.desk.observe_wait(enqueued_at);
        }
        self.size += queued.request.size();
        self.batch.push(queued.request);
        self.senders.push((queued.reply, queued.span.dequeued(), queued.places));
    }
}
