//! Builds the HTTP server from its parts, and stops it. It starts no background task: the caller hands in what they provide.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{HttpServer, web};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;
use tokio::sync::watch;

use crate::application::ApplicationBuilder;
use crate::auth::{AccessTokens, ClientCache, ConfirmationTokens, ManageTokens};
use crate::cache::availability_streams::AvailabilityStreams;
use crate::cache::change_feed::ChangeFeed;
use crate::cache::events::EventCache;
use crate::cache::events_calendar::EventsCalendarCache;
use crate::cache::statistics::StatisticsCache;
use crate::limits::exports::ExportLimiter;
use crate::limits::failed_logins::FailedLoginLimiter;
use crate::limits::rate_limit::RateLimiter;
use crate::middleware::allowed_methods::AllowedMethods;
use crate::middleware::route_patterns::RoutePatterns;
use crate::openapi;
use crate::operations::docs;
use crate::operations::readiness::Readiness;
use crate::request::cursor::Cursors;
use crate::request::idempotency::InProgress;
use crate::settings::HttpConfig;
use crate::state::{AppState, CallerLimits, HealthState, PrivacyNotice, Tokens, WebhookSettings};

/// The most open connections, of all workers together; further ones wait to be accepted. An idle connection takes about
/// 20 KiB of memory.
const MAX_CONNECTIONS: usize = 12_000;
/// How many connections may wait to be accepted.
const ACCEPT_BACKLOG: u32 = 4096;
/// How long a client may take to send the head of a request.
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The parts of the server that have background tasks, which the caller runs.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Takes registrations.
    pub desk: Desk,
    /// Published events.
    pub events: Arc<EventCache>,
    /// The streams of live seats.
    pub availability_streams: Arc<AvailabilityStreams>,
    /// The last position of the change feed.
    pub feed_head: watch::Receiver<i64>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing keys could not be derived.
    #[error("the keys for tokens could not be derived")]
    Keys(#[from] jsonwebtoken::errors::Error),
    /// The listener failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A server that has been built.
pub struct RunningServer {
    /// The server runs while this future is polled; it completes when the server has stopped.
    pub server: Server,
    availability_streams: Arc<AvailabilityStreams>,
    stopping: watch::Sender<bool>,
    draining: Arc<AtomicBool>,
    drain: Duration,
}

/// Stops a server.
pub struct Stopper {
    handle: ServerHandle,
    availability_streams: Arc<AvailabilityStreams>,
    stopping: watch::Sender<bool>,
    draining: Arc<AtomicBool>,
    drain: Duration,
}

impl RunningServer {
    /// A handle that stops the server.
    pub fn stopper(&self) -> Stopper {
        let (stopping, draining) = (self.stopping.clone(), Arc::clone(&self.draining));
        let availability_streams = Arc::clone(&self.availability_streams);
        Stopper { handle: self.server.handle(), availability_streams, stopping, draining, drain: self.drain }
    }
}

impl Stopper {
    /// Reports the server as not ready for [`HttpConfig::drain`], so that load balancers stop using it; then rejects
    /// new connections and finishes the requests in progress. Streams end at once, since their readers then look for
    /// another server; requests that wait for changes are answered after that time.
    pub async fn stop(self) {
        self.draining.store(true, Ordering::Relaxed);
        self.availability_streams.stop();
        tokio::time::sleep(self.drain).await;
        self.stopping.send_replace(true);
        self.handle.stop(true).await;
    }
}

/// Builds the server on a bound listener. The database's schema must be current.
///
/// # Errors
/// See [`StartError`].
pub fn serve(parts: Parts, listener: TcpListener, config: HttpConfig) -> Result<RunningServer, StartError> {
    let has_pages = config.pages.is_some();
    let public_url = match &config.public_url {
        Some(url) => PublicUrl::new(url, has_pages),
        None => PublicUrl::new(&format!("http://{}", listener.local_addr()?), has_pages),
    };
    let workers = config.workers.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(2);
    let (stopping, stopped) = watch::channel(false);
    let draining = Arc::new(AtomicBool::new(false));
    let availability_streams = Arc::clone(&parts.availability_streams);
    let (metrics, is_traced) = (config.metrics.clone(), config.traced);
    let pages = config.pages.clone();
    let sandbox = config.sandbox.clone().map(web::Data::new);
    let (reader_timeout, shutdown_timeout, drain) = (config.reader_timeout, config.shutdown_timeout, config.drain);
    let state = Arc::new(state(parts, config, public_url, stopped, Arc::clone(&draining))?);
    let described = openapi::document();
    let page_paths = pages.as_ref().map_or(&[][..], |pages| pages.paths);
    let allowed_methods = web::Data::new(AllowedMethods::of(described, page_paths));
    let document = web::Data::new(docs::Document::new(&state.public_url, openapi::served));
    let routes = match &metrics {
        Some(metrics) => metrics.routes(),
        None => Arc::new(RoutePatterns::of(described, page_paths)),
    };
    let application =
        ApplicationBuilder { state, allowed_methods, document, metrics, routes, is_traced, sandbox, pages };
    cut_off_stalled_readers(&listener, reader_timeout)?;
    let server = HttpServer::new(move || application.server())
        .backlog(ACCEPT_BACKLOG)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(shutdown_timeout.as_secs())
        // A connection that its client has closed ends at once, and with it a stream that has nothing to send.
        .h1_allow_half_closed(false)
        .disable_signals()
        .workers(workers)
        .max_connections(MAX_CONNECTIONS.div_ceil(workers))
        .listen(listener)?
        .run();
    Ok(RunningServer { server, availability_streams, stopping, draining, drain })
}

fn state(
    parts: Parts,
    config: HttpConfig,
    public_url: PublicUrl,
    stopping: watch::Receiver<bool>,
    draining: Arc<AtomicBool>,
) -> Result<AppState, StartError> {
    let Parts { store, desk, events, availability_streams, feed_head } = parts;
    Ok(AppState {
        clients: ClientCache::new(store.clone()),
        statistics: StatisticsCache::new(store.clone()),
        calendars: EventsCalendarCache::new(store.clone()),
        change_feed: ChangeFeed::new(store.clone(), feed_head, stopping, config.max_long_polls),
        store,
        desk,
        events,
        availability_streams,
        clock: config.clock,
        tokens: Tokens {
            manage: ManageTokens::new(&config.secrets),
            confirmation: ConfirmationTokens::new(&config.secrets),
            access: AccessTokens::new(&config.secrets, &public_url)?,
        },
        cursors: Cursors::new(&config.secrets),
        in_progress: InProgress::default(),
        limits: CallerLimits {
            rates: config.rate_limits.map(|quotas| RateLimiter::new(quotas, config.trusted_proxies.clone())),
            failed_logins: FailedLoginLimiter::default(),
            exports: ExportLimiter::default(),
            trusted_proxies: config.trusted_proxies,
        },
        webhooks: WebhookSettings {
            keys: config.secrets.webhook_keys(),
            address_policy: config.webhook_address_policy,
        },
        health: HealthState { draining, readiness: Readiness::default() },
        origins: config.origins,
        public_url,
        privacy_notice: PrivacyNotice(config.privacy_notice),
        is_sandbox: config.sandbox.is_some(),
    })
}

/// Makes the system cut connections whose other end acknowledges nothing for this long (`TCP_USER_TIMEOUT`). Otherwise an
/// export or a stream, with its memory, would last for as long as a client keeps a connection open without reading.
///
/// Every connection inherits the option from the listener. It measures what the client really reads. How often a body is
/// polled says less, since the system buffers some megabytes, which a reader on a slow line takes minutes to fetch.
#[cfg(target_os = "linux")]
fn cut_off_stalled_readers(listener: &TcpListener, timeout: Duration) -> std::io::Result<()> {
    socket2::SockRef::from(listener).set_tcp_user_timeout(Some(timeout))
}

/// Other systems lack `TCP_USER_TIMEOUT`; there the proxy in front of this server must cut stalled connections.
#[cfg(not(target_os = "linux"))]
fn cut_off_stalled_readers(_: &TcpListener, _: Duration) -> std::io::Result<()> {
    Ok(())
}
