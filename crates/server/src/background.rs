//! The composition: which background tasks `plenaria serve` and `plenaria worker` run, and how they are put together.
//!
//! | task | `serve` | `worker` | if it panics |
//! |---|---|---|---|
//! | `desk`: takes registrations | yes | no | the program ends: callers wait for replies of the desk, whose state is lost |
//! | `sequencer`: moves changes from the outbox into the feed | yes | yes | restarted |
//! | `event_cache`: notices changes of published events | yes | no | restarted |
//! | `availability_streams`: reads the seats of events that have streams | yes | no | restarted |
//! | `replica_monitor`: compares the replica with the database, if there is one | yes | no | restarted |
//! | `maintenance`: removes data whose retention period has ended | yes | no | restarted |
//! | `checkpoints`: moves SQLite's write-ahead log into the database file | yes | yes | restarted |
//! | `delivery`: sends mail and webhooks, in a thread of its own | yes | yes | restarted |
//! | `backlog_metrics`, `metrics_endpoint`: only with `PLENARIA_METRICS_LISTEN` | yes | yes | restarted |
//!
//! [`Supervisor`] runs, restarts and stops them. Nothing else in the program starts a task that outlives a request, except
//! the delivery worker within its own thread.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Context as _;
use plenaria_delivery::mail::config::MailConfig;
use plenaria_delivery::webhooks::config::WebhookConfig;
use plenaria_delivery::worker::{StartError, Worker};
use plenaria_http::cache::availability_streams::AvailabilityStreams;
use plenaria_http::cache::events::EventCache;
use plenaria_http::settings::HttpConfig;
use plenaria_http::startup::{self, Parts, RunningServer};
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;
use plenaria_persistence::feed::sequencer;
use tokio::sync::watch;

use crate::maintenance::{MaintenanceTask, Retention};
use crate::supervisor::Supervisor;

/// A server that has been built, with its background tasks.
pub struct StartedServer {
    /// The HTTP server, which runs while its future is polled.
    pub http: RunningServer,
    /// The last position of the change feed.
    pub feed_head: watch::Receiver<i64>,
}

/// Builds the server on a bound listener and starts the background tasks that handlers need: all of `serve` but `delivery`
/// and metrics. The database's schema must be current.
///
/// To stop it, stop the HTTP server first, then the supervisor: the desk ends once no handler can reach it.
///
/// # Errors
/// The database cannot be read, or the server cannot be built.
pub async fn start_server(
    supervisor: &mut Supervisor,
    store: Store,
    listener: TcpListener,
    config: HttpConfig,
    retention: Retention,
) -> anyhow::Result<StartedServer> {
    let events = EventCache::open(store.clone(), config.cache_bytes as u64).await;
    let events = Arc::new(events.context("published events cannot be read")?);
    let desk = start_desk(supervisor, &store);
    let feed_head = start_sequencer(supervisor, &store);
    let (event_cache, interval) = (Arc::clone(&events), config.catalogue_interval);
    supervisor.spawn("event_cache", move || Arc::clone(&event_cache).watch(interval));
    let open_streams = config.metrics.as_ref().map(|metrics| metrics.availability_streams()).unwrap_or_default();
    let availability_streams = AvailabilityStreams::new(store.clone(), config.clock.clone(), open_streams);
    let availability_streams = Arc::new(availability_streams);
    let watched_streams = Arc::clone(&availability_streams);
    supervisor.spawn("availability_streams", move || Arc::clone(&watched_streams).watch());
    let replica_store = store.clone();
    supervisor.spawn("replica_monitor", move || {
        let store = replica_store.clone();
        async move { store.watch_replica().await }
    });
    start_checkpoints(supervisor, &store);
    let maintenance = MaintenanceTask { store: store.clone(), clock: config.clock.clone(), retention };
    supervisor.spawn("maintenance", move || maintenance.clone().run());
    let parts = Parts { store, desk, events, availability_streams, feed_head: feed_head.clone() };
    let http = startup::serve(parts, listener, config)?;
    Ok(StartedServer { http, feed_head })
}

/// Starts the desk. It ends once every clone of the returned handle is dropped and all registrations that wait are handled.
fn start_desk(supervisor: &mut Supervisor, store: &Store) -> Desk {
    let (desk, worker) = Desk::open(store.clone());
    supervisor.spawn_essential("desk", worker);
    desk
}

/// Starts the sequencer. The returned receiver holds the last position of the feed, as far as this process knows.
///
/// When the sequencer is stopped, changes may remain in the outbox; another instance, or the next start, moves them.
pub fn start_sequencer(supervisor: &mut Supervisor, store: &Store) -> watch::Receiver<i64> {
    let (head, feed_head) = watch::channel(0);
    let store = store.clone();
    supervisor.spawn("sequencer", move || sequencer::run(store.clone(), head.clone()));
    feed_head
}

/// Starts keeping `SQLite`'s write-ahead log small; with `PostgreSQL` the task ends at once.
///
/// Several processes may do this with one file: each looks at the log itself, and one moves it.
pub fn start_checkpoints(supervisor: &mut Supervisor, store: &Store) {
    let store = store.clone();
    supervisor.spawn_until_stopped("checkpoints", move |stop| {
        let store = store.clone();
        async move { Ok(store.keep_wal_small(stop.requested()).await?) }
    });
}

/// Starts sending mail and webhooks.
///
/// # Errors
/// The first worker cannot be started, for example with settings that are not valid.
pub fn start_delivery(
    supervisor: &mut Supervisor,
    store: &Store,
    feed_head: watch::Receiver<i64>,
    webhooks: WebhookConfig,
    mail: MailConfig,
) -> Result<(), StartError> {
    let store = store.clone();
    let mut first = Some(Worker::start(&store, feed_head.clone(), webhooks.clone(), Some(mail.clone()))?);
    let restart = move || {
        // The thread that panicked has left its connections in the pool.
        store.discard_idle_connections();
        Worker::start(&store, feed_head.clone(), webhooks.clone(), Some(mail.clone()))
    };
    supervisor.spawn_until_stopped("delivery", move |stop| {
        let worker = first.take().map_or_else(&restart, Ok);
        async move { Ok(worker?.run_until(stop.requested()).await?) }
    });
    Ok(())
}
