//! The maintenance task: removes or anonymises data whose retention period has ended.
//!
//! Every instance runs it; each piece of work is done by the instance that comes first.

use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::{Store, StoreError};
use tokio::time::MissedTickBehavior;

/// How often the task runs.
const INTERVAL: Duration = Duration::from_mins(10);

/// How long data are stored.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// How long changes stay in the feed, and delivered messages in the log.
    pub changes: TimeDelta,
    /// How long personal data are stored after the end of an event whose definition sets no period; `None`: for ever.
    pub personal_data: Option<TimeDelta>,
    /// How long entries stay in the audit log, and replaced revisions in the history of events.
    pub audit: TimeDelta,
}

/// Removes or anonymises data whose retention period has ended.
#[derive(Clone)]
pub(crate) struct MaintenanceTask {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) retention: Retention,
}

impl MaintenanceTask {
    /// Runs for ever, at once and then every ten minutes.
    pub(crate) async fn run(self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.run_once().await;
        }
    }

    async fn run_once(&self) {
        let (store, now) = (&self.store, self.clock.now());
        let Retention { changes, personal_data, audit } = self.retention;
        log_result("old idempotency records were removed", store.remove_expired_idempotency_records(now).await);
        log_result("old changes were removed from the feed", store.remove_old_changes(now - changes).await);
        log_result("old webhook deliveries were removed", store.remove_old_deliveries(now - changes).await);
        log_result("registrations that were never confirmed were removed", store.remove_unconfirmed(now).await);
        log_result("old mail budgets were removed", store.remove_old_mail_budgets(now).await);
        log_result("old entries of the audit log were removed", store.remove_old_audit_entries(now - audit).await);
        log_result("old revisions of events were removed", store.remove_old_revisions(now - audit).await);
        log_result("registrations were made anonymous", store.anonymise_expired(personal_data, now).await);
        log_result("the database's write-ahead log was truncated", store.checkpoint_wal().await.map(|()| 0));
    }
}

/// Logs how many rows an operation changed, if any, or why it failed.
fn log_result(operation: &str, result: Result<u64, StoreError>) {
    match result {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, "{operation}"),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "maintenance failed: {operation}"),
    }
}
