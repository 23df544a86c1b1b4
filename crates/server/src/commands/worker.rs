//! `plenaria worker`.

use plenaria_delivery::{Worker, webhooks};
use plenaria_domain::time::Clock;
use plenaria_domain::webhook::Reach;
use plenaria_domain::webhook::secret::Seals;
use plenaria_persistence::sequencer;

use super::serve::stop_signal;
use super::{correct_times, open, say};
use crate::Failure;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// Sends mail and webhooks until SIGTERM or SIGINT; then waits for those that are on their way.
pub(super) async fn run(settings: Settings, clock: Clock) -> Result<(), Failure> {
    let seals = settings.secrets()?.webhook_seals();
    let metrics = Metrics::open(settings.metrics_listen)?;
    let mut store = open(&settings).await?;
    correct_times(&store, clock.now()).await?;
    if let Some(metrics) = &metrics {
        store = metrics.counted(store);
    }
    let reach = settings.webhook_reach;
    // What callers would be told by a server with the same settings.
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    let mail = settings.mail(&public_url, clock.clone())?;
    if let Some(metrics) = metrics {
        metrics.start(vec![("delivery", store.clone())], clock.clone())?;
    }
    let (head, sequencing) = sequencer::open(&store);
    let stop = stop_signal()?;
    let started = Worker::start(&store, head, webhooks(public_url, seals, reach, clock), Some(mail));
    let worker = started.map_err(|error| format!("the worker could not start: {error}."))?;
    say("working")?;
    stop.await;
    tracing::info!("stopping: what is on its way is waited for");
    worker.stop().await;
    sequencing.abort();
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// What sending webhooks needs to know.
pub(super) const fn webhooks(public_url: String, seals: Seals, reach: Reach, clock: Clock) -> webhooks::Settings {
    let (timeout, poll) = (webhooks::Settings::TIMEOUT, webhooks::Settings::POLL);
    webhooks::Settings { public_url, seals, reach, clock, timeout, poll }
}
