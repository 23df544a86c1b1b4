//! The delivery worker: one thread with a runtime of its own, in which mail and webhooks are sent.
//!
//! The thread keeps slow mail servers and endpoints away from the registration desk and the request handlers.

use std::future::ready;
use std::thread;
use std::time::Duration;

use plenaria_persistence::Store;
use tokio::sync::{oneshot, watch};

use crate::mail::config::MailConfig;
use crate::mail::mailer::{MailError, Mailer};
use crate::webhooks::config::WebhookConfig;
use crate::webhooks::dispatcher::WebhookDispatcher;
use crate::webhooks::http_client::ClientError;

/// How long messages in flight may take once the worker is stopping; those that are cut off are sent again by another worker.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The thread or its runtime could not be created.
    #[error("the worker's thread could not be created")]
    Thread(#[from] std::io::Error),
    /// The HTTP client could not be created.
    #[error("the worker's HTTP client could not be created")]
    Client(#[from] ClientError),
    /// The mail templates could not be loaded.
    #[error("the worker's mail templates could not be loaded")]
    Mail(#[from] MailError),
}

/// The worker's thread ended by a panic.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the delivery thread panicked")]
pub struct WorkerPanicked;

/// Sends mail and webhooks until it is stopped.
#[derive(Debug)]
pub struct Worker {
    stopping: watch::Sender<bool>,
    ended: oneshot::Receiver<()>,
}

impl Worker {
    /// Starts a worker. `head` holds the last position of the feed. Without `mail`, no mail is queued or sent.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(
        store: &Store,
        head: watch::Receiver<i64>,
        webhooks: WebhookConfig,
        mail: Option<MailConfig>,
    ) -> Result<Self, StartError> {
        let (stopping, stop) = watch::channel(false);
        let (done, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let webhooks = WebhookDispatcher::new(store, webhooks)?;
        let mail = mail.map(|mail| Mailer::new(store, mail)).transpose()?;
        thread::Builder::new().name("delivery".to_owned()).spawn(move || {
            runtime.block_on(async {
                let mail = async {
                    if let Some(mail) = mail {
                        mail.run(head.clone(), stop.clone(), SHUTDOWN_GRACE).await;
                    }
                };
                tokio::join!(webhooks.run(head.clone(), stop.clone(), SHUTDOWN_GRACE), mail);
            });
            // Does not wait for DNS lookups, which block a thread.
            runtime.shutdown_background();
            // After a panic this line is not reached, and `ended` reports the dropped sender.
            let _ = done.send(());
        })?;
        Ok(Self { stopping, ended })
    }

    /// Waits for `stop`; then claims nothing more and waits for messages in flight, 10 s at most.
    ///
    /// # Errors
    /// The worker's thread panicked, before or after `stop`.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> Result<(), WorkerPanicked> {
        tokio::select! {
            ended = &mut self.ended => return ended.map_err(|_| WorkerPanicked),
            () = stop => {}
        }
        self.stopping.send_replace(true);
        self.ended.await.map_err(|_| WorkerPanicked)
    }

    /// Claims nothing more, and waits for messages in flight, 10 s at most.
    pub async fn stop(self) {
        if let Err(error) = self.run_until(ready(())).await {
            tracing::error!(%error, "a delivery worker failed");
        }
    }
}
