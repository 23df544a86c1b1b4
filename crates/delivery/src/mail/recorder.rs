//! Writing down what came of messages, together what comes together.

use std::sync::Arc;
use std::time::Duration;

use plenaria_domain::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::mail::{Claimed, Mail, Outcome};
use tokio::sync::mpsc;

use super::transport::Transport;
use crate::PATIENCE;

/// How many are written down together.
const TOGETHER: usize = 128;
/// How long to wait before what could not be written down is tried again.
const AWAY: Duration = Duration::from_secs(1);

/// Until nobody hands in any more.
pub(super) async fn run(
    store: Store,
    mail: Mail,
    mut received: mpsc::Receiver<(Claimed, Outcome)>,
    transport: Arc<Transport>,
    clock: Clock,
) {
    let mut outcomes = Vec::new();
    while received.recv_many(&mut outcomes, TOGETHER).await > 0 {
        let together = std::mem::take(&mut outcomes);
        let now = clock.now();
        for (claimed, outcome) in &together {
            let (message, kind) = (claimed.id, claimed.kind.as_str());
            match outcome {
                Outcome::Sent => tracing::debug!(%message, kind, "a mail was sent"),
                Outcome::Refused(code) => tracing::warn!(%message, kind, code, "a mail was refused for good"),
                _ => {}
            }
        }
        loop {
            match store.in_time(PATIENCE, mail.record(together.clone(), now)).await {
                Ok(gone) => {
                    transport.forget(&gone.iter().map(|claimed| claimed.registration).collect());
                    break;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what came of mails cannot be written down"
                    );
                    tokio::time::sleep(AWAY).await;
                }
            }
        }
    }
}
