//! Claims webhook deliveries that are due and sends them.
//!
//! A round looks at all endpoints. It runs when the feed has grown, when results were recorded, when a delivery is due, and
//! once a second, since other processes change endpoints too. For each endpoint with work, one transaction creates
//! deliveries for new changes and claims those that are due; a task of its own sends each of them.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::webhooks::{
    ClaimRequest, ClaimedDelivery, DeliveryOutcome, DeliveryQueue, EndpointBacklog, RenderPayload,
};
use plenaria_persistence::{Store, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use crate::database::{DATABASE_DOWN_BACKOFF, DATABASE_TIMEOUT};
use crate::feed::feed_growth;
use crate::tasks::{join_all, panic_of, reap};
use crate::webhooks::config::WebhookConfig;
use crate::webhooks::http_client::{ClientError, WebhookSender};
use crate::webhooks::payload;
use crate::webhooks::result_recorder::Recorder;

/// How many deliveries may be in flight to one endpoint, from all instances.
const MAX_IN_FLIGHT: u64 = 8;
/// How much longer than the response timeout the lease of a delivery lasts.
const LEASE_MARGIN: TimeDelta = TimeDelta::seconds(5);
/// The pause after a round is as long as the round, but at least this.
const MIN_PAUSE: Duration = Duration::from_millis(5);
/// The pause after a round is at most this.
const MAX_PAUSE: Duration = Duration::from_millis(500);
/// How long a round in progress may take once the worker is stopping; the deliveries that it claims are sent when their lease
/// expires.
const ROUND_GRACE: Duration = Duration::from_secs(2);

/// Claims and sends webhook deliveries.
pub(crate) struct WebhookDispatcher {
    store: Store,
    outgoing: DeliveryQueue,
    sender: Arc<WebhookSender>,
    render: RenderPayload,
    config: WebhookConfig,
    /// Notified when results were recorded.
    recorded: Arc<Notify>,
}

impl WebhookDispatcher {
    pub(crate) fn new(store: &Store, config: WebhookConfig) -> Result<Self, ClientError> {
        let public_url = config.public_url.clone();
        Ok(Self {
            store: store.clone(),
            outgoing: DeliveryQueue::new(store),
            sender: Arc::new(WebhookSender::new(&config)?),
            render: Arc::new(move |change| payload::payload(change, &public_url)),
            config,
            recorded: Arc::default(),
        })
    }

    /// Sends webhooks until `stopping` is true; then waits for deliveries in flight, at most for `grace`.
    ///
    /// # Panics
    /// When the recorder panicked: the thread ends, and its supervisor starts another worker.
    pub(crate) async fn run(
        self,
        mut head: watch::Receiver<i64>,
        mut stopping: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let (results, received) = mpsc::channel(1024);
        let recorder = Recorder {
            store: self.store.clone(),
            outgoing: self.outgoing.clone(),
            recorded: Arc::clone(&self.recorded),
            clock: self.config.clock.clone(),
        };
        let mut recording = tokio::spawn(recorder.run(received));
        self.reseal_secrets().await;
        let mut in_flight = JoinSet::new();
        let mut database_down = false;
        loop {
            reap(&mut in_flight);
            let started = tokio::time::Instant::now();
            let round = self.store.with_timeout(DATABASE_TIMEOUT, self.round(&mut in_flight, &results));
            let round = tokio::select! {
                round = round => round,
                // The database may be unresponsive.
                () = async { stop_requested(&mut stopping).await; tokio::time::sleep(ROUND_GRACE).await } => break,
            };
            let wait = match round {
                Ok(next_due) => {
                    database_down = false;
                    tokio::time::sleep(started.elapsed().clamp(MIN_PAUSE, MAX_PAUSE)).await;
                    self.time_until(next_due)
                }
                Err(error) => {
                    if !database_down {
                        tracing::warn!(error = &error as &dyn std::error::Error, "webhooks wait for the database");
                    }
                    database_down = true;
                    DATABASE_DOWN_BACKOFF
                }
            };
            tokio::select! {
                () = feed_growth(&mut head), if !database_down => {}
                () = self.recorded.notified(), if !database_down => {}
                () = tokio::time::sleep(wait) => {}
                () = stop_requested(&mut stopping) => break,
                () = panic_of(&mut recording) => {}
            }
        }
        // Deliveries that are cut off are sent again when their lease expires.
        if tokio::time::timeout(grace, join_all(&mut in_flight)).await.is_err() {
            in_flight.abort_all();
        }
        drop(results);
        if tokio::time::timeout(grace, recording).await.is_err() {
            tracing::warn!("results of the last webhooks could not be recorded; the webhooks will be sent again");
        }
    }

    /// Encrypts signing secrets anew that are encrypted with the previous key, so that the previous key can be retired.
    async fn reseal_secrets(&self) {
        let resealing = self.outgoing.reseal_secrets(&self.config.keys, rand::random);
        match self.store.with_timeout(DATABASE_TIMEOUT, resealing).await {
            Ok(0) => {}
            Ok(endpoints) => tracing::info!(endpoints, "secrets of webhook endpoints were encrypted with the new key"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "secrets of webhook endpoints could not be encrypted with the new key");
            }
        }
    }

    /// Looks at every endpoint once. Returns when the next delivery is due, as far as this process knows.
    async fn round(
        &self,
        in_flight: &mut JoinSet<()>,
        results: &mpsc::Sender<DeliveryOutcome>,
    ) -> Result<Option<Instant>, StoreError> {
        let mut next_due: Option<Instant> = None;
        for endpoint in self.outgoing.backlogs().await? {
            let now = self.config.clock.now();
            let is_due = endpoint.due.is_some_and(|due| due <= now);
            if !is_due && !endpoint.is_behind() {
                next_due = next_due.into_iter().chain(endpoint.due).min();
                continue;
            }
            if self.dispatch(endpoint, now, in_flight, results).await? {
                next_due = Some(now);
            }
        }
        Ok(next_due)
    }

    /// Claims and sends deliveries to one endpoint; returns whether there is more to do at once.
    async fn dispatch(
        &self,
        endpoint: EndpointBacklog,
        now: Instant,
        in_flight: &mut JoinSet<()>,
        results: &mpsc::Sender<DeliveryOutcome>,
    ) -> Result<bool, StoreError> {
        let lease = TimeDelta::from_std(self.config.timeout).unwrap_or(TimeDelta::MAX) + LEASE_MARGIN;
        let work = ClaimRequest {
            endpoint: endpoint.id(),
            now,
            lease_until: now + lease,
            max_in_flight: MAX_IN_FLIGHT,
            render: Arc::clone(&self.render),
        };
        // Another instance holds the endpoint's lock; this one tries again in a later round.
        let Some(worked) = self.outgoing.claim(work).await? else { return Ok(false) };
        if let Some(through) = worked.missed_through {
            let endpoint = endpoint.id();
            tracing::warn!(%endpoint, through, "changes were removed from the feed before a webhook endpoint received them");
        }
        for claimed in worked.claimed {
            in_flight.spawn(send(Arc::clone(&self.sender), claimed, results.clone()));
        }
        Ok(worked.behind)
    }

    /// The time until `next_due`, at most one poll interval.
    fn time_until(&self, next_due: Option<Instant>) -> Duration {
        let poll_interval = self.config.poll_interval;
        let wait = next_due.map(|due| (due - self.config.clock.now()).to_std().unwrap_or_default());
        wait.map_or(poll_interval, |wait| wait.min(poll_interval))
    }
}

/// Sends one message and passes the result to the recorder.
async fn send(sender: Arc<WebhookSender>, claimed: ClaimedDelivery, results: mpsc::Sender<DeliveryOutcome>) {
    let outcome = sender.send(claimed).await;
    let _ = results.send(outcome).await;
}

/// Waits until the worker is to stop; returns at once if the worker's handle was dropped.
async fn stop_requested(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
