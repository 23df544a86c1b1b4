//! Counts the reads of published data that may go to a replica.

use prometheus_client::registry::Registry;

use crate::metrics::counter_family::{CounterFamily, label_values};

label_values! {
    /// Whether the replica answered a read, or why the primary did.
    ReplicaRead {
        Answered => "answered",
        Behind => "behind",
        Away => "away",
        Missing => "missing",
    }
}

#[derive(Debug, Default)]
pub(crate) struct ReplicaMetrics(CounterFamily<ReplicaRead>);

impl ReplicaMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "Reads of published data: the replica answered, or why the primary did";
        self.0.register(registry, "replica_reads", help);
    }

    pub(crate) fn count(&self, read: ReplicaRead) {
        self.0.add(read, 1);
    }
}
