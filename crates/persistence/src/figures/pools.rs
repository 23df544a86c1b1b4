//! Connections to the database: how many there are, and how many of them are at work.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::Store;
use crate::connections::Pool;

/// Stores by who uses them.
#[derive(Debug)]
pub(super) struct Collected(pub(super) Vec<(&'static str, Store)>);

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let pools: Vec<(&str, Pool)> =
            self.0.iter().flat_map(|(user, store)| store.pools().into_iter().map(move |pool| (*user, pool))).collect();
        for (name, help, value) in [
            ("database_connections", "Open connections to the database", (|pool| pool.open) as fn(&Pool) -> u32),
            ("database_connections_busy", "Connections that are at work", |pool| pool.busy),
            ("database_connections_most", "How many connections there may be", |pool| pool.most),
        ] {
            let mut encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (user, pool) in &pools {
                let labels = [("user", *user), ("pool", pool.name)];
                ConstGauge::new(value(pool)).encode(encoder.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
