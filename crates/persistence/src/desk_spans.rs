//! The desk's part of a trace: how long a request waited, and how long its batch took. The spans are at `debug`, so where
//! neither traces nor such logs are wanted they cost nothing.

use tracing::Span;

/// A request that waits at the desk.
#[derive(Debug)]
pub(crate) struct Waiting {
    wait: Span,
    request: Span,
}

impl Waiting {
    /// It begins to wait, within the current span.
    pub(crate) fn begin() -> Self {
        let wait = tracing::debug_span!("desk.wait");
        let request = if wait.is_disabled() { Span::none() } else { Span::current() };
        Self { wait, request }
    }

    /// It has been taken, with so many others; what it is given lasts until they are on disk.
    pub(crate) fn taken(self, batch: usize) -> Span {
        drop(self.wait);
        if self.request.is_disabled() {
            return Span::none();
        }
        let batch = i64::try_from(batch).unwrap_or(i64::MAX);
        tracing::debug_span!(parent: &self.request, "desk.commit", batch)
    }
}
