//! When a request must be answered.
//!
//! A database that does not answer (a frozen machine, a network that swallows everything) must not make requests pile up.
//! So each has a few seconds of the server's own time; what waits for its caller, or was asked to wait, has more.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};
use tokio::time::Instant;

/// How much of the server's own time a request may take, and how much while the database is known to be away.
const ANSWER: Duration = Duration::from_secs(8);
const ANSWER_WITHOUT_DATABASE: Duration = Duration::from_millis(900);

/// What a request knows of its deadline.
#[derive(Clone, Debug)]
struct Shared(Rc<(Cell<Instant>, RefCell<Option<HttpRequest>>)>);

/// A request's deadline.
#[derive(Debug)]
pub(crate) struct Deadline(Shared);

impl Deadline {
    /// The deadline of a request that came just now.
    pub(crate) fn of(request: &impl HttpMessage, database_is_away: bool) -> Self {
        let answer = if database_is_away { ANSWER_WITHOUT_DATABASE } else { ANSWER };
        let shared = Shared(Rc::new((Cell::new(Instant::now() + answer), RefCell::new(None))));
        request.extensions_mut().insert(shared.clone());
        Self(shared)
    }

    /// What the future says, or `late` if it says nothing in time; the future is still there while that is called. A
    /// request that no route has taken is not one that a database could hold up.
    pub(crate) async fn keep<T>(self, future: impl Future<Output = T>, late: impl FnOnce(HttpRequest) -> T) -> T {
        let mut future = pin!(future);
        let (ends, request) = &*self.0.0;
        loop {
            let at = ends.get();
            if let Ok(answer) = tokio::time::timeout_at(at, &mut future).await {
                return answer;
            }
            // It may have been put off meanwhile.
            if ends.get() <= at {
                let request = request.borrow().clone();
                return match request {
                    Some(request) => late(request),
                    None => future.await,
                };
            }
        }
    }
}

impl Drop for Deadline {
    /// The request knows of its deadline, and that of the request: one of them must let go.
    fn drop(&mut self) {
        self.0.0.1.take();
    }
}

/// A route has taken the request. Until then nobody else may hold it: the router wants it to itself.
pub(crate) fn routed(request: &HttpRequest) {
    let shared = request.extensions().get::<Shared>().cloned();
    if let Some(shared) = shared {
        shared.0.1.replace(Some(request.clone()));
    }
}

/// Puts off the request's deadline: so long it is not the server that is waited for.
pub(crate) fn put_off(request: &HttpRequest, wait: Duration) {
    if let Some(shared) = request.extensions().get::<Shared>() {
        shared.0.0.set(Instant::now() + wait + ANSWER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[tokio::test(start_paused = true)]
    async fn it_is_kept_and_can_be_put_off() {
        let request = TestRequest::get().to_http_request();
        let work = |seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            "done"
        };
        let late = |_| "late";
        let routed = |deadline| {
            super::routed(&request);
            deadline
        };
        assert_eq!(routed(Deadline::of(&request, false)).keep(work(7), late).await, "done");
        assert_eq!(routed(Deadline::of(&request, false)).keep(work(9), late).await, "late");
        assert_eq!(Deadline::of(&request, false).keep(work(9), late).await, "done");
        assert_eq!(routed(Deadline::of(&request, true)).keep(work(1), late).await, "late");
        let waits = async {
            put_off(&request, Duration::from_secs(20));
            work(19).await;
            put_off(&request, Duration::ZERO);
            work(7).await
        };
        assert_eq!(routed(Deadline::of(&request, false)).keep(waits, late).await, "done");
    }
}
