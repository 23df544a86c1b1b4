//! `plenaria serve`: serves requests, and sends mail and webhooks, until stopped by a signal.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;
use plenaria_domain::values::time::Clock;
use plenaria_http::cache::events::POLL_INTERVAL;
use plenaria_http::settings::HttpConfig;
use plenaria_persistence::Store;

use crate::commands::database::{correct_times, open};
use crate::commands::output::say;
use crate::commands::{publish, replica};
use crate::metrics::MetricsEndpoint;
use crate::sandbox::clients;
use crate::sandbox::running::RunningSandbox;
use crate::settings::ServerConfig;
use crate::signals::stop_signal;
use crate::supervisor::Supervisor;
use crate::{background, delivery_settings};

/// How long requests in progress may take once the server is stopping.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);
/// How many requests may wait for changes at a time.
const MAX_LONG_POLLS: usize = 2_000;
/// After this time without progress, a connection whose other end does not read is cut.
const READER_TIMEOUT: Duration = Duration::from_mins(1);

/// Serves requests until SIGTERM or SIGINT; then finishes the requests in progress and rejects new ones.
pub(crate) async fn run(config: ServerConfig, clock: Clock) -> anyhow::Result<()> {
    let sandbox = config.sandbox.map(|mode| RunningSandbox::begin(mode, &config.data_dir)).transpose()?;
    let secrets = config.secrets()?;
    let mut metrics = MetricsEndpoint::open(config.metrics_listen)?;
    let counted = |store: Store| match &metrics {
        Some(metrics) => metrics.counted(store),
        None => store,
    };
    let store = open(&config).await?;
    correct_times(&store, clock.now()).await?;
    if let Some(sandbox) = &sandbox {
        Box::pin(sandbox.fill(&store, &config.privacy_notice, clock.now())).await?;
    } else {
        clients::refuse(&store).await?;
        if config.is_embedded() {
            publish::fill_if_empty(&store, clock.now()).await?;
        }
    }
    let store = counted(replica::open(store, &config).await?);
    // PostgreSQL connections belong to the thread that opened them, and the delivery thread ends at another time than the
    // request handlers. Separate pools also keep delivery from taking connections away from requests.
    let delivery_store = if config.is_embedded() { store.clone() } else { counted(open(&config).await?) };
    let request_metrics = metrics.as_mut().map(MetricsEndpoint::requests);
    raise_file_limit();
    let (listen, is_local) = (config.listen, config.is_local());
    let setting = || format!("PLENARIA_LISTEN: {listen}");
    let listener = TcpListener::bind(listen).with_context(setting)?;
    let address = listener.local_addr().with_context(setting)?;
    let public_url = config.public_url_or(address);
    let webhooks = delivery_settings::webhooks(&config, &public_url, clock.clone())?;
    let mut mail = delivery_settings::mail(&config, &public_url, clock.clone())?;
    if let Some(sandbox) = &sandbox {
        mail.destination = sandbox.mail_destination();
    }
    let mut stores = vec![("requests", store.clone())];
    if !config.is_embedded() {
        stores.push(("delivery", delivery_store.clone()));
    }
    let first_page = public_url.has_pages().then(|| format!("{public_url}/"));
    let http = HttpConfig {
        public_url: Some(public_url.to_string()),
        privacy_notice: config.privacy_notice,
        rate_limits: config.rate_limits,
        trusted_proxies: config.trusted_proxies,
        origins: config.origins,
        webhook_address_policy: config.webhook_address_policy,
        cache_bytes: config.cache_bytes,
        catalogue_interval: POLL_INTERVAL,
        metrics: request_metrics,
        traced: config.otlp_endpoint.is_some(),
        max_long_polls: MAX_LONG_POLLS,
        reader_timeout: READER_TIMEOUT,
        secrets,
        clock: clock.clone(),
        drain: config.drain,
        pages: config.pages.then(plenaria_web::pages),
        sandbox: sandbox.as_ref().map(RunningSandbox::shown),
        shutdown_timeout: SHUTDOWN_TIMEOUT,
        workers: None,
    };

    let mut supervisor = Supervisor::default();
    let server = background::start_server(&mut supervisor, store.clone(), listener, http, config.retention)
        .await
        .context("the server could not start")?;
    background::start_delivery(&mut supervisor, &delivery_store, server.feed_head, webhooks, mail)
        .context("the delivery worker could not start")?;
    if let Some(metrics) = metrics {
        metrics.start(&mut supervisor, stores, clock);
    }

    let (stopper, stop, failure) = (server.http.stopper(), stop_signal()?, supervisor.failure());
    tokio::spawn(async move {
        tokio::select! {
            () = stop => {}
            _ = failure => {}
        }
        tracing::info!("stopping: requests in progress are finished, new ones are rejected");
        stopper.stop().await;
    });
    say(&format!("listening on http://{address}"))?;
    // A program that has read the first line may have closed the output: only people miss this one.
    if let Some(page) = first_page
        && say(&format!("open {page} in a browser")).is_err()
    {
        tracing::debug!("the output is closed");
    }
    if sandbox.is_some() {
        if !is_local {
            tracing::warn!("anyone who reaches this sandbox can do anything in it, and read its mail");
        }
        tracing::info!("this is a sandbox: its events, clients and mail are at http://{address}/sandbox");
    }
    server.http.server.await.context("the server failed")?;
    let stopped = supervisor.stop().await;
    store.close().await;
    stopped?;
    tracing::info!("stopped");
    Ok(())
}

/// Raises the limit of open files, since every connection is one and the usual soft limit is low.
fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "the limit of open files was raised"),
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}
