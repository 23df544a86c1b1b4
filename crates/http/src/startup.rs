//! Putting the server together.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};
use chrono::TimeDelta;
use ipnet::IpNet;
use plenaria_domain::time::Clock;
use plenaria_domain::webhook::Reach;
use plenaria_persistence::desk::Desk;
use plenaria_persistence::{Store, StoreError, sequencer};
use tokio::sync::watch;

use crate::auth::{AccessTokens, Clients, ConfirmationTokens, ManageTokens};
use crate::catalogue::Catalogue;
use crate::cors::Origins;
use crate::cursor::Cursors;
use crate::envelope::Envelope;
use crate::fallback::{self, Paths};
use crate::feed::Feed;
use crate::figures::RequestFigures;
use crate::health::Readiness;
use crate::idempotency::InProgress;
use crate::keys::Secrets;
use crate::oauth::Throttle;
use crate::rate_limit::{Limits, Quotas};
use crate::routes::Routes;
use crate::state::AppState;
use crate::sweep::Sweeper;
use crate::{docs, openapi, route_table, v1};

/// How many connections are served at a time, by all workers; more of them wait to be accepted. An idle one costs some
/// 20 KiB.
const CONNECTIONS: usize = 12_000;

/// What the server needs to know.
#[derive(Debug)]
pub struct Settings {
    /// Where callers find the API, without a slash at the end; `None`: at the listener's address.
    pub public_url: Option<String>,
    /// The version of the privacy notice that people accept.
    pub privacy_notice: String,
    /// What signs tokens and cursors.
    pub secrets: Secrets,
    /// Where the time comes from.
    pub clock: Clock,
    /// How much callers may ask for; `None`: as much as they like.
    pub rate_limits: Option<Quotas>,
    /// The proxies whose word on the caller's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Which origins' pages may call.
    pub origins: Origins,
    /// Which addresses webhooks may be sent to.
    pub webhook_reach: Reach,
    /// For how long changes stay in the feed, and messages that were delivered in the log.
    pub changes_kept: TimeDelta,
    /// How long after its end an event's personal data are made anonymous, where its definition does not say; `None`:
    /// never.
    pub retention: Option<TimeDelta>,
    /// How many bytes of rendered answers may be kept in memory.
    pub cache_bytes: usize,
    /// Where requests are counted; `None`: nowhere.
    pub figures: Option<Arc<RequestFigures>>,
    /// Whether requests are to have spans that traces are made of.
    pub traced: bool,
    /// How many may wait for changes at a time.
    pub most_waiting: usize,
    /// How long a connection's other end may take nothing of what is sent to it before the connection is cut.
    pub reader_timeout: Duration,
    /// How long the server goes on answering, but says that it is not ready, once it is told to stop.
    pub drain: Duration,
    /// How long requests may take to finish after that.
    pub shutdown_timeout: Duration,
    /// How many threads answer; `None`: as many as there are cores.
    pub workers: Option<usize>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys could not be made.
    #[error("the keys for tokens could not be made")]
    Keys(#[from] jsonwebtoken::errors::Error),
    /// The network failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A server that is about to run.
pub struct Running {
    /// To be awaited; it ends when the server has stopped.
    pub server: Server,
    /// Ends when everybody at the desk has been served, after the server has stopped.
    pub desk: tokio::task::JoinHandle<()>,
    /// Where the feed of changes ends, as this process's sequencer tells it.
    pub head: watch::Receiver<i64>,
    stopping: watch::Sender<bool>,
    draining: Arc<AtomicBool>,
    drain: Duration,
}

/// Stops a server.
pub struct Stopper {
    handle: ServerHandle,
    stopping: watch::Sender<bool>,
    draining: Arc<AtomicBool>,
    drain: Duration,
}

impl Running {
    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        let (stopping, draining) = (self.stopping.clone(), Arc::clone(&self.draining));
        Stopper { handle: self.server.handle(), stopping, draining, drain: self.drain }
    }
}

impl Stopper {
    /// Gives balancers time to look elsewhere; then refuses what is new and finishes what was taken. Who waits for changes
    /// is answered at once.
    pub async fn stop(self) {
        self.draining.store(true, Ordering::Relaxed);
        tokio::time::sleep(self.drain).await;
        self.stopping.send_replace(true);
        self.handle.stop(true).await;
    }
}

/// Builds the server on a bound listener. The database's schema must be current.
pub async fn serve(store: Store, listener: TcpListener, settings: Settings) -> Result<Running, StartError> {
    let public_url = match settings.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", listener.local_addr()?),
    };
    let (desk, desk_task) = Desk::open(store.clone());
    let workers = settings.workers.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(2);
    // Three quarters for what all workers share, the rest for what each has by itself.
    let own_bytes = settings.cache_bytes / 4;
    let rendering_bytes = (settings.cache_bytes - own_bytes) as u64;
    let catalogue = Arc::new(Catalogue::open(store.clone(), rendering_bytes).await?);
    let watching = tokio::spawn(Arc::clone(&catalogue).watch());
    let replica = store.clone();
    let watching_replica = tokio::spawn(async move { replica.watch_replica().await });
    let sweeper = Sweeper {
        store: store.clone(),
        clock: settings.clock.clone(),
        changes_kept: settings.changes_kept,
        retention: settings.retention,
    };
    let sweeping = tokio::spawn(sweeper.run());
    let (head, sequencing) = sequencer::open(&store);
    let (stopping, stopped) = watch::channel(false);
    let draining = Arc::new(AtomicBool::new(false));
    let state = web::Data::new(AppState {
        clients: Clients::new(store.clone()),
        feed: Feed::new(store.clone(), head.clone(), stopped, settings.most_waiting),
        store,
        desk,
        catalogue,
        clock: settings.clock,
        manage_tokens: ManageTokens::new(&settings.secrets),
        confirmation_tokens: ConfirmationTokens::new(&settings.secrets),
        access_tokens: AccessTokens::new(&settings.secrets, &public_url)?,
        cursors: Cursors::new(&settings.secrets),
        in_progress: InProgress::default(),
        draining: Arc::clone(&draining),
        readiness: Readiness::default(),
        exports: v1::registrations::export::Places::default(),
        webhook_seals: settings.secrets.webhook_seals(),
        webhook_reach: settings.webhook_reach,
        throttle: Throttle::default(),
        limits: settings.rate_limits.map(|quotas| Limits::new(quotas, settings.trusted_proxies.clone())),
        trusted_proxies: settings.trusted_proxies,
        origins: settings.origins,
        public_url,
        privacy_notice: settings.privacy_notice,
    });
    let described = openapi::document();
    let paths = web::Data::new(Paths::of(&described));
    let document = web::Data::new(docs::Document::of(&state.public_url));
    let figures = settings.figures;
    let traced = settings.traced;
    let routes = match &figures {
        Some(figures) => figures.routes(),
        None => Arc::new(Routes::of(&described)),
    };
    let factory = move || {
        App::new()
            .configure(route_table::served)
            .configure(docs::configure)
            .app_data(state.clone())
            .app_data(paths.clone())
            .app_data(document.clone())
            .default_service(web::to(fallback::answer))
            .wrap(Envelope {
                state: state.clone(),
                paths: paths.clone(),
                figures: figures.clone(),
                routes: Arc::clone(&routes),
                traced,
                kept_bytes: own_bytes / workers,
            })
    };
    let mut server = HttpServer::new(factory)
        .backlog(4096)
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    server = server.workers(workers).max_connections(CONNECTIONS.div_ceil(workers));
    cut_off_stalled_readers(&listener, settings.reader_timeout)?;
    let server = server.listen(listener)?.run();
    let desk = tokio::spawn(async move {
        if let Err(error) = desk_task.await {
            tracing::error!(%error, "the desk has failed");
        }
        watching.abort();
        watching_replica.abort();
        sweeping.abort();
        // What it has not moved yet, another instance moves, or the next start.
        sequencing.abort();
    });
    Ok(Running { server, desk, head, stopping, draining, drain: settings.drain })
}

/// Has the system cut connections whose other end neither acknowledges nor takes what is sent to it for so long: else an
/// export or a stream, with all that it holds, would stay for as long as somebody keeps its connection open without reading.
/// Every connection inherits this from the listener (`TCP_USER_TIMEOUT`). It takes what is really read as the measure: how
/// often a body is asked for its next piece says little, since some megabytes lie in the system's buffers, and a reader on
/// a slow line takes minutes to empty them.
#[cfg(target_os = "linux")]
fn cut_off_stalled_readers(listener: &TcpListener, timeout: Duration) -> std::io::Result<()> {
    socket2::SockRef::from(listener).set_tcp_user_timeout(Some(timeout))
}

/// Other systems know nothing like it; there TCP keepalive of the proxy before this server must do.
#[cfg(not(target_os = "linux"))]
fn cut_off_stalled_readers(_: &TcpListener, _: Duration) -> std::io::Result<()> {
    Ok(())
}
