//! Writes down what came of messages: all that has come in meanwhile in one transaction.

use std::sync::Arc;
use std::time::Duration;

use plenaria_domain::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::webhooks::{Outcome, Outgoing};
use tokio::sync::{Notify, mpsc};

use crate::PATIENCE;

/// How many are written down together at most.
const TOGETHER: usize = 64;
/// How often it is tried; what cannot be written down is sent again when its lease has run out.
const TRIES: u32 = 6;

/// Writes down what came of messages.
pub(super) struct Recorder {
    pub(super) store: Store,
    pub(super) outgoing: Outgoing,
    /// Is told of it.
    pub(super) recorded: Arc<Notify>,
    pub(super) clock: Clock,
}

impl Recorder {
    /// Ends when nobody is left who could hand in anything.
    pub(super) async fn run(self, mut received: mpsc::Receiver<Outcome>) {
        let mut outcomes = Vec::with_capacity(TOGETHER);
        while received.recv_many(&mut outcomes, TOGETHER).await > 0 {
            self.record(&outcomes).await;
            outcomes.clear();
            self.recorded.notify_one();
        }
    }

    async fn record(&self, outcomes: &[Outcome]) {
        let mut rest = Duration::from_millis(50);
        for tries in 1..=TRIES {
            let recording = self.outgoing.record(outcomes.to_vec(), self.clock.now());
            match self.store.in_time(PATIENCE, recording).await {
                Ok(disabled) => {
                    for (endpoint, reason) in disabled {
                        tracing::warn!(%endpoint, reason = reason.as_str(), "a webhook endpoint was disabled");
                    }
                    return;
                }
                Err(error) if tries == TRIES => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what came of webhooks was not written down"
                    );
                }
                Err(_) => {
                    tokio::time::sleep(rest).await;
                    rest *= 2;
                }
            }
        }
    }
}
