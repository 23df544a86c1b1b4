//! Mail (`docs/decisions/0018-mail.md`).
//!
//! Three tasks share one queue, the table `messages`: the [`filler`] queues what the feed tells and the reminders that are
//! due, the sender below takes what is due and sends it, the [`recorder`] writes down what came of it, together what comes
//! together. Nobody who registers waits for any of them.

mod dates;
mod filler;
pub mod letter;
mod reach;
mod recorder;
mod said;
pub mod sample;
mod transport;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::ids::EventId;
use plenaria_domain::message::{GivenUp, MessageKind};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::time::{Clock, Instant};
use plenaria_persistence::mail::{Claimed, Mail, Outcome};
use plenaria_persistence::{Store, StoreError};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;

pub use lettre::message::Mailbox;
pub use transport::{MailServer, NotSmtp};

use crate::PATIENCE;
use letter::{Letter, LetterError, Links, Writer};
use reach::Reach;
use transport::{Transport, Verdict};

/// How many messages are taken at a time.
const TAKEN: u64 = 16;
/// How many are on their way at a time.
const UNDER_WAY: usize = 8;
/// For how many times the server's patience what was taken is this worker's alone: longer than all of it takes even at a
/// server that takes its time for every command.
const LEASE: i32 = 12;
/// How many times as long as it has worked the sender rests, and at most: the desk comes first.
const REST: u32 = 3;
const LONGEST_REST: Duration = Duration::from_millis(500);
/// How long what is being taken when the worker is told to stop is waited for.
const TAKING: Duration = Duration::from_secs(2);
/// How long it rests while the database is away.
const AWAY: Duration = Duration::from_secs(2);
/// After how many minutes a message is tried again that was refused for now; after the last of them it is given up.
const AGAIN: [i64; 12] = [1, 5, 15, 30, 60, 120, 240, 480, 480, 960, 1440, 1440];

/// Where messages go.
#[derive(Clone, Debug)]
pub enum Destination {
    /// To a server.
    Smtp(MailServer),
    /// Into files of this directory.
    Directory(PathBuf),
}

/// What sending mail needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who sends.
    pub from: Mailbox,
    /// What links lead to.
    pub links: Links,
    /// Where messages go.
    pub destination: Destination,
    /// How many minutes before the start people are reminded.
    pub reminders: Vec<u32>,
    /// For how long messages that are done with are remembered.
    pub kept: TimeDelta,
    /// Where the time comes from.
    pub clock: Clock,
    /// How long it may take to be connected; a whole message may take three times as long.
    pub timeout: Duration,
    /// How often the queue is looked at if nothing is heard of it.
    pub poll: Duration,
}

impl Settings {
    /// How long a server may take, unless told otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(20);
    /// How often the queue is looked at, unless told otherwise.
    pub const POLL: Duration = Duration::from_secs(1);
}

/// Why there is no mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The templates are at fault.
    #[error(transparent)]
    Letter(#[from] LetterError),
}

/// Sends mail.
pub(crate) struct Mailer {
    store: Store,
    mail: Mail,
    writer: Writer,
    settings: Settings,
    /// Events that were read since messages were last taken, so that none is older than what is to be told of it.
    events: HashMap<EventId, Arc<Event>>,
    /// What is being taken.
    taking: Option<Taking>,
    /// What was taken and is not on its way yet.
    taken: VecDeque<Claimed>,
}

type Taking = Pin<Box<dyn Future<Output = Result<Vec<Claimed>, StoreError>> + Send>>;

/// What one message is known to come to before it is sent.
enum Prepared {
    Ready(Box<lettre::Message>),
    Known(Outcome),
}

impl Mailer {
    pub(crate) fn new(store: &Store, settings: Settings) -> Result<Self, MailError> {
        let writer = Writer::new(settings.from.clone(), settings.links.clone())?;
        Ok(Self {
            store: store.clone(),
            mail: Mail::new(store),
            writer,
            settings,
            events: HashMap::new(),
            taking: None,
            taken: VecDeque::new(),
        })
    }

    /// Sends what there is to send, until told to stop; then waits so long for what is on its way.
    pub(crate) async fn run(
        mut self,
        head: watch::Receiver<i64>,
        mut stopping: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let transport = match Transport::new(&self.settings) {
            Ok(transport) => Arc::new(transport),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no mail is sent");
                return;
            }
        };
        let queued = Arc::new(Notify::new());
        let filling = filler::Filler::new(&self.store, &self.mail, &self.settings, &transport, &queued);
        let filling = tokio::spawn(filling.run(head));
        let (results, received) = mpsc::channel(1_024);
        let (store, mail, clock) = (self.store.clone(), self.mail.clone(), self.settings.clock.clone());
        let recording = tokio::spawn(recorder::run(store, mail, received, Arc::clone(&transport), clock));
        let mut sending = JoinSet::new();
        tokio::select! {
            () = self.send_all(&transport, &queued, &results, &mut sending) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        filling.abort();
        if let Some(taking) = self.taking.take()
            && let Ok(Ok(taken)) = tokio::time::timeout(TAKING, taking).await
        {
            self.taken.extend(taken);
        }
        self.put_back(&results, Duration::ZERO).await;
        // What is cut off now is sent again when its lease has run out.
        let all = async { while sending.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all).await.is_err() {
            sending.abort_all();
        }
        drop(results);
        if tokio::time::timeout(grace, recording).await.is_err() {
            tracing::warn!("what came of the last mails could not be written down; they may be sent again");
        }
    }

    async fn send_all(
        &mut self,
        transport: &Arc<Transport>,
        queued: &Notify,
        results: &mpsc::Sender<(Claimed, Outcome)>,
        sending: &mut JoinSet<()>,
    ) {
        let places = Arc::new(Semaphore::new(UNDER_WAY));
        let (verdicts, mut heard) = mpsc::unbounded_channel();
        let mut reach = Reach::default();
        loop {
            while sending.try_join_next().is_some() {}
            while let Ok((verdict, before)) = heard.try_recv() {
                reach.heard(&verdict, before);
            }
            // One message finds out whether the server is there again.
            let most = if reach.pause.is_some() { 1 } else { TAKEN };
            if let Err(error) = self.take(most).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "mail waits for the database");
                tokio::time::sleep(AWAY).await;
                continue;
            }
            if self.taken.is_empty() {
                let _ = tokio::time::timeout(self.settings.poll, queued.notified()).await;
                continue;
            }
            self.events.clear();
            let mut worked = Duration::ZERO;
            while let Some(claimed) = self.taken.front().cloned() {
                let begun = tokio::time::Instant::now();
                let prepared = self.prepare(&claimed).await;
                worked += begun.elapsed();
                match prepared {
                    Prepared::Known(outcome) => hand_in(results, claimed, outcome).await,
                    Prepared::Ready(message) => {
                        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                        let sent = send(
                            Arc::clone(transport),
                            claimed,
                            message,
                            reach.next_pause(),
                            self.settings.clock.clone(),
                        );
                        let (results, verdicts, before) = (results.clone(), verdicts.clone(), reach.pause);
                        sending.spawn(async move {
                            let (claimed, verdict, outcome) = sent.await;
                            let _ = verdicts.send((verdict, before));
                            hand_in(&results, claimed, outcome).await;
                            drop(place);
                        });
                    }
                }
                self.taken.pop_front();
                if reach.pause.is_some() {
                    while sending.join_next().await.is_some() {}
                }
                while let Ok((verdict, before)) = heard.try_recv() {
                    reach.heard(&verdict, before);
                }
                if let Some(pause) = reach.pause {
                    self.put_back(results, pause).await;
                }
            }
            if transport.writes_files() {
                while sending.join_next().await.is_some() {}
            }
            let rest = (worked * REST).min(LONGEST_REST);
            tokio::time::sleep(reach.pause.unwrap_or(rest)).await;
        }
    }

    /// Takes at most so many messages. It outlives whoever waits for it: what is being taken when the worker is told to stop
    /// would else be taken and known to nobody.
    async fn take(&mut self, most: u64) -> Result<(), StoreError> {
        let lease = TimeDelta::from_std(self.settings.timeout).unwrap_or(TimeDelta::minutes(1)) * LEASE;
        let (store, mail, now) = (self.store.clone(), self.mail.clone(), self.settings.clock.now());
        let taking = async move { store.in_time(PATIENCE, mail.claim(most, now, lease)).await };
        let taken = self.taking.insert(Box::pin(taking)).await;
        self.taking = None;
        self.taken = taken?.into();
        Ok(())
    }

    /// Gives back what was taken, so that nobody waits for the lease to run out.
    async fn put_back(&mut self, results: &mpsc::Sender<(Claimed, Outcome)>, pause: Duration) {
        let again = self.settings.clock.now() + TimeDelta::from_std(pause).unwrap_or_default();
        for claimed in self.taken.drain(..) {
            hand_in(results, claimed, Outcome::Postponed(again)).await;
        }
    }

    /// Writes a message, unless it has become pointless.
    async fn prepare(&mut self, claimed: &Claimed) -> Prepared {
        let now = self.settings.clock.now();
        let store = self.store.clone();
        let read = match store.in_time(PATIENCE, self.read(claimed)).await {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "mail waits for the database");
                let again = now + TimeDelta::from_std(AWAY).unwrap_or_default();
                return Prepared::Known(Outcome::Postponed(again));
            }
        };
        let Some((event, registration)) = read else { return Prepared::Known(Outcome::Dropped) };
        if !is_true(claimed.kind, &event, &registration, now) {
            return Prepared::Known(Outcome::Dropped);
        }
        let letter = Letter {
            id: claimed.id,
            kind: claimed.kind,
            at: claimed.at,
            changed: &claimed.changed,
            event: &event,
            registration: &registration,
        };
        match self.writer.write(letter) {
            Ok(message) => Prepared::Ready(Box::new(message)),
            Err(error) => {
                tracing::error!(message = %claimed.id, error = &error as &dyn std::error::Error, "a message cannot be written");
                Prepared::Known(Outcome::Refused(GivenUp::Unwritable.as_str().to_owned()))
            }
        }
    }

    /// The event and the registration as they are now, if they are there.
    async fn read(&mut self, claimed: &Claimed) -> Result<Option<(Arc<Event>, Registration)>, StoreError> {
        let Some(registration) = self.store.registration(claimed.registration).await? else { return Ok(None) };
        if let Some(event) = self.events.get(&claimed.event) {
            return Ok(Some((Arc::clone(event), registration)));
        }
        let Some(event) = self.store.load_events(&[claimed.event]).await?.pop().map(Arc::new) else { return Ok(None) };
        self.events.insert(claimed.event, Arc::clone(&event));
        Ok(Some((event, registration)))
    }
}

/// Sends one message; what was said of it, and what is written down of that.
async fn send(
    transport: Arc<Transport>,
    claimed: Claimed,
    message: Box<lettre::Message>,
    pause: Duration,
    clock: Clock,
) -> (Claimed, Verdict, Outcome) {
    let verdict = transport.send(&claimed, &message).await;
    let outcome = outcome(&verdict, claimed.attempts, clock.now(), pause);
    (claimed, verdict, outcome)
}

async fn hand_in(results: &mpsc::Sender<(Claimed, Outcome)>, claimed: Claimed, outcome: Outcome) {
    let _ = results.send((claimed, outcome)).await;
}

/// Whether what a message says still holds; where it does not, another message says what does.
fn is_true(kind: MessageKind, event: &Event, registration: &Registration, now: Instant) -> bool {
    use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
    let status = registration.status;
    let ahead = now < event.ends_at;
    let takes_place = ahead && event.definition.status == EventStatus::Published;
    match kind {
        MessageKind::Registered | MessageKind::Promoted => takes_place && status == Confirmed,
        MessageKind::Waitlisted => takes_place && status == Waitlisted,
        MessageKind::Cancelled => status == Cancelled,
        MessageKind::ConfirmAddress => takes_place && status == Pending,
        MessageKind::AlreadyRegistered | MessageKind::ManageLink => matches!(status, Confirmed | Waitlisted),
        MessageKind::Reminder => takes_place && now < event.starts_at && status == Confirmed,
        MessageKind::EventChanged => takes_place && matches!(status, Confirmed | Waitlisted),
        MessageKind::EventCancelled => {
            ahead && event.definition.status == EventStatus::Cancelled && matches!(status, Confirmed | Waitlisted)
        }
    }
}

/// What is written down of a verdict.
fn outcome(verdict: &Verdict, attempts: u32, now: Instant, pause: Duration) -> Outcome {
    match verdict {
        Verdict::Sent => Outcome::Sent,
        Verdict::Refused(code) => Outcome::Refused(code.clone()),
        Verdict::Away(_) => Outcome::Postponed(now + TimeDelta::from_std(pause).unwrap_or_default()),
        Verdict::Later(code) => match AGAIN.get(attempts.saturating_sub(1) as usize) {
            Some(minutes) => Outcome::Retry(now + TimeDelta::minutes(*minutes)),
            None => Outcome::Refused(code.clone()),
        },
    }
}

#[cfg(test)]
mod tests;
