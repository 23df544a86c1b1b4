//! The registration desk: everybody who waits is served together.
//!
//! One task takes *all* the requests that wait (never waiting for more), and registers them in one transaction. While
//! one batch commits, the next gathers by itself, so an idle system answers at once and a busy one shares the cost of
//! its commits. On `PostgreSQL` the lock on the event's seat row makes it right across instances; on `SQLite` the one
//! write transaction does. Whoever comes while a batch waits for that lock behind another instance joins it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use plenaria_domain::ids::{ClientId, EventId, RegistrationId};
use plenaria_domain::registration::{Attendee, Registration};
use plenaria_domain::seats::Seats;
use plenaria_domain::time::Instant;
use plenaria_domain::window::WindowClosed;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time;
use uuid::Uuid;

use crate::connections::Kept;
use crate::desk_batch::{self, Done, Lookup};
use crate::desk_known::{self, Tried};
use crate::desk_line::Line;
use crate::desk_spans::Waiting;
use crate::idempotency::{Once, Recorded};
use crate::seats::LockedSeats;
use crate::{Constraint, Figures, Store, StoreError};

/// How many requests may wait; one more is told to come back.
const QUEUE: usize = 4096;
/// How long a batch may take before its people are told that the database does not answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// For how long a connection is kept for the next batch.
const KEPT: Duration = Duration::from_millis(50);
/// For how many batches after a duplicate the desk looks for duplicates first.
const WARY: u32 = 64;
/// For how many batches after another instance's the desk lets other threads run before it takes one, and how often.
const SHARED: u32 = 32;
const TURNS: u32 = 3;
/// For how many batches the desk does not trust the counts that it knows, after somebody else has changed them.
const DISTRUSTFUL: u32 = 32;

/// A person who asks for a seat.
#[derive(Clone)]
pub struct NewRegistration {
    /// The id that the registration will have. It is made by the caller, so that a batch whose commit was not answered
    /// can tell its own rows from others'.
    pub id: RegistrationId,
    /// The event.
    pub event_id: EventId,
    /// Who asks.
    pub attendee: Attendee,
    /// The client that asks for somebody.
    pub client: Option<ClientId>,
    /// A client's own name for it.
    pub external_reference: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// The version of the privacy notice that was accepted.
    pub privacy_notice: String,
    /// When the request came: the window is checked against it.
    pub received_at: Instant,
    /// If the request has a key: it is to have one effect, however often it comes.
    pub once: Option<Once<Answer>>,
}

impl NewRegistration {
    /// What no other registration may have: the event, the client, and its own name for it.
    pub(crate) fn reference(&self) -> Option<(Uuid, Uuid, String)> {
        let (client, name) = self.client.zip(self.external_reference.as_ref())?;
        Some((self.event_id.0, client.0, name.clone()))
    }
}

/// What a person who asked for a seat has now.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A registration.
    Registered {
        /// The registration.
        registration: Box<Registration>,
        /// What is kept of the answer, if the request had a key.
        recorded: Option<Recorded>,
    },
    /// The request came before, and had this answer.
    Replayed(Recorded),
}

/// Why a person was not registered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such event.
    #[error("there is no such event")]
    EventNotFound,
    /// Not now.
    #[error(transparent)]
    Window(#[from] WindowClosed),
    /// The address has a live registration for the event.
    #[error("the address is registered already")]
    AlreadyRegistered {
        /// That registration; it is shown to nobody who does not own it.
        id: RegistrationId,
        /// Its source.
        made_by: String,
    },
    /// The client has a registration for the event under this name.
    #[error("the client has used the external reference already")]
    ReferenceTaken,
    /// Every seat is taken and there is no queue.
    #[error("every seat is taken")]
    EventFull {
        /// The counts.
        seats: Seats,
    },
    /// The request's key came before, with another body.
    #[error("the key belongs to another request")]
    KeyOfAnother,
    /// Too many are waiting at the desk, or it has closed.
    #[error("too many are waiting at the desk")]
    Overloaded,
    /// The store failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// What the desk answers.
pub type Answer = Result<Outcome, Refused>;

pub(crate) struct Request {
    pub(crate) new: Arc<NewRegistration>,
    pub(crate) reply: oneshot::Sender<Answer>,
    pub(crate) waiting: Waiting,
    /// When it was handed in, if that is counted.
    pub(crate) handed_in: Option<time::Instant>,
}

/// The desk's counter, where requests are handed in. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Desk {
    queue: mpsc::Sender<Request>,
    figures: Option<Arc<Figures>>,
}

impl Desk {
    /// Opens a desk on the current Tokio runtime. The task ends, having served all who wait, once every clone of the
    /// counter is gone.
    pub fn open(store: Store) -> (Self, JoinHandle<()>) {
        let (queue, requests) = mpsc::channel(QUEUE);
        let figures = store.figures().cloned();
        if let Some(figures) = &figures {
            figures.desk.opened(queue.downgrade());
        }
        let task = tokio::spawn(serve(store, requests));
        (Self { queue, figures }, task)
    }

    /// Registers a person, in the order of the calls. `Ok` means: on disk.
    pub async fn register(&self, new: NewRegistration) -> Answer {
        let (reply, answer) = oneshot::channel();
        let handed_in = self.figures.is_some().then(time::Instant::now);
        let request = Request { new: Arc::new(new), reply, waiting: Waiting::begin(), handed_in };
        if self.queue.try_send(request).is_err() {
            if let Some(figures) = &self.figures {
                figures.registrations.refused(&Refused::Overloaded);
            }
            return Err(Refused::Overloaded);
        }
        answer.await.map_err(|_| Refused::Overloaded)?
    }
}

async fn serve(store: Store, requests: mpsc::Receiver<Request>) {
    let figures = store.figures().cloned();
    let line = Arc::new(Mutex::new(Line::new(requests, figures.clone())));
    let mut serving = Serving {
        store: store.at_the_desk(),
        line: Arc::clone(&line),
        kept: None,
        known: None,
        distrustful: 0,
        shared: 0,
        wary: 0,
    };
    while serving.next().await {
        let begun = time::Instant::now();
        let answers = serving.in_time().await;
        if let Some(figures) = &figures {
            figures.desk.done(begun, answers.len());
            figures.registrations.answered(&answers);
        }
        line.lock().await.answer(answers);
    }
}

/// What the desk remembers from one batch to the next; all of it is about speed alone.
struct Serving {
    store: Store,
    line: Arc<Mutex<Line>>,
    /// The connection of one batch, for the next one.
    kept: Kept,
    /// The seats of the event that the last batch was for.
    known: Option<LockedSeats>,
    /// For how many batches nothing is to rest on the very counts: another instance, or cancelling, changes them too.
    distrustful: u32,
    /// For how many batches another instance is still expected at the event. Batches then wait for each other's commits, so they
    /// are to be few and large: those who were answered just now are let in again first.
    shared: u32,
    /// For how many batches duplicates are still expected: after one, it is likely that more are on their way, and
    /// looking for them first is cheaper than doing a batch twice.
    wary: u32,
}

impl Serving {
    /// The next batch. A connection is kept for somebody who comes soon, and no longer: who knows what becomes of it meanwhile.
    async fn next(&mut self) -> bool {
        if self.shared > 0 {
            self.shared -= 1;
            (0..TURNS).for_each(|_| thread::yield_now());
        }
        let mut line = self.line.lock().await;
        if self.kept.is_some() {
            if let Ok(next) = time::timeout(KEPT, line.next()).await {
                return next;
            }
            self.kept = None;
        }
        line.next().await
    }

    /// Serves a batch, or after a while tells everybody that the database does not answer. What was asked of it may still be
    /// done; who tries again with the same key learns of it.
    async fn in_time(&mut self) -> Vec<Answer> {
        let store = self.store.clone();
        let error = match store.in_time(PATIENCE, async { Ok(self.batch().await) }).await {
            Ok(answers) => return answers,
            Err(error) => error,
        };
        self.known = None;
        let size = self.line.lock().await.batch().len();
        tracing::warn!(size, "the database does not answer the desk");
        vec![Err(refused(error)); size]
    }

    async fn batch(&mut self) -> Vec<Answer> {
        let news = self.line.lock().await.batch();
        let mut lookup = if self.wary > 0 { Lookup::First } else { Lookup::Skip };
        self.wary = self.wary.saturating_sub(1);
        self.distrustful = self.distrustful.saturating_sub(1);
        let tried = match self.relied_on(&news, lookup) {
            None => Ok(Tried::LeftAlone),
            Some(known) => {
                desk_known::register(&self.store, &mut self.kept, &news, &known, self.distrustful == 0).await
            }
        };
        let mut result = match tried {
            Ok(Tried::Done { done, moved }) => {
                if moved {
                    self.shared = SHARED;
                }
                Ok(done)
            }
            Ok(tried) => {
                if matches!(tried, Tried::Changed) {
                    self.distrustful = DISTRUSTFUL;
                    self.shared = SHARED;
                }
                self.kept = None;
                desk_batch::register(&self.store, &self.line, lookup).await
            }
            Err(error) => Err(error),
        };
        if let (
            Lookup::Skip,
            Err(StoreError::Conflict(
                Constraint::LiveAddress | Constraint::ExternalReference | Constraint::IdempotencyKey,
            )),
        ) = (lookup, &result)
        {
            self.wary = WARY;
            lookup = Lookup::First;
            result = desk_batch::register(&self.store, &self.line, lookup).await;
        }
        match result {
            Ok(Done { answers, mut seats }) => {
                self.known = seats.pop().filter(|_| seats.is_empty());
                answers
            }
            // It is not the requests' fault, and there is no use in letting each wait for it in turn.
            Err(error @ StoreError::Unavailable(_)) => {
                self.known = None;
                vec![Err(refused(error)); self.line.lock().await.batch().len()]
            }
            // One bad request must not fail its neighbours: each is tried by itself.
            Err(error) => {
                self.known = None;
                let news = self.line.lock().await.batch();
                tracing::debug!(error = &error as &dyn std::error::Error, size = news.len(), "done one by one");
                drop(error);
                if let Some(figures) = self.store.figures() {
                    figures.desk.alone.inc();
                }
                one_by_one(&self.store, &news).await
            }
        }
    }

    /// The seats of the batch's event, if it has but one and they may be relied on.
    fn relied_on(&self, news: &[Arc<NewRegistration>], lookup: Lookup) -> Option<LockedSeats> {
        let useful = lookup == Lookup::Skip && desk_known::fits(&self.store, news.len(), self.distrustful == 0);
        let known = self.known.as_ref().filter(|_| useful)?;
        news.iter().all(|new| new.event_id == known.event).then(|| known.clone())
    }
}

async fn one_by_one(store: &Store, news: &[Arc<NewRegistration>]) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(news.len());
    let mut unavailable: Option<Refused> = None;
    for new in news {
        // Without a database there is no use in letting everybody wait for it in turn.
        if let Some(refused) = &unavailable {
            answers.push(Err(refused.clone()));
            continue;
        }
        match desk_batch::register_one(store, new).await {
            Ok(mut one) => answers.extend(one.answers.pop()),
            Err(error) => {
                let down = matches!(error, StoreError::Unavailable(_));
                let error = refused(error);
                unavailable = down.then(|| error.clone());
                answers.push(Err(error));
            }
        }
    }
    answers
}

fn refused(error: StoreError) -> Refused {
    Refused::Store(Arc::new(error))
}
