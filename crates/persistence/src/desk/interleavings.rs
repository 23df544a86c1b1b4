//! Thousands of interleavings of callers, worker and shutdown, chosen by `shuttle`: it runs all tasks on one thread and
//! decides at every step which of them goes on. A failure prints a seed; `SHUTTLE_RANDOM_SEED` with that seed repeats it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{Either, join_all, select};
use plenaria_domain::audit::AuditContext;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use shuttle::future::{block_on, spawn, yield_now};
use shuttle::rand::{Rng as _, thread_rng};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::desk::Desk;
use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{AttendanceEntry, AttendeeRef, Command, RecordAttendance, Request};
use crate::desk::server::{BatchServer, SharedQueue};

/// How many interleavings each test tries.
const INTERLEAVINGS: usize = 3_000;
const CALLERS: u128 = 3;
const REQUESTS_PER_CALLER: u128 = 4;

/// Serves batches as the desk's worker does, but commits to a list. Its transactions are repeated now and then.
struct Recorder(Arc<Mutex<Vec<u128>>>);

impl BatchServer for Recorder {
    async fn next_batch(&mut self, queue: &SharedQueue) -> bool {
        queue.lock().await.next_batch().await
    }

    async fn serve(&mut self, queue: &SharedQueue) -> Vec<Reply> {
        loop {
            let events = queue.lock().await.events();
            yield_now().await;
            let batch = queue.lock().await.extend_batch(&events);
            yield_now().await;
            if thread_rng().gen_range(0..4) > 0 {
                let numbers: Vec<u128> = batch.iter().map(|request| number(request)).collect();
                self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(&numbers);
                return numbers.into_iter().map(|number| Ok(outcome(number))).collect();
            }
        }
    }
}

/// A request with a number, for one of two events.
fn request(number: u128) -> Request {
    let event = EventId(Uuid::from_u128(number % 2));
    let command = Command::Confirm(RegistrationId(Uuid::from_u128(number)));
    Request { event, now: Instant::default(), idempotency: None, command }
}

fn number(request: &Request) -> u128 {
    let Command::Confirm(id) = &request.command else { panic!("only these are sent") };
    id.0.as_u128()
}

/// The outcome of the request with this number, and to no other.
fn outcome(number: u128) -> Outcome {
    Outcome::Promoted(u32::try_from(number).unwrap())
}

/// Sends a caller's requests one after another, without waiting for the replies, and gives up on some of them. Returns the
/// numbers of the requests that were accepted and answered.
async fn call(desk: Desk, caller: u128) -> Vec<u128> {
    let calls = (0..REQUESTS_PER_CALLER).map(async |index| {
        let number = caller * REQUESTS_PER_CALLER + index;
        let gives_up = thread_rng().gen_range(0..4) == 0;
        let submitted = Box::pin(desk.submit(request(number)));
        let patience = Box::pin(async {
            if gives_up {
                yield_now().await;
            } else {
                std::future::pending::<()>().await;
            }
        });
        match select(submitted, patience).await {
            Either::Left((Ok(Outcome::Promoted(answered)), _)) => {
                assert_eq!(u128::from(answered), number, "every caller gets the reply to its own request");
                Some(number)
            }
            Either::Left((Err(Refusal::Overloaded), _)) | Either::Right(_) => None,
            Either::Left((other, _)) => panic!("{other:?}"),
        }
    });
    join_all(calls).await.into_iter().flatten().collect()
}

/// Opens a desk, lets all callers call, and closes it; with `stops`, the worker is dropped at some point.
fn run(capacity: usize, stops: bool) {
    block_on(async move {
        let committed = Arc::new(Mutex::new(Vec::new()));
        let (desk, worker) = Desk::served_by(Recorder(Arc::clone(&committed)), capacity, None);
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = spawn(async move {
            select(Box::pin(worker), stopped).await;
        });
        let callers: Vec<_> = (0..CALLERS).map(|caller| spawn(call(desk.clone(), caller))).collect();
        drop(desk);
        let mut stop = Some(stop);
        if stops {
            for _ in 0..thread_rng().gen_range(0..20) {
                yield_now().await;
            }
            stop = None;
        }
        let mut answered = Vec::new();
        for caller in callers {
            answered.extend(caller.await.unwrap());
        }
        worker.await.unwrap();
        drop(stop);
        check(&committed.lock().unwrap_or_else(PoisonError::into_inner), &answered);
    });
}

fn check(committed: &[u128], answered: &[u128]) {
    let set: HashSet<&u128> = committed.iter().collect();
    assert_eq!(set.len(), committed.len(), "each request is carried out once: {committed:?}");
    assert!(answered.iter().all(|number| set.contains(number)), "what was answered was carried out");
    for event in 0..2 {
        for caller in 0..CALLERS {
            let of_caller = |number: &&u128| **number % 2 == event && **number / REQUESTS_PER_CALLER == caller;
            let order: Vec<&u128> = committed.iter().filter(of_caller).collect();
            assert!(order.is_sorted(), "the order of arrival decides at each event: {committed:?}");
        }
    }
}

#[test]
fn every_request_is_served_once_in_order_and_the_worker_ends() {
    shuttle::check_random(|| run(64, false), INTERLEAVINGS);
}

#[test]
fn a_full_queue_refuses_and_loses_nothing() {
    shuttle::check_random(|| run(2, false), INTERLEAVINGS);
}

/// Nothing serves this queue, so all requests stay in it.
#[tokio::test]
async fn requests_about_many_people_take_their_places() {
    let (desk, _worker) = Desk::served_by(Recorder(Arc::default()), 4_096, None);
    let of = |size: usize| {
        let entry =
            AttendanceEntry { attendee: AttendeeRef::ExternalReference(String::new()), attended: true, at: None };
        let entries = vec![entry; size];
        let attendance = RecordAttendance { access: None, audit: AuditContext::operator(), entries };
        Request { command: Command::RecordAttendance(attendance), ..request(0) }
    };
    let mut waiting: Vec<_> = (0..32).map(|_| Box::pin(desk.submit(of(500)))).collect();
    for request in &mut waiting {
        assert!(request.now_or_never().is_none(), "it waits");
    }
    assert!(matches!(desk.submit(of(385)).await, Err(Refusal::Overloaded)));
    assert!(desk.submit(request(1)).now_or_never().is_none(), "single requests have places of their own");
    waiting.clear();
    let refused = desk.submit(of(385)).now_or_never();
    assert!(matches!(refused, Some(Err(Refusal::Overloaded))), "what its caller no longer waits for is still queued");
}

#[test]
fn callers_of_a_worker_that_stops_do_not_wait_forever() {
    shuttle::check_random(|| run(64, true), INTERLEAVINGS);
}
