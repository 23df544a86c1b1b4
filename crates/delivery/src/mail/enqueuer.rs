//! Fills the mail queue: from the change feed, and with reminders and follow-ups that are due.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::mail::MailQueue;
use plenaria_persistence::{Store, StoreError};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::database::{DATABASE_DOWN_BACKOFF, DATABASE_TIMEOUT};
use crate::feed::feed_growth;
use crate::mail::config::MailConfig;
use crate::mail::transport::Transport;

/// The pause after each round, as a multiple of its duration, and the longest pause: registrations come first.
const BACKOFF_FACTOR: u32 = 9;
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// The longest interval between two searches for messages that are due at a set time.
const SCHEDULE_INTERVAL: Duration = Duration::from_secs(20);
/// The interval between two removals of old log entries and files.
const CLEANUP_INTERVAL: Duration = Duration::from_mins(30);
/// How many registrations one query looks up when files are cleaned up.
const CLEANUP_BATCH_SIZE: usize = 500;

/// Fills the mail queue.
pub(crate) struct Enqueuer {
    store: Store,
    mail: MailQueue,
    clock: Clock,
    poll_interval: Duration,
    reminders: Vec<u32>,
    log_retention: TimeDelta,
    transport: Arc<Transport>,
    /// Wakes the sender when messages were queued.
    queued: Arc<Notify>,
}

impl Enqueuer {
    pub(crate) fn new(
        store: &Store,
        mail: &MailQueue,
        config: &MailConfig,
        transport: &Arc<Transport>,
        queued: &Arc<Notify>,
    ) -> Self {
        Self {
            store: store.clone(),
            mail: mail.clone(),
            clock: config.clock.clone(),
            poll_interval: config.poll_interval,
            reminders: config.reminders.clone(),
            log_retention: config.log_retention,
            transport: Arc::clone(transport),
            queued: Arc::clone(queued),
        }
    }

    /// Fills the queue until the task is aborted.
    pub(crate) async fn run(self, mut head: watch::Receiver<i64>) {
        let mut database_down = false;
        let (mut last_scheduled, mut last_cleanup): (Option<Instant>, Option<Instant>) = (None, None);
        let due = |last: Option<Instant>, interval: Duration| last.is_none_or(|last| last.elapsed() >= interval);
        loop {
            let started = Instant::now();
            let mut result = self.store.with_timeout(DATABASE_TIMEOUT, self.enqueue_from_feed()).await;
            if result.is_ok() && due(last_scheduled, SCHEDULE_INTERVAL.min(self.poll_interval)) {
                result = self.store.with_timeout(DATABASE_TIMEOUT, self.enqueue_scheduled()).await.and(result);
                last_scheduled = Some(started);
            }
            if result.is_ok() && due(last_cleanup, CLEANUP_INTERVAL) {
                let old = self.mail.remove_old(self.clock.now() - self.log_retention);
                result = self.store.with_timeout(DATABASE_TIMEOUT, old).await.map(|_| false).and(result);
                result = self.store.with_timeout(DATABASE_TIMEOUT, self.remove_orphan_messages()).await.and(result);
                last_cleanup = Some(started);
            }
            let may_have_more = match result {
                Ok(may_have_more) => {
                    database_down = false;
                    may_have_more
                }
                Err(error) => {
                    if !database_down {
                        tracing::warn!(error = &error as &dyn std::error::Error, "no mail is queued");
                    }
                    database_down = true;
                    tokio::time::sleep(DATABASE_DOWN_BACKOFF).await;
                    false
                }
            };
            tokio::time::sleep((started.elapsed() * BACKOFF_FACTOR).min(MAX_PAUSE)).await;
            if !may_have_more {
                let _ = tokio::time::timeout(self.poll_interval, feed_growth(&mut head)).await;
            }
        }
    }

    /// Queues messages for the next changes of the feed; returns whether there may be more.
    async fn enqueue_from_feed(&self) -> Result<bool, StoreError> {
        let Some(ahead) = self.mail.pending_changes().await? else { return Ok(false) };
        // Stored messages are removed before the position is stored, so that a crash in between cannot leave files.
        self.transport.remove_messages(&ahead.erased);
        if self.mail.enqueue_changes(ahead, self.clock.now()).await?.is_some_and(|queued| queued > 0) {
            self.queued.notify_one();
        }
        Ok(true)
    }

    /// Removes stored messages about registrations that no longer exist and of which the feed has no change: those that were never
    /// confirmed.
    async fn remove_orphan_messages(&self) -> Result<(), StoreError> {
        let mut orphans = HashSet::new();
        for ids in self.transport.registrations_with_messages().chunks(CLEANUP_BATCH_SIZE) {
            let existing = self.mail.existing_registrations(ids).await?;
            orphans.extend(ids.iter().filter(|id| !existing.contains(id)));
        }
        self.transport.remove_messages(&orphans);
        Ok(())
    }

    /// Queues reminders and follow-ups that are due.
    async fn enqueue_scheduled(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let reminders = self.mail.enqueue_reminders(&self.reminders, now).await?;
        let follow_ups = self.mail.enqueue_follow_ups(now).await?;
        if reminders + follow_ups > 0 {
            tracing::info!(reminders, follow_ups, "scheduled messages were queued");
            self.queued.notify_one();
        }
        Ok(false)
    }
}
