//! Counts the work that a process does on its database, for operators (`docs/decisions/0020-metrics.md`).
//!
//! A store counts nothing unless it is given metrics ([`Store::with_metrics`]). Their labels name results and queues, never
//! an event or a person. They know no feature: the features map their results to the labels declared here. Gauges that are
//! read from the database and its pools are in [`collectors`].
//!
//! [`Store::with_metrics`]: crate::database::store::Store::with_metrics
//! [`collectors`]: crate::collectors

pub(crate) mod counter_family;
pub(crate) mod delivery;
pub(crate) mod desk;
pub(crate) mod registrations;
pub(crate) mod replica;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// The counters of one process.
#[derive(Debug, Default)]
pub struct StoreMetrics {
    pub(crate) desk: desk::DeskMetrics,
    pub(crate) registrations: registrations::RegistrationMetrics,
    pub(crate) delivery: delivery::DeliveryMetrics,
    pub(crate) replica: replica::ReplicaMetrics,
    /// Transactions that conflicted with another one and were repeated.
    pub(crate) transaction_retries: Counter,
}

impl StoreMetrics {
    /// Adds the counters to a registry whose prefix is `plenaria`.
    pub fn register(&self, registry: &mut Registry) {
        self.desk.register(registry);
        self.registrations.register(registry);
        self.delivery.register(registry);
        self.replica.register(registry);
        let help = "Transactions that conflicted with another one and were repeated";
        registry.register("database_transaction_retries", help, self.transaction_retries.clone());
    }
}
