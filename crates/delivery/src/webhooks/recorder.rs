//! Writes down what came of messages: all that has come in meanwhile in one transaction.

use std::sync::Arc;
use std::time::Duration;

use plenaria_domain::time::Clock;
use plenaria_persistence::webhooks::{Outcome, Outgoing};
use tokio::sync::{Notify, mpsc};

/// How many are written down together at most.
const TOGETHER: usize = 64;
/// How often it is tried; what cannot be written down is sent again when its lease has run out.
const TRIES: u32 = 6;

/// Ends when nobody is left who could hand in anything.
pub(super) async fn run(
    outgoing: Outgoing,
    mut received: mpsc::Receiver<Outcome>,
    recorded: Arc<Notify>,
    clock: Clock,
) {
    let mut outcomes = Vec::with_capacity(TOGETHER);
    while received.recv_many(&mut outcomes, TOGETHER).await > 0 {
        record(&outgoing, &outcomes, &clock).await;
        outcomes.clear();
        recorded.notify_one();
    }
}

async fn record(outgoing: &Outgoing, outcomes: &[Outcome], clock: &Clock) {
    let mut rest = Duration::from_millis(50);
    for tries in 1..=TRIES {
        match outgoing.record(outcomes.to_vec(), clock.now()).await {
            Ok(disabled) => {
                for (endpoint, reason) in disabled {
                    tracing::warn!(%endpoint, reason = reason.as_str(), "a webhook endpoint was disabled");
                }
                return;
            }
            Err(error) if tries == TRIES => {
                tracing::warn!(error = &error as &dyn std::error::Error, "what came of webhooks was not written down");
            }
            Err(_) => {
                tokio::time::sleep(rest).await;
                rest *= 2;
            }
        }
    }
}
