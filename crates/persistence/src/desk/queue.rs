//! The desk's queue: receives requests, and holds the batch that is being served until its replies are sent.

use std::mem;
use std::sync::Arc;

use plenaria_domain::values::ids::EventId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::Span;

use crate::desk::spans::QueueSpan;
use crate::metrics::StoreMetrics;
use crate::registrations::new_registration::{NewRegistration, RegistrationReply};

/// How many requests one batch has at most.
const MAX_BATCH: usize = 256;

/// A request in the queue.
pub(crate) struct Request {
    pub(crate) new: Arc<NewRegistration>,
    pub(crate) reply: oneshot::Sender<RegistrationReply>,
    pub(crate) span: QueueSpan,
    /// When the request was enqueued; `None` without metrics.
    pub(crate) enqueued_at: Option<Instant>,
}

pub(crate) struct DeskQueue {
    requests: mpsc::Receiver<Request>,
    metrics: Option<Arc<StoreMetrics>>,
    /// The current batch; `senders` has the same order.
    batch: Vec<Arc<NewRegistration>>,
    senders: Vec<(oneshot::Sender<RegistrationReply>, Span)>,
    /// Requests that [`DeskQueue::extend_batch`] received for other events; they begin the next batch.
    deferred: Vec<Request>,
}

impl DeskQueue {
    pub(crate) const fn new(requests: mpsc::Receiver<Request>, metrics: Option<Arc<StoreMetrics>>) -> Self {
        Self { requests, metrics, batch: Vec::new(), senders: Vec::new(), deferred: Vec::new() }
    }

    /// Makes a batch of all waiting requests; if there are none, waits for the first one. Returns `false` once the desk
    /// has closed and all requests are served. Cancel-safe: dropping this future loses no request.
    pub(crate) async fn next_batch(&mut self) -> bool {
        let mut received = mem::take(&mut self.deferred);
        if received.is_empty() {
            self.requests.recv_many(&mut received, MAX_BATCH).await;
        }
        for request in received {
            self.push(request);
        }
        while self.batch.len() < MAX_BATCH
            && let Ok(request) = self.requests.try_recv()
        {
            self.push(request);
        }
        !self.batch.is_empty()
    }

    /// The current batch.
    pub(crate) fn batch(&self) -> Arc<[Arc<NewRegistration>]> {
        self.batch.as_slice().into()
    }

    /// The events of the current batch, sorted and without repetitions.
    pub(crate) fn events(&self) -> Vec<EventId> {
        let mut events: Vec<EventId> = self.batch.iter().map(|new| new.event_id).collect();
        events.sort_unstable();
        events.dedup();
        events
    }

    /// Adds the requests for these events that have arrived meanwhile, and returns the batch. `events` must be sorted.
    pub(crate) fn extend_batch(&mut self, events: &[EventId]) -> Arc<[Arc<NewRegistration>]> {
        while self.batch.len().max(self.deferred.len()) < MAX_BATCH
            && let Ok(request) = self.requests.try_recv()
        {
            if events.binary_search(&request.new.event_id).is_ok() {
                self.push(request);
            } else {
                self.deferred.push(request);
            }
        }
        self.batch()
    }

    /// Sends the replies, which have the order of the batch, and clears the batch.
    pub(crate) fn reply(&mut self, replies: Vec<RegistrationReply>) {
        self.batch.clear();
        let size = i64::try_from(replies.len()).unwrap_or(i64::MAX);
        for ((sender, commit_span), reply) in self.senders.drain(..).zip(replies) {
            commit_span.record("batch", size);
            drop(commit_span);
            // A caller that no longer waits is registered all the same.
            let _ = sender.send(reply);
        }
    }

    fn push(&mut self, request: Request) {
        if let Some((metrics, enqueued_at)) = self.metrics.as_ref().zip(request.enqueued_at) {
            metrics.desk.observe_wait(enqueued_at);
        }
        self.batch.push(request.new);
        self.senders.push((request.reply, request.span.dequeued()));
    }
}
