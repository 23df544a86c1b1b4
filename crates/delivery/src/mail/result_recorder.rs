//! Writes the results of mail deliveries to the database, several in one transaction.

use std::sync::Arc;
use std::time::Duration;

use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::mail::{ClaimedMessage, MailOutcome, MailQueue};
use tokio::sync::mpsc;

use crate::database::DATABASE_TIMEOUT;
use crate::mail::transport::Transport;

/// The most results in one transaction.
const BATCH_SIZE: usize = 128;
/// Pause before results that could not be written are tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Records results until every sender of `results` is dropped.
pub(crate) async fn run(
    store: Store,
    mail: MailQueue,
    mut results: mpsc::Receiver<(ClaimedMessage, MailOutcome)>,
    transport: Arc<Transport>,
    clock: Clock,
) {
    let mut received = Vec::new();
    while results.recv_many(&mut received, BATCH_SIZE).await > 0 {
        let batch = std::mem::take(&mut received);
        let now = clock.now();
        batch.iter().for_each(log_result);
        loop {
            match store.with_timeout(DATABASE_TIMEOUT, mail.record(batch.clone(), now)).await {
                Ok(erased) => {
                    transport.remove_messages(&erased.iter().map(|claimed| claimed.registration).collect());
                    break;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "results of mail deliveries cannot be recorded"
                    );
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }
}

fn log_result((claimed, outcome): &(ClaimedMessage, MailOutcome)) {
    let (message, kind) = (claimed.id, claimed.kind.as_str());
    match outcome {
        MailOutcome::Sent => tracing::debug!(%message, kind, "a mail was sent"),
        MailOutcome::Refused(code) => tracing::warn!(%message, kind, code, "a mail was rejected for good"),
        _ => {}
    }
}
