//! What leaves the house: mail and webhooks. Each kind is a folder of its own with a `run`, which [`Worker`] runs beside the others.
//!
//! A worker has a thread of its own, so that neither the registration desk nor those who answer requests wait for it. Any
//! number of workers share one database; what each sends is theirs alone for a while, and is taken over by another if they
//! die.

pub mod mail;
pub mod webhooks;

use std::thread;
use std::time::Duration;

use plenaria_persistence::Store;
use tokio::sync::{oneshot, watch};

/// How long what is being sent may take once the worker is told to stop; what takes longer is sent again by another.
const GRACE: Duration = Duration::from_secs(10);
/// How long the database is waited for, which takes no longer than that for anything that is asked of it here.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no thread, or no runtime, for it.
    #[error("the worker has no thread: {0}")]
    Thread(#[from] std::io::Error),
    /// The client for HTTP cannot be made.
    #[error("the worker cannot call anybody: {0}")]
    Client(#[from] webhooks::ClientError),
    /// Mail cannot be written.
    #[error("the worker cannot write mail: {0}")]
    Mail(#[from] mail::MailError),
}

/// Sends what is to be sent, until it is stopped.
#[derive(Debug)]
pub struct Worker {
    stopping: watch::Sender<bool>,
    stopped: oneshot::Receiver<()>,
}

impl Worker {
    /// Starts a worker. `head` is the feed's last position, as a sequencer tells it. Without `mail` none is
    /// queued or sent.
    pub fn start(
        store: &Store,
        head: watch::Receiver<i64>,
        webhooks: webhooks::Settings,
        mail: Option<mail::Settings>,
    ) -> Result<Self, StartError> {
        let (stopping, told) = watch::channel(false);
        let (done, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let webhooks = webhooks::Courier::new(store, webhooks)?;
        let mail = mail.map(|mail| mail::Mailer::new(store, mail)).transpose()?;
        thread::Builder::new().name("delivery".to_owned()).spawn(move || {
            runtime.block_on(async {
                let mail = async {
                    if let Some(mail) = mail {
                        mail.run(head.clone(), told.clone(), GRACE).await;
                    }
                };
                tokio::join!(webhooks.run(head.clone(), told.clone(), GRACE), mail);
            });
            // Names that are being looked up are not waited for.
            runtime.shutdown_background();
            let _ = done.send(());
        })?;
        Ok(Self { stopping, stopped })
    }

    /// Takes nothing more, and waits for what is on its way.
    pub async fn stop(self) {
        self.stopping.send_replace(true);
        let _ = self.stopped.await;
    }
}
