//! Metrics of this process, on a listener of their own if the settings name one (`docs/decisions/0020-metrics.md`).

#[cfg(target_os = "linux")]
pub(crate) mod process;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Context as _;
use plenaria_domain::values::time::Clock;
use plenaria_domain::values::time_zone;
use plenaria_http::middleware::metrics::RequestMetrics;
use plenaria_http::operations::metrics_endpoint;
use plenaria_persistence::{Store, StoreMetrics, collectors};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

#[cfg(target_os = "linux")]
use crate::metrics::process::ProcessCollector;
use crate::supervisor::Supervisor;

/// The metrics of this process, and the listener on which Prometheus reads them.
pub(crate) struct MetricsEndpoint {
    listener: TcpListener,
    address: SocketAddr,
    store_counters: Arc<StoreMetrics>,
    registry: Registry,
}

impl MetricsEndpoint {
    /// Binds the listener, if the settings name an address.
    pub(crate) fn open(listen: Option<SocketAddr>) -> anyhow::Result<Option<Self>> {
        let Some(listen) = listen else { return Ok(None) };
        let setting = || format!("PLENARIA_METRICS_LISTEN: {listen}");
        let listener = TcpListener::bind(listen).with_context(setting)?;
        let address = listener.local_addr().with_context(setting)?;
        let mut registry = Registry::default();
        #[cfg(target_os = "linux")]
        registry.register_collector(Box::new(ProcessCollector));
        let plenaria = registry.sub_registry_with_prefix("plenaria");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        plenaria.register("build", "The version of the program", build);
        let rules = Info::new([("version", time_zone::rules_version())]);
        plenaria.register("time_zone_rules", "The version of the rules of time zones in the program", rules);
        Ok(Some(Self { listener, address, store_counters: Arc::default(), registry }))
    }

    /// The same store, whose operations are counted.
    pub(crate) fn counted(&self, store: Store) -> Store {
        store.with_metrics(Arc::clone(&self.store_counters))
    }

    /// Registers the counters of requests, and returns them.
    pub(crate) fn requests(&mut self) -> Arc<RequestMetrics> {
        let requests = Arc::new(RequestMetrics::new(plenaria_http::openapi::document(), plenaria_web::PATHS));
        requests.register(self.registry.sub_registry_with_prefix("plenaria"));
        requests
    }

    /// Starts serving metrics. `stores` are named by the component that uses them; the first one is asked for the backlog of
    /// the database's queues.
    pub(crate) fn start(mut self, supervisor: &mut Supervisor, stores: Vec<(&'static str, Store)>, clock: Clock) {
        let plenaria = self.registry.sub_registry_with_prefix("plenaria");
        supervisor.register(plenaria);
        self.store_counters.register(plenaria);
        let backlog = collectors::register_backlog(plenaria, clock);
        if let Some((_, store)) = stores.first().cloned() {
            supervisor.spawn("backlog_metrics", move || backlog.clone().refresh(store.clone()));
        }
        collectors::register_pools(plenaria, stores);
        let (listener, registry) = (self.listener, Arc::new(self.registry));
        supervisor.spawn_until_stopped("metrics_endpoint", move |stop| {
            let (listener, registry) = (listener.try_clone(), Arc::clone(&registry));
            async move {
                let server = metrics_endpoint::serve(listener?, registry)?;
                tokio::select! {
                    ended = server => Ok(ended?),
                    () = stop.requested() => Ok(()),
                }
            }
        });
        tracing::info!(address = %self.address, "metrics are served");
    }
}
