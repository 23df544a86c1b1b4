//! Gauges that are read from the database and its connection pools, while the counters are in [`crate::metrics`].

pub(crate) mod backlog;
pub mod backlog_query;
pub(crate) mod pools;

use plenaria_domain::values::time::Clock;
use prometheus_client::registry::Registry;

pub use crate::collectors::backlog::BacklogCache;
use crate::collectors::backlog::BacklogCollector;
use crate::collectors::pools::PoolCollector;
use crate::database::store::Store;

/// Adds the gauges of the backlog to a registry whose prefix is `plenaria`. They are filled once [`BacklogCache::refresh`]
/// runs.
pub fn register_backlog(registry: &mut Registry, clock: Clock) -> BacklogCache {
    let cache = BacklogCache::default();
    registry.register_collector(Box::new(BacklogCollector::new(cache.clone(), clock)));
    cache
}

/// Adds the gauges of connection pools to a registry whose prefix is `plenaria`, for stores with the name of the component
/// that uses each.
pub fn register_pools(registry: &mut Registry, stores: Vec<(&'static str, Store)>) {
    registry.register_collector(Box::new(PoolCollector(stores)));
}
