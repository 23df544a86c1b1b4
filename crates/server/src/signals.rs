//! Waits for the signals that stop the program.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

/// Returns a future that completes at the first SIGTERM or SIGINT.
///
/// # Errors
/// The signal handlers cannot be installed.
pub(crate) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let handler = |kind| signal(kind).context("signal handlers cannot be installed");
    let (mut terminate, mut interrupt) = (handler(SignalKind::terminate())?, handler(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
