//! `plenaria worker`: sends mail and webhooks, without serving requests, until stopped by a signal.

use anyhow::{Context as _, bail};
use plenaria_domain::values::time::Clock;

use crate::commands::database::{correct_times, open};
use crate::commands::output::say;
use crate::metrics::MetricsEndpoint;
use crate::sandbox::clients;
use crate::settings::ServerConfig;
use crate::signals::stop_signal;
use crate::supervisor::Supervisor;
use crate::{background, delivery_settings};

/// Sends mail and webhooks until SIGTERM or SIGINT; then waits for those in flight.
pub(crate) async fn run(config: ServerConfig, clock: Clock) -> anyhow::Result<()> {
    if config.sandbox.is_some() {
        bail!("a sandbox has no worker: `plenaria serve` stores its mail in memory.");
    }
    let metrics = MetricsEndpoint::open(config.metrics_listen)?;
    let mut store = open(&config).await?;
    clients::refuse(&store).await?;
    correct_times(&store, clock.now()).await?;
    if let Some(metrics) = &metrics {
        store = metrics.counted(store);
    }
    // The same address that `serve` uses with the same settings.
    let public_url = config.public_url_or(config.listen);
    let webhooks = delivery_settings::webhooks(&config, &public_url, clock.clone())?;
    let mail = delivery_settings::mail(&config, &public_url, clock.clone())?;

    let mut supervisor = Supervisor::default();
    if let Some(metrics) = metrics {
        metrics.start(&mut supervisor, vec![("delivery", store.clone())], clock);
    }
    let feed_head = background::start_sequencer(&mut supervisor, &store);
    background::start_checkpoints(&mut supervisor, &store);
    let stop = stop_signal()?;
    background::start_delivery(&mut supervisor, &store, feed_head, webhooks, mail)
        .context("the worker could not start")?;

    say("worker started")?;
    stop.await;
    tracing::info!("stopping: messages in flight are waited for");
    supervisor.stop().await?;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}
