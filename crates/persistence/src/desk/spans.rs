//! The desk's tracing spans: `desk.wait`, how long a request waited in the queue, and `desk.commit`, how long its batch
//! took.
//!
//! Both have the level `debug`, so they cost nothing unless traces or debug logs are enabled.

use tracing::Span;

/// The span of a request that waits in the desk's queue.
#[derive(Debug)]
pub(crate) struct QueueSpan {
    wait: Span,
    request: Span,
}

impl QueueSpan {
    /// Begins to measure the wait, as a child of the current span.
    pub(crate) fn begin() -> Self {
        let wait = tracing::debug_span!("desk.wait");
        let request = if wait.is_disabled() { Span::none() } else { Span::current() };
        Self { wait, request }
    }

    /// Ends the wait and begins the commit's span. The caller drops that span after the commit, and records the batch's
    /// size in its field `batch`.
    pub(crate) fn dequeued(self) -> Span {
        drop(self.wait);
        if self.request.is_disabled() {
            return Span::none();
        }
        tracing::debug_span!(parent: &self.request, "desk.commit", batch = tracing::field::Empty)
    }
}
