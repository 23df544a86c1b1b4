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

    /// It has been taken; what it is given lasts until the batch is on disk, and is to be told how many that were.
    pub(crate) fn taken(self) -> Span {
        drop(self.wait);
        if self.request.is_disabled() {
            return Span::none();
        }
        tracing::debug_span!(parent: &self.request, "desk.commit", batch = tracing::field::Empty)
    }
}
