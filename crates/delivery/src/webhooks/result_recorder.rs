//! Writes the results of webhook deliveries to the database, several in one transaction.

use std::sync::Arc;
use std::time::Duration;

use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::webhooks::{DeliveryOutcome, DeliveryQueue};
use tokio::sync::{Notify, mpsc};

use crate::database::DATABASE_TIMEOUT;

/// The most results in one transaction.
const BATCH_SIZE: usize = 64;
/// How many times a batch is tried. Deliveries whose result is lost are sent again when their lease expires.
const MAX_ATTEMPTS: u32 = 6;
/// The pause after the first failed attempt; each pause is twice as long as the one before.
const FIRST_RETRY_PAUSE: Duration = Duration::from_millis(50);

/// Records results of deliveries.
pub(crate) struct Recorder {
    pub(crate) store: Store,
    pub(crate) outgoing: DeliveryQueue,
    /// Notified after each batch.
    pub(crate) recorded: Arc<Notify>,
    pub(crate) clock: Clock,
}

impl Recorder {
    /// Records results until every sender of `results` is dropped.
    pub(crate) async fn run(self, mut results: mpsc::Receiver<DeliveryOutcome>) {
        let mut batch = Vec::with_capacity(BATCH_SIZE);
        while results.recv_many(&mut batch, BATCH_SIZE).await > 0 {
            self.record(&batch).await;
            batch.clear();
            self.recorded.notify_one();
        }
    }

    async fn record(&self, batch: &[DeliveryOutcome]) {
        let mut pause = FIRST_RETRY_PAUSE;
        for attempt in 1..=MAX_ATTEMPTS {
            let recording = self.outgoing.record(batch.to_vec(), self.clock.now());
            match self.store.with_timeout(DATABASE_TIMEOUT, recording).await {
                Ok(disabled) => {
                    for (endpoint, reason) in disabled {
                        tracing::warn!(%endpoint, reason = reason.as_str(), "a webhook endpoint was disabled");
                    }
                    return;
                }
                Err(error) if attempt == MAX_ATTEMPTS => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "results of webhook deliveries were not recorded");
                }
                Err(_) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
            }
        }
    }
}
