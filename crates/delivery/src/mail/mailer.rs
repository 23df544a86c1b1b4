//! Claims mails that are due, renders them and sends them.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::{Event, EventStatus};
use plenaria_domain::registration::message::{MailFailure, MessageKind};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_persistence::mail::{ClaimedMessage, MailOutcome, MailQueue};
use plenaria_persistence::{Store, StoreError};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::database::{DATABASE_DOWN_BACKOFF, DATABASE_TIMEOUT};
use crate::mail::config::{Destination, MailConfig, SANDBOX_PREFIX};
use crate::mail::content::message::MailContent;
use crate::mail::content::render::{MailRenderer, RenderError, RenderedMail};
use crate::mail::enqueuer::Enqueuer;
use crate::mail::result_recorder;
use crate::mail::transport::backoff::ServerBackoff;
use crate::mail::transport::{SendResult, Transport};
use crate::tasks::{join_all, panic_of, reap};

/// How many messages one transaction claims.
const CLAIM_SIZE: u64 = 16;
/// How many messages are in flight at a time.
const MAX_IN_FLIGHT: usize = 8;
/// The lease of claimed messages, as a multiple of the connect timeout: longer than sending all of them takes, even to a
/// server that is slow at every command.
const LEASE_FACTOR: i32 = 12;
/// The pause after each round, as a multiple of the database work in it, and the longest pause: registrations come first.
const BACKOFF_FACTOR: u32 = 3;
const MAX_PAUSE: Duration = Duration::from_millis(500);
/// How long a claim in progress may take once the worker is stopping.
const CLAIM_GRACE: Duration = Duration::from_secs(2);
/// Minutes after which a message that was rejected for now is tried again; after the last attempt it fails.
const RETRY_MINUTES: [i64; 12] = [1, 5, 15, 30, 60, 120, 240, 480, 480, 960, 1440, 1440];

/// Why the mail worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A template cannot be loaded.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// Claims, renders and sends mails.
pub(crate) struct Mailer {
    store: Store,
    mail: MailQueue,
    renderer: MailRenderer,
    config: MailConfig,
    /// Events that were read since the last claim. No entry is older than the claim, so each message shows the event at
    /// least as it was when the message was queued.
    events: HashMap<EventId, Arc<Event>>,
    /// Definitions from before a change, by the event and its revision after the change, as long as [`Self::events`].
    former_definitions: HashMap<(EventId, i64), Option<Arc<Definition>>>,
    /// The claim in progress.
    claiming: Option<ClaimFuture>,
    /// Messages that are claimed and not yet in flight.
    claimed: VecDeque<ClaimedMessage>,
}

type ClaimFuture = Pin<Box<dyn Future<Output = Result<Vec<ClaimedMessage>, StoreError>> + Send>>;

/// What a message is about: the event, the registration, and the definition before the changes that it announces.
type Subject = (Arc<Event>, Registration, Option<Arc<Definition>>);

/// A claimed message after rendering.
enum Prepared {
    /// The message is to be sent.
    Ready(Box<RenderedMail>),
    /// The outcome is certain without sending.
    Decided(MailOutcome),
}

impl Mailer {
    pub(crate) fn new(store: &Store, config: MailConfig) -> Result<Self, MailError> {
        let mut renderer = MailRenderer::new(config.from.clone(), config.links.clone())?;
        if matches!(config.destination, Destination::Memory(_)) {
            renderer = renderer.with_subject_prefix(SANDBOX_PREFIX);
        }
        Ok(Self {
            store: store.clone(),
            mail: MailQueue::new(store),
            renderer,
            config,
            events: HashMap::new(),
            former_definitions: HashMap::new(),
            claiming: None,
            claimed: VecDeque::new(),
        })
    }

    /// Sends mail until `stopping` is true; then waits for messages in flight, at most for `grace`.
    ///
    /// # Panics
    /// When the enqueuer or the recorder panicked: the thread ends, and its supervisor starts another worker.
    pub(crate) async fn run(
        mut self,
        head: watch::Receiver<i64>,
        mut stopping: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let transport = match Transport::new(&self.config) {
            Ok(transport) => Arc::new(transport),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no mail is sent");
                return;
            }
        };
        let queued = Arc::new(Notify::new());
        let enqueuer = Enqueuer::new(&self.store, &self.mail, &self.config, &transport, &queued);
        let mut enqueuing = tokio::spawn(enqueuer.run(head));
        let (results, received) = mpsc::channel(1_024);
        let (store, mail, clock) = (self.store.clone(), self.mail.clone(), self.config.clock.clone());
        let mut recording = tokio::spawn(result_recorder::run(store, mail, received, Arc::clone(&transport), clock));
        let mut in_flight = JoinSet::new();
        tokio::select! {
            () = self.send_all(&transport, &queued, &results, &mut in_flight) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
            () = panic_of(&mut enqueuing) => {}
            () = panic_of(&mut recording) => {}
        }
        enqueuing.abort();
        if let Some(claiming) = self.claiming.take()
            && let Ok(Ok(claimed)) = tokio::time::timeout(CLAIM_GRACE, claiming).await
        {
            self.claimed.extend(claimed);
        }
        self.release_claims(&results, Duration::ZERO).await;
        // Messages that are cut off are sent again when their lease expires.
        if tokio::time::timeout(grace, join_all(&mut in_flight)).await.is_err() {
            in_flight.abort_all();
        }
        drop(results);
        if tokio::time::timeout(grace, recording).await.is_err() {
            tracing::warn!("results of the last mail deliveries could not be recorded; the mails may be sent again");
        }
    }

    async fn send_all(
        &mut self,
        transport: &Arc<Transport>,
        queued: &Notify,
        results: &mpsc::Sender<(ClaimedMessage, MailOutcome)>,
        in_flight: &mut JoinSet<()>,
    ) {
        let permits = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
        let (send_results, mut received) = mpsc::unbounded_channel();
        let mut backoff = ServerBackoff::default();
        loop {
            reap(in_flight);
            while let Ok((result, pause_at_start)) = received.try_recv() {
                backoff.record(&result, pause_at_start);
            }
            // While the server is down, one message at a time probes it.
            let limit = if backoff.pause.is_some() { 1 } else { CLAIM_SIZE };
            if let Err(error) = self.claim(limit).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "mail waits for the database");
                tokio::time::sleep(DATABASE_DOWN_BACKOFF).await;
                continue;
            }
            if self.claimed.is_empty() {
                let _ = tokio::time::timeout(self.config.poll_interval, queued.notified()).await;
                continue;
            }
            self.events.clear();
            self.former_definitions.clear();
            let mut database_time = Duration::ZERO;
            while let Some(claimed) = self.claimed.front().cloned() {
                let started = tokio::time::Instant::now();
                let prepared = self.prepare(&claimed).await;
                database_time += started.elapsed();
                match prepared {
                    Prepared::Decided(outcome) => report(results, claimed, outcome).await,
                    Prepared::Ready(message) => {
                        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
                        let sending = send(
                            Arc::clone(transport),
                            claimed,
                            message,
                            backoff.next_pause(),
                            self.config.clock.clone(),
                        );
                        let (results, send_results) = (results.clone(), send_results.clone());
                        let pause_at_start = backoff.pause;
                        in_flight.spawn(async move {
                            let (claimed, result, outcome) = sending.await;
                            let _ = send_results.send((result, pause_at_start));
                            report(&results, claimed, outcome).await;
                            drop(permit);
                        });
                    }
                }
                self.claimed.pop_front();
                if backoff.pause.is_some() {
                    join_all(in_flight).await;
                }
                while let Ok((result, pause_at_start)) = received.try_recv() {
                    backoff.record(&result, pause_at_start);
                }
                if let Some(pause) = backoff.pause {
                    self.release_claims(results, pause).await;
                }
            }
            if transport.stores_messages() {
                join_all(in_flight).await;
            }
            let pause = (database_time * BACKOFF_FACTOR).min(MAX_PAUSE);
            tokio::time::sleep(backoff.pause.unwrap_or(pause)).await;
        }
    }

    /// Claims at most `limit` messages. The claim is stored in `self`, so that one that is in progress when the worker stops
    /// can be finished and its messages released.
    async fn claim(&mut self, limit: u64) -> Result<(), StoreError> {
        let lease = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::minutes(1)) * LEASE_FACTOR;
        let (store, mail, now) = (self.store.clone(), self.mail.clone(), self.config.clock.now());
        let claiming = async move { store.with_timeout(DATABASE_TIMEOUT, mail.claim(limit, now, lease)).await };
        let claimed = self.claiming.insert(Box::pin(claiming)).await;
        self.claiming = None;
        self.claimed = claimed?.into();
        Ok(())
    }

    /// Releases messages that are claimed and not in flight, so that they become due after `pause` instead of when their
    /// lease expires.
    async fn release_claims(&mut self, results: &mpsc::Sender<(ClaimedMessage, MailOutcome)>, pause: Duration) {
        let due = self.config.clock.now() + TimeDelta::from_std(pause).unwrap_or_default();
        for claimed in self.claimed.drain(..) {
            report(results, claimed, MailOutcome::Postponed(due)).await;
        }
    }

    /// Renders a message, unless it no longer applies.
    async fn prepare(&mut self, claimed: &ClaimedMessage) -> Prepared {
        let now = self.config.clock.now();
        let store = self.store.clone();
        let found = match store.with_timeout(DATABASE_TIMEOUT, self.read(claimed)).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "mail waits for the database");
                let due = now + TimeDelta::from_std(DATABASE_DOWN_BACKOFF).unwrap_or_default();
                return Prepared::Decided(MailOutcome::Postponed(due));
            }
        };
        let Some((event, registration, before)) = found else { return Prepared::Decided(MailOutcome::Dropped) };
        if !still_applies(claimed.kind, &event, &registration, now) {
            return Prepared::Decided(MailOutcome::Dropped);
        }
        let content = MailContent {
            id: claimed.id,
            kind: claimed.kind,
            recipient: claimed.recipient.as_ref(),
            at: claimed.at,
            changed: &claimed.changed,
            before: before.as_deref(),
            event: &event,
            registration: &registration,
        };
        match self.renderer.render(content) {
            Ok(message) => Prepared::Ready(Box::new(message)),
            Err(error) => {
                tracing::error!(message = %claimed.id, error = &error as &dyn std::error::Error, "a mail cannot be rendered");
                Prepared::Decided(MailOutcome::Refused(MailFailure::Unwritable.as_str().to_owned()))
            }
        }
    }

    /// The current event and registration, and the definition before the message's changes; `None` if the event or the
    /// registration is gone.
    async fn read(&mut self, claimed: &ClaimedMessage) -> Result<Option<Subject>, StoreError> {
        let Some(registration) = self.store.registration(claimed.registration).await? else { return Ok(None) };
        let before = self.former_definition(claimed).await?;
        if let Some(event) = self.events.get(&claimed.event) {
            return Ok(Some((Arc::clone(event), registration, before)));
        }
        let Some(event) = self.store.load_events(&[claimed.event]).await?.pop().map(Arc::new) else { return Ok(None) };
        self.events.insert(claimed.event, Arc::clone(&event));
        Ok(Some((event, registration, before)))
    }

    /// The definition that was public before the message's changes.
    async fn former_definition(&mut self, claimed: &ClaimedMessage) -> Result<Option<Arc<Definition>>, StoreError> {
        let Some(revision) = claimed.since_revision else { return Ok(None) };
        let key = (claimed.event, revision);
        if let Some(known) = self.former_definitions.get(&key) {
            return Ok(known.clone());
        }
        let found = self.store.public_definition_before(claimed.event, revision).await?.map(Arc::new);
        self.former_definitions.insert(key, found.clone());
        Ok(found)
    }
}

/// Sends one message; returns the server's reply and the outcome to record.
async fn send(
    transport: Arc<Transport>,
    claimed: ClaimedMessage,
    message: Box<RenderedMail>,
    pause: Duration,
    clock: Clock,
) -> (ClaimedMessage, SendResult, MailOutcome) {
    let result = transport.send(&claimed, &message).await;
    let outcome = outcome(&result, claimed.attempts, clock.now(), pause);
    (claimed, result, outcome)
}

/// Passes an outcome to the recorder.
async fn report(results: &mpsc::Sender<(ClaimedMessage, MailOutcome)>, claimed: ClaimedMessage, outcome: MailOutcome) {
    let _ = results.send((claimed, outcome)).await;
}

/// Whether a message still describes the registration. If not, another message in the queue does.
fn still_applies(kind: MessageKind, event: &Event, registration: &Registration, now: Instant) -> bool {
    use RegistrationStatus::{Cancelled, Confirmed, Pending, Waitlisted};
    let status = registration.status;
    let upcoming = now < event.ends_at;
    let takes_place = upcoming && event.definition.status == EventStatus::Published;
    match kind {
        MessageKind::Registered | MessageKind::Promoted => takes_place && status == Confirmed,
        MessageKind::Waitlisted => takes_place && status == Waitlisted,
        MessageKind::Cancelled => status == Cancelled,
        MessageKind::ConfirmAddress => takes_place && status == Pending,
        MessageKind::AlreadyRegistered | MessageKind::ManageLink => matches!(status, Confirmed | Waitlisted),
        MessageKind::Reminder => takes_place && now < event.starts_at && status == Confirmed,
        MessageKind::FollowUp => {
            let definition = &event.definition;
            !upcoming && event.is_published() && definition.follow_up.is_some() && status == Confirmed
        }
        MessageKind::AddressChanged => matches!(status, Confirmed | Waitlisted),
        MessageKind::AddressReplaced => true,
        MessageKind::EventChanged | MessageKind::EventReinstated | MessageKind::RegistrationReinstated => {
            takes_place && matches!(status, Confirmed | Waitlisted)
        }
        MessageKind::EventCancelled => {
            upcoming && event.definition.status == EventStatus::Cancelled && matches!(status, Confirmed | Waitlisted)
        }
    }
}

/// The outcome to record for the result of an attempt.
fn outcome(result: &SendResult, attempts: u32, now: Instant, pause: Duration) -> MailOutcome {
    match result {
        SendResult::Sent => MailOutcome::Sent,
        SendResult::Rejected(code) => MailOutcome::Refused(code.clone()),
        SendResult::ServerUnavailable(_) => {
            MailOutcome::Postponed(now + TimeDelta::from_std(pause).unwrap_or_default())
        }
        SendResult::Deferred(code) => match RETRY_MINUTES.get(attempts.saturating_sub(1) as usize) {
            Some(minutes) => MailOutcome::Retry(now + TimeDelta::minutes(*minutes)),
            None => MailOutcome::Refused(code.clone()),
        },
    }
}
