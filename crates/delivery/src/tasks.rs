//! Helpers for the tasks that mail and webhooks spawn: a panic must not pass unnoticed.

use tokio::task::{JoinError, JoinHandle, JoinSet};

/// Waits for a task that only ends by a panic, and passes the panic on.
pub(crate) async fn panic_of(task: &mut JoinHandle<()>) {
    if let Err(error) = task.await
        && let Ok(panic) = error.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}

/// Waits for all tasks that each send one message.
pub(crate) async fn join_all(sending: &mut JoinSet<()>) {
    while let Some(ended) = sending.join_next().await {
        log_panic(ended);
    }
}

/// Removes the tasks that have ended from the set.
pub(crate) fn reap(sending: &mut JoinSet<()>) {
    while let Some(ended) = sending.try_join_next() {
        log_panic(ended);
    }
}

fn log_panic(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!("sending a message panicked; it is sent again when its lease expires");
    }
}
