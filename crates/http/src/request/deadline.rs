//! Enforces a deadline for each request.
//!
//! If the database does not respond (a frozen machine, a network that drops every packet), requests must not pile up. So
//! the server has a few seconds for each request. Time that a request waits for its caller, or that the caller asked it to
//! wait, does not count.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};
use tokio::time::Instant;

/// How long the server may work on a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);
/// How long the server may work on a request while the database is unavailable.
const REQUEST_TIMEOUT_WITHOUT_DATABASE: Duration = Duration::from_millis(900);

/// When the request has to be answered, and the request itself once a route has matched. The request's extensions hold a
/// clone of this.
#[derive(Clone, Debug)]
struct Shared(Rc<(Cell<Instant>, RefCell<Option<HttpRequest>>)>);

/// A request's deadline.
#[derive(Debug)]
pub(crate) struct Deadline(Shared);

impl Deadline {
    /// The deadline of a request that begins now.
    pub(crate) fn start(request: &impl HttpMessage, database_unavailable: bool) -> Self {
        let timeout = if database_unavailable { REQUEST_TIMEOUT_WITHOUT_DATABASE } else { REQUEST_TIMEOUT };
        let shared = Shared(Rc::new((Cell::new(Instant::now() + timeout), RefCell::new(None))));
        request.extensions_mut().insert(shared.clone());
        Self(shared)
    }

    /// The output of the future, or that of `on_timeout` if the deadline passes first. The future is dropped only after
    /// `on_timeout` has returned. A request that no route has matched has no deadline, since no database can delay it.
    pub(crate) async fn enforce<T>(
        self,
        future: impl Future<Output = T>,
        on_timeout: impl FnOnce(HttpRequest) -> T,
    ) -> T {
        let mut future = pin!(future);
        let (ends_at, request) = &*self.0.0;
        loop {
            let deadline = ends_at.get();
            if let Ok(output) = tokio::time::timeout_at(deadline, &mut future).await {
                return output;
            }
            // `extend` may have moved the deadline in the meantime.
            if ends_at.get() <= deadline {
                let request = request.borrow().clone();
                return match request {
                    Some(request) => on_timeout(request),
                    None => future.await,
                };
            }
        }
    }
}

impl Drop for Deadline {
    /// Breaks the reference cycle between the request and its deadline.
    fn drop(&mut self) {
        self.0.0.1.take();
    }
}

/// Gives the deadline a reference to its request, once a route has matched. Before that the router needs the only
/// reference.
pub(crate) fn bind_request(request: &HttpRequest) {
    let shared = request.extensions().get::<Shared>().cloned();
    if let Some(shared) = shared {
        shared.0.1.replace(Some(request.clone()));
    }
}

/// Moves the request's deadline to after `wait`, during which the request does not wait for the server.
pub(crate) fn extend(request: &HttpRequest, wait: Duration) {
    if let Some(shared) = request.extensions().get::<Shared>() {
        shared.0.0.set(Instant::now() + wait + REQUEST_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_enforced_and_can_be_extended() {
        let request = TestRequest::get().to_http_request();
        let work = |seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            "done"
        };
        let on_timeout = |_| "timed out";
        let bound = |deadline| {
            bind_request(&request);
            deadline
        };
        assert_eq!(bound(Deadline::start(&request, false)).enforce(work(7), on_timeout).await, "done");
        assert_eq!(bound(Deadline::start(&request, false)).enforce(work(9), on_timeout).await, "timed out");
        assert_eq!(Deadline::start(&request, false).enforce(work(9), on_timeout).await, "done");
        assert_eq!(bound(Deadline::start(&request, true)).enforce(work(1), on_timeout).await, "timed out");
        let waits = async {
            extend(&request, Duration::from_secs(20));
            work(19).await;
            extend(&request, Duration::ZERO);
            work(7).await
        };
        assert_eq!(bound(Deadline::start(&request, false)).enforce(waits, on_timeout).await, "done");
    }
}
