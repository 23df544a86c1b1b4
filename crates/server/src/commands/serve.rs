//! `plenaria serve`.

use std::net::TcpListener;
use std::time::Duration;

use plenaria_delivery::Worker;
use plenaria_domain::time::Clock;
use plenaria_http::startup;
use plenaria_persistence::Store;
use tokio::signal::unix::{SignalKind, signal};

use super::{correct_times, open, publish, replica, say, worker};
use crate::Failure;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// How long requests may take to finish once the server is told to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);
/// How many callers may wait for changes at a time.
const MOST_WAITING: usize = 2_000;
/// How long a connection's other end may take nothing of what is sent to it.
const READER_TIMEOUT: Duration = Duration::from_mins(1);

/// Answers requests until SIGTERM or SIGINT; then finishes what it took and refuses what is new.
pub(super) async fn run(settings: Settings, clock: Clock) -> Result<(), Failure> {
    let secrets = settings.secrets()?;
    let (seals, reach) = (secrets.webhook_seals(), settings.webhook_reach);
    let mut metrics = Metrics::open(settings.metrics_listen)?;
    let counted = |store: Store| match &metrics {
        Some(metrics) => metrics.counted(store),
        None => store,
    };
    let store = open(&settings).await?;
    correct_times(&store, clock.now()).await?;
    let store = counted(replica::open(store, &settings).await?);
    if settings.is_embedded() {
        publish::fill_if_empty(&store, clock.now()).await?;
    }
    // PostgreSQL's connections live in the thread that made them, and the worker's ends at another time than those that
    // answer requests; it also takes none from them.
    let worker_store = if settings.is_embedded() { store.clone() } else { counted(open(&settings).await?) };
    let requests = metrics.as_mut().map(Metrics::requests);
    // Every connection is an open file, and the usual soft limit is low.
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "the limit of open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).map_err(|error| format!("PLENARIA_LISTEN: {listen}: {error}."))?;
    let address = listener.local_addr().map_err(|error| format!("PLENARIA_LISTEN: {listen}: {error}."))?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let webhooks = worker::webhooks(public_url.clone(), seals, reach, clock.clone());
    let (embedded, metrics_clock) = (settings.is_embedded(), clock.clone());
    let mail = settings.mail(&public_url, clock.clone())?;
    let settings = startup::Settings {
        public_url: Some(public_url),
        privacy_notice: settings.privacy_notice,
        rate_limits: settings.rate_limits,
        trusted_proxies: settings.trusted_proxies,
        origins: settings.origins,
        webhook_reach: reach,
        changes_kept: settings.changes_kept,
        retention: settings.retention,
        cache_bytes: settings.cache_bytes,
        figures: requests,
        traced: settings.collector.is_some(),
        most_waiting: MOST_WAITING,
        reader_timeout: READER_TIMEOUT,
        secrets,
        clock,
        drain: settings.drain,
        shutdown_timeout: SHUTDOWN_TIMEOUT,
        workers: None,
    };
    let failed = |error: &dyn std::fmt::Display| format!("the server could not start: {error}.");
    let running = startup::serve(store.clone(), listener, settings).await.map_err(|error| failed(&error))?;
    let worker =
        Worker::start(&worker_store, running.head.clone(), webhooks, Some(mail)).map_err(|error| failed(&error))?;
    if let Some(metrics) = metrics {
        let mut stores = vec![("requests", store.clone())];
        if !embedded {
            stores.push(("delivery", worker_store.clone()));
        }
        metrics.start(stores, metrics_clock)?;
    }
    let stopper = running.stopper();
    let stop = stop_signal()?;
    tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping: what was taken is finished, what is new is refused");
        stopper.stop().await;
    });
    say(&format!("listening on http://{address}"))?;
    running.server.await.map_err(|error| format!("the server failed: {error}."))?;
    running.desk.await.map_err(|error| format!("the desk failed: {error}."))?;
    worker.stop().await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Ends with the first SIGTERM or SIGINT.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error| format!("signals cannot be heard: {error}.");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
