//! What is done now and then: what has been kept for long enough is removed, or made anonymous. Every instance does all of
//! it; each thing is done by whoever comes first.

use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::time::Clock;
use plenaria_persistence::{Store, StoreError};
use tokio::time::MissedTickBehavior;

/// How often it is looked for.
const OFTEN: Duration = Duration::from_mins(10);

/// Sweeps until the process ends.
pub(crate) struct Sweeper {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// For how long changes stay in the feed, and messages that were delivered in the log.
    pub(crate) changes_kept: TimeDelta,
    /// How long after an event's end its personal data stay, where its definition does not say; `None`: for ever.
    pub(crate) retention: Option<TimeDelta>,
}

impl Sweeper {
    pub(crate) async fn run(self) {
        let mut ticks = tokio::time::interval(OFTEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.once().await;
        }
    }

    async fn once(&self) {
        let (store, now) = (&self.store, self.clock.now());
        told("old answers to idempotency keys were removed", store.remove_old_answers(now).await);
        told("old changes were removed from the feed", store.remove_old_changes(now - self.changes_kept).await);
        told("old deliveries of webhooks were removed", store.remove_old_deliveries(now - self.changes_kept).await);
        told("registrations were never confirmed, and removed", store.remove_unconfirmed(now).await);
        told("old budgets of mailboxes were removed", store.remove_old_mail_budgets(now).await);
        told("registrations were made anonymous", store.make_anonymous(self.retention, now).await);
        told("the database's log was emptied", store.empty_log().await.map(|()| 0));
    }
}

/// Says what was done, if anything was.
fn told(what: &str, done: Result<u64, StoreError>) {
    match done {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, "{what}"),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "a sweep failed: {what}"),
    }
}
