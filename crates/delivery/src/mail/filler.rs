//! Filling the queue: from the feed of changes, and with reminders.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::time::Clock;
use plenaria_persistence::mail::Mail;
use plenaria_persistence::{Store, StoreError};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::transport::Transport;
use super::{AWAY, Settings};
use crate::PATIENCE;

/// How many times as long as it has worked it rests, and at most.
const REST: u32 = 9;
const LONGEST_REST: Duration = Duration::from_secs(1);
/// How often reminders are looked for, at least, and how often what is old is removed.
const REMINDERS: Duration = Duration::from_secs(20);
const SWEEP: Duration = Duration::from_mins(30);
/// About how many registrations it is asked at a time.
const TIDIED: usize = 500;

/// Fills the queue.
pub(super) struct Filler {
    store: Store,
    mail: Mail,
    clock: Clock,
    poll: Duration,
    reminders: Vec<u32>,
    kept: TimeDelta,
    transport: Arc<Transport>,
    /// Told of when there is something to send.
    queued: Arc<Notify>,
}

impl Filler {
    pub(super) fn new(
        store: &Store,
        mail: &Mail,
        settings: &Settings,
        transport: &Arc<Transport>,
        queued: &Arc<Notify>,
    ) -> Self {
        Self {
            store: store.clone(),
            mail: mail.clone(),
            clock: settings.clock.clone(),
            poll: settings.poll,
            reminders: settings.reminders.clone(),
            kept: settings.kept,
            transport: Arc::clone(transport),
            queued: Arc::clone(queued),
        }
    }

    /// Fills the queue until it is stopped.
    pub(super) async fn run(self, mut head: watch::Receiver<i64>) {
        let mut away = false;
        let (mut reminded, mut swept): (Option<Instant>, Option<Instant>) = (None, None);
        let due = |last: Option<Instant>, often: Duration| last.is_none_or(|last| last.elapsed() >= often);
        loop {
            let begun = Instant::now();
            let mut filled = self.store.in_time(PATIENCE, self.read_feed()).await;
            if filled.is_ok() && due(reminded, REMINDERS.min(self.poll)) {
                filled = self.store.in_time(PATIENCE, self.remind()).await.and(filled);
                reminded = Some(begun);
            }
            if filled.is_ok() && due(swept, SWEEP) {
                let old = self.mail.remove_old(self.clock.now() - self.kept);
                filled = self.store.in_time(PATIENCE, old).await.map(|_| false).and(filled);
                filled = self.store.in_time(PATIENCE, self.tidy()).await.and(filled);
                swept = Some(begun);
            }
            let more = match filled {
                Ok(more) => {
                    away = false;
                    more
                }
                Err(error) => {
                    if !away {
                        tracing::warn!(error = &error as &dyn std::error::Error, "no mail is queued");
                    }
                    away = true;
                    tokio::time::sleep(AWAY).await;
                    false
                }
            };
            tokio::time::sleep((begun.elapsed() * REST).min(LONGEST_REST)).await;
            if !more {
                let _ = tokio::time::timeout(self.poll, changed(&mut head)).await;
            }
        }
    }

    /// Queues what the feed tells; whether there may be more.
    async fn read_feed(&self) -> Result<bool, StoreError> {
        let Some(ahead) = self.mail.ahead().await? else { return Ok(false) };
        // Before it counts as read: whatever happens in between, the files go.
        self.transport.forget(&ahead.erased);
        if self.mail.queue(ahead, self.clock.now()).await?.is_some_and(|queued| queued > 0) {
            self.queued.notify_one();
        }
        Ok(true)
    }

    /// Removes files about those who are no longer there and of whom the feed never told: who has not confirmed an address.
    async fn tidy(&self) -> Result<(), StoreError> {
        let mut gone = HashSet::new();
        for ids in self.transport.about().chunks(TIDIED) {
            let living = self.mail.living(ids).await?;
            gone.extend(ids.iter().filter(|id| !living.contains(id)));
        }
        self.transport.forget(&gone);
        Ok(())
    }

    async fn remind(&self) -> Result<bool, StoreError> {
        let queued = self.mail.remind(&self.reminders, self.clock.now()).await?;
        if queued > 0 {
            tracing::info!(queued, "reminders were queued");
            self.queued.notify_one();
        }
        Ok(false)
    }
}

/// The feed has grown. Without a sequencer it never does.
async fn changed(head: &mut watch::Receiver<i64>) {
    if head.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
