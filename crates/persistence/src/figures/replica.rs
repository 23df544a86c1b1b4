//! Reads of what is published that might go to a replica: where they went, and why.

use prometheus_client::registry::Registry;

use super::Tally;
use crate::replica::Source;

#[derive(Debug)]
pub(crate) struct ReplicaFigures(Tally<4>);

impl Default for ReplicaFigures {
    fn default() -> Self {
        Self(Tally::new("outcome", ["answered", "behind", "away", "missing"]))
    }
}

impl ReplicaFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.0.register(registry, "replica_reads", "Reads for the replica: it answered, or why the primary was asked");
    }

    pub(crate) fn count(&self, source: Source) {
        let index = match source {
            Source::Replica => 0,
            Source::Behind => 1,
            Source::Away => 2,
            Source::Missing => 3,
        };
        self.0.add(index, 1);
    }
}
