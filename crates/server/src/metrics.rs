//! Metrics of this process, on a listener of their own, if there is to be one (`docs/decisions/0020-metrics.md`).

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use plenaria_domain::time::Clock;
use plenaria_domain::time_zone;
use plenaria_http::exposition;
use plenaria_http::figures::RequestFigures;
use plenaria_persistence::{Figures, Store, figures};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::Failure;
#[cfg(target_os = "linux")]
use crate::process::Process;

/// What is counted, and where it is to be read.
pub(crate) struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
    figures: Arc<Figures>,
    registry: Registry,
}

impl Metrics {
    /// Takes the address, if there is one.
    pub(crate) fn open(listen: Option<SocketAddr>) -> Result<Option<Self>, Failure> {
        let Some(listen) = listen else { return Ok(None) };
        let failed = |error| format!("PLENARIA_METRICS_LISTEN: {listen}: {error}.");
        let listener = TcpListener::bind(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut registry = Registry::default();
        #[cfg(target_os = "linux")]
        registry.register_collector(Box::new(Process));
        let ours = registry.sub_registry_with_prefix("plenaria");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "The version of the program", build);
        let rules = Info::new([("version", time_zone::rules_version())]);
        ours.register("time_zone_rules", "The version of the rules of time zones in the program", rules);
        Ok(Some(Self { listener, address, figures: Arc::default(), registry }))
    }

    /// The same store, whose work is counted.
    pub(crate) fn counted(&self, store: Store) -> Store {
        store.counted(Arc::clone(&self.figures))
    }

    /// Where requests are counted.
    pub(crate) fn requests(&mut self) -> Arc<RequestFigures> {
        let requests = Arc::new(RequestFigures::default());
        requests.register(self.registry.sub_registry_with_prefix("plenaria"));
        requests
    }

    /// Begins to answer, until the process ends. The first of the stores, named by who uses them, is asked what waits.
    pub(crate) fn start(mut self, stores: Vec<(&'static str, Store)>, clock: Clock) -> Result<(), Failure> {
        let ours = self.registry.sub_registry_with_prefix("plenaria");
        self.figures.register(ours, clock);
        if let Some((_, store)) = stores.first() {
            tokio::spawn(Arc::clone(&self.figures).watch_backlog(store.clone()));
        }
        figures::register_pools(ours, stores);
        let failed = |error| format!("PLENARIA_METRICS_LISTEN: {}: {error}.", self.address);
        let server = exposition::serve(self.listener, self.registry).map_err(failed)?;
        tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "metrics are no longer shown");
            }
        });
        tracing::info!(address = %self.address, "metrics are shown");
        Ok(())
    }
}
