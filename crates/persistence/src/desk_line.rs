//! Those who wait at the desk, and those of them who are being served: one batch at a time.

use std::mem;
use std::sync::Arc;

use plenaria_domain::ids::EventId;
use tokio::sync::{mpsc, oneshot};
use tracing::Span;

use crate::Figures;
use crate::desk::{Answer, NewRegistration, Request};

/// How many requests one transaction takes.
const BATCH: usize = 256;

pub(crate) struct Line {
    requests: mpsc::Receiver<Request>,
    figures: Option<Arc<Figures>>,
    /// The batch, in the order of its answers.
    news: Vec<Arc<NewRegistration>>,
    replies: Vec<(oneshot::Sender<Answer>, Span)>,
    /// Who came while a batch for other events was served: the first of the next one.
    others: Vec<Request>,
}

impl Line {
    pub(crate) const fn new(requests: mpsc::Receiver<Request>, figures: Option<Arc<Figures>>) -> Self {
        Self { requests, figures, news: Vec::new(), replies: Vec::new(), others: Vec::new() }
    }

    /// Takes all who wait, never waiting for more; while nobody does, waits for the first, and who gives up waiting loses nobody.
    /// `false`: the desk has closed, and all have been served.
    pub(crate) async fn next(&mut self) -> bool {
        let mut taken = mem::take(&mut self.others);
        if taken.is_empty() {
            self.requests.recv_many(&mut taken, BATCH).await;
        }
        for request in taken {
            self.take(request);
        }
        while self.news.len() < BATCH
            && let Ok(request) = self.requests.try_recv()
        {
            self.take(request);
        }
        !self.news.is_empty()
    }

    /// The batch.
    pub(crate) fn batch(&self) -> Arc<[Arc<NewRegistration>]> {
        self.news.as_slice().into()
    }

    /// The events it is for, in order.
    pub(crate) fn events(&self) -> Vec<EventId> {
        let mut events: Vec<EventId> = self.news.iter().map(|new| new.event_id).collect();
        events.sort_unstable();
        events.dedup();
        events
    }

    /// The batch with all who have come for these events meanwhile; the events must be in order.
    pub(crate) fn joined(&mut self, events: &[EventId]) -> Arc<[Arc<NewRegistration>]> {
        while self.news.len().max(self.others.len()) < BATCH
            && let Ok(request) = self.requests.try_recv()
        {
            if events.binary_search(&request.new.event_id).is_ok() {
                self.take(request);
            } else {
                self.others.push(request);
            }
        }
        self.batch()
    }

    /// Answers all of the batch, and lets them go.
    pub(crate) fn answer(&mut self, answers: Vec<Answer>) {
        self.news.clear();
        let size = i64::try_from(answers.len()).unwrap_or(i64::MAX);
        for ((reply, committing), answer) in self.replies.drain(..).zip(answers) {
            committing.record("batch", size);
            drop(committing);
            // Whoever has gone away meanwhile is registered all the same.
            let _ = reply.send(answer);
        }
    }

    fn take(&mut self, request: Request) {
        if let Some((figures, handed_in)) = self.figures.as_ref().zip(request.handed_in) {
            figures.desk.taken(handed_in);
        }
        self.news.push(request.new);
        self.replies.push((request.reply, request.waiting.taken()));
    }
}
