//! Gauges that are read from the database and its connection pools, while the counters are in [`crate::figures`].

use plenaria_domain::time::Clock;
use prometheus_client::registry::Registry;

pub use crate::figures::backlog::BacklogCache;
use crate::figures::backlog::BacklogCollector;
use crate::figures::pools::PoolCollector;
use crate::store::Store;

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
