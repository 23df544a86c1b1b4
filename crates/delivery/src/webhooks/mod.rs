//! Webhooks by Standard Webhooks 1.0 (`docs/decisions/0014-webhooks.md`).
//!
//! The [`Courier`] looks at all endpoints when the feed has grown, when something has been sent, when something is due, and
//! once a second, since other processes change endpoints too. For each that needs it, one transaction hands changes out to it
//! and takes what is due; each message is then sent by a task of its own, and what came of it goes to the recorder, which
//! writes down together what comes together.

mod guard;
mod message;
mod recorder;
mod schedule;
mod sender;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::time::{Clock, Instant};
use plenaria_domain::webhook::Reach;
use plenaria_domain::webhook::secret::Seals;
use plenaria_persistence::webhooks::{Claimed, Glance, Outcome, Outgoing, Render, Work};
use plenaria_persistence::{Store, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

pub use sender::ClientError;

use crate::PATIENCE;
use sender::Sender;

/// How many messages are under way to one endpoint at a time, from all instances.
const UNDER_WAY: u64 = 8;
/// How much longer than an answer may take a message is its sender's alone.
const SLACK: TimeDelta = TimeDelta::seconds(5);
/// How long rounds are apart at least.
const BREATH: Duration = Duration::from_millis(5);
/// How long it rests at most, after a round that took as long.
const LONGEST_REST: Duration = Duration::from_millis(500);
/// How long a round may take once the worker is told to stop; what it took is sent later, when its lease has run out.
const ROUND_GRACE: Duration = Duration::from_secs(2);
/// How long it rests while the database is away.
const AWAY: Duration = Duration::from_secs(2);

/// What sending webhooks needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where callers find the API, without a slash at the end.
    pub public_url: String,
    /// Opens the endpoints' secrets.
    pub seals: Seals,
    /// Which addresses may be called.
    pub reach: Reach,
    /// Where the time comes from.
    pub clock: Clock,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How often endpoints are looked at if nothing is heard of them.
    pub poll: Duration,
}

impl Settings {
    /// How long an answer may take, unless told otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(15);
    /// How often endpoints are looked at, unless told otherwise.
    pub const POLL: Duration = Duration::from_secs(1);
}

/// Sends webhooks.
pub(crate) struct Courier {
    store: Store,
    outgoing: Outgoing,
    sender: Arc<Sender>,
    render: Render,
    settings: Settings,
    /// Told of when something has been recorded.
    recorded: Arc<Notify>,
}

impl Courier {
    pub(crate) fn new(store: &Store, settings: Settings) -> Result<Self, ClientError> {
        let base = settings.public_url.clone();
        Ok(Self {
            store: store.clone(),
            outgoing: Outgoing::new(store),
            sender: Arc::new(Sender::new(&settings)?),
            render: Arc::new(move |change| message::of_change(change, &base)),
            settings,
            recorded: Arc::default(),
        })
    }

    /// Sends what there is to send, until told to stop; then waits so long for what is on its way.
    pub(crate) async fn run(
        self,
        mut head: watch::Receiver<i64>,
        mut stopping: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let (results, received) = mpsc::channel(1024);
        let recorder = recorder::Recorder {
            store: self.store.clone(),
            outgoing: self.outgoing.clone(),
            recorded: Arc::clone(&self.recorded),
            clock: self.settings.clock.clone(),
        };
        let recorder = tokio::spawn(recorder.run(received));
        self.seal_anew().await;
        let mut sending = JoinSet::new();
        let mut away = false;
        loop {
            while sending.try_join_next().is_some() {}
            let begun = tokio::time::Instant::now();
            let round = self.store.in_time(PATIENCE, self.round(&mut sending, &results));
            let round = tokio::select! {
                round = round => round,
                // The database may be silent.
                () = async { told(&mut stopping).await; tokio::time::sleep(ROUND_GRACE).await } => break,
            };
            let wait = match round {
                Ok(due) => {
                    away = false;
                    tokio::time::sleep(begun.elapsed().clamp(BREATH, LONGEST_REST)).await;
                    self.until(due)
                }
                Err(error) => {
                    if !away {
                        tracing::warn!(error = &error as &dyn std::error::Error, "webhooks wait for the database");
                    }
                    away = true;
                    AWAY
                }
            };
            tokio::select! {
                () = changed(&mut head), if !away => {}
                () = self.recorded.notified(), if !away => {}
                () = tokio::time::sleep(wait) => {}
                () = told(&mut stopping) => break,
            }
        }
        // What is cut off now is sent again when its lease has run out.
        let all = async { while sending.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all).await.is_err() {
            sending.abort_all();
        }
        drop(results);
        if tokio::time::timeout(grace, recorder).await.is_err() {
            tracing::warn!("what came of the last webhooks could not be written down; they will be sent again");
        }
    }

    /// Secrets that were sealed with the key before are sealed with the present one, so that the old key can go.
    async fn seal_anew(&self) {
        let sealing = self.outgoing.seal_anew(&self.settings.seals, rand::random);
        match self.store.in_time(PATIENCE, sealing).await {
            Ok(0) => {}
            Ok(endpoints) => tracing::info!(endpoints, "secrets of webhook endpoints were sealed anew"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "secrets could not be sealed anew");
            }
        }
    }

    /// Looks at every endpoint once; when the next message is due, as far as is known.
    async fn round(
        &self,
        sending: &mut JoinSet<()>,
        results: &mpsc::Sender<Outcome>,
    ) -> Result<Option<Instant>, StoreError> {
        let mut next: Option<Instant> = None;
        for glance in self.outgoing.glance().await? {
            let now = self.settings.clock.now();
            let is_due = glance.due.is_some_and(|due| due <= now);
            if !is_due && !glance.is_behind() {
                next = sooner(next, glance.due);
                continue;
            }
            if self.work_on(glance, now, sending, results).await? {
                next = Some(now);
            }
        }
        Ok(next)
    }

    /// Does what is to be done for one endpoint; whether there is more to be done at once.
    async fn work_on(
        &self,
        glance: Glance,
        now: Instant,
        sending: &mut JoinSet<()>,
        results: &mpsc::Sender<Outcome>,
    ) -> Result<bool, StoreError> {
        let lease = TimeDelta::from_std(self.settings.timeout).unwrap_or(TimeDelta::MAX) + SLACK;
        let work = Work {
            endpoint: glance.id(),
            now,
            lease_until: now + lease,
            most: UNDER_WAY,
            render: Arc::clone(&self.render),
        };
        // Another instance is at it: there will be something for this one at the next look.
        let Some(worked) = self.outgoing.work(work).await? else { return Ok(false) };
        if let Some(through) = worked.missed_through {
            let endpoint = glance.id();
            tracing::warn!(%endpoint, through, "changes were removed before they were told to a webhook endpoint");
        }
        for claimed in worked.claimed {
            sending.spawn(send(Arc::clone(&self.sender), claimed, results.clone()));
        }
        Ok(worked.behind)
    }

    /// How long to wait for what is due then.
    fn until(&self, due: Option<Instant>) -> Duration {
        let poll = self.settings.poll;
        let wait = due.map(|due| (due - self.settings.clock.now()).to_std().unwrap_or_default());
        wait.map_or(poll, |wait| wait.min(poll))
    }
}

/// Sends one message and hands in what came of it.
async fn send(sender: Arc<Sender>, claimed: Claimed, results: mpsc::Sender<Outcome>) {
    let outcome = sender.send(claimed).await;
    let _ = results.send(outcome).await;
}

fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

/// The feed has grown. Without a sequencer it never does.
async fn changed(head: &mut watch::Receiver<i64>) {
    if head.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The worker is told to stop, or nobody is left who could.
async fn told(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
