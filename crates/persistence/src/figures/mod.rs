//! What is counted of a process's work on the database, for those who run it (`docs/decisions/0020-metrics.md`).
//!
//! Without figures ([`Store::counted`](crate::Store::counted)) nothing is counted. They name outcomes and queues, no event
//! and nobody.

mod backlog;
mod delivery;
mod desk;
mod pools;
mod registrations;
mod replica;

use std::sync::Arc;

use plenaria_domain::time::Clock;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::Store;

/// What is counted of one process's work.
#[derive(Debug, Default)]
pub struct Figures {
    pub(crate) desk: desk::DeskFigures,
    pub(crate) registrations: registrations::RegistrationFigures,
    pub(crate) delivery: delivery::DeliveryFigures,
    pub(crate) replica: replica::ReplicaFigures,
    /// Transactions that lost a race and were done again.
    pub(crate) retries: Counter,
    backlog: Arc<backlog::Reading>,
}

impl Figures {
    /// Shows them in a registry whose names begin with `plenaria`.
    pub fn register(&self, registry: &mut Registry, clock: Clock) {
        self.desk.register(registry);
        self.registrations.register(registry);
        self.delivery.register(registry);
        self.replica.register(registry);
        let help = "Transactions that lost a race and were done again";
        registry.register("database_retries", help, self.retries.clone());
        registry.register_collector(Box::new(backlog::Collected::new(Arc::clone(&self.backlog), clock)));
    }

    /// Reads what waits in the database, every few seconds, until the process ends.
    pub async fn watch_backlog(self: Arc<Self>, store: Store) {
        backlog::watch(&store, &self.backlog).await;
    }
}

/// Shows how many connections there are, by who uses them.
pub fn register_pools(registry: &mut Registry, users: Vec<(&'static str, Store)>) {
    registry.register_collector(Box::new(pools::Collected(users)));
}

/// The value of one label.
type Label = [(&'static str, &'static str); 1];

/// Counters of which there is one for each value of one label; all are there from the start, so that rates have a
/// beginning.
#[derive(Debug)]
struct Tally<const N: usize> {
    family: Family<Label, Counter>,
    counters: [Counter; N],
}

impl<const N: usize> Tally<N> {
    fn new(label: &'static str, values: [&'static str; N]) -> Self {
        let family = Family::<Label, Counter>::default();
        let counters = values.map(|value| family.get_or_create_owned(&[(label, value)]));
        Self { family, counters }
    }

    /// Adds to the counter of the value at this index.
    fn add(&self, index: usize, number: u64) {
        if let Some(counter) = self.counters.get(index) {
            counter.inc_by(number);
        }
    }

    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.family.clone());
    }
}
