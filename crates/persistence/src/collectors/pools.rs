//! Gauges of the connection pools: open connections, those in use, and the maximum.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::database::pool::PoolStats;
use crate::database::store::Store;

/// Stores, with the name of the component that uses each.
#[derive(Debug)]
pub(crate) struct PoolCollector(pub(crate) Vec<(&'static str, Store)>);

impl Collector for PoolCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let pools: Vec<(&str, PoolStats)> = self
            .0
            .iter()
            .flat_map(|(component, store)| store.pools().into_iter().map(move |pool| (*component, pool)))
            .collect();
        for (name, help, value) in [
            ("database_connections", "Open connections to the database", (|pool| pool.open) as fn(&PoolStats) -> u32),
            ("database_connections_in_use", "Connections in use", |pool| pool.in_use),
            ("database_connections_max", "Maximum number of connections", |pool| pool.max),
        ] {
            let mut encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (component, pool) in &pools {
                let labels = [("component", *component), ("pool", pool.name)];
                ConstGauge::new(value(pool)).encode(encoder.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
