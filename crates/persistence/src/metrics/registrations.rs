//! Counts the results of requests for a seat.

use prometheus_client::registry::Registry;

use crate::metrics::counter_family::{CounterFamily, label_values};

label_values! {
    /// The result of a request for a seat, as the caller gets it.
    RegistrationResult {
        Confirmed => "confirmed",
        Waitlisted => "waitlisted",
        /// The person must confirm the address first.
        Pending => "pending",
        /// The response to an earlier request with the same idempotency key.
        Replayed => "replayed",
        AlreadyRegistered => "already_registered",
        EventFull => "event_full",
        NotOpen => "registration_not_open",
        Closed => "registration_closed",
        Cancelled => "event_cancelled",
        Ended => "event_ended",
        EventNotFound => "event_not_found",
        DuplicateExternalReference => "duplicate_external_reference",
        IdempotencyKeyReused => "idempotency_key_reused",
        Overloaded => "overloaded",
        Failed => "failed",
    }
}

/// What a feature returns for requests for seats, mapped to the results that are counted.
pub(crate) trait RegistrationResults {
    fn results(&self) -> impl Iterator<Item = RegistrationResult>;
}

impl<T: RegistrationResults> RegistrationResults for Vec<T> {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        self.iter().flat_map(T::results)
    }
}

#[derive(Debug, Default)]
pub(crate) struct RegistrationMetrics(CounterFamily<RegistrationResult>);

impl RegistrationMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.0.register(registry, "registrations", "Requests for a seat, by their result");
    }

    /// Counts results, which may be those of a batch.
    pub(crate) fn count(&self, outcome: &impl RegistrationResults) {
        // Neighbours in a batch mostly have the same result: they are added up first, since an atomic addition costs more.
        let mut pending: Option<(RegistrationResult, u64)> = None;
        for result in outcome.results() {
            pending = Some(match pending {
                Some((previous, number)) if previous == result => (previous, number + 1),
                Some((previous, number)) => {
                    self.0.add(previous, number);
                    (result, 1)
                }
                None => (result, 1),
            });
        }
        if let Some((result, number)) = pending {
            self.0.add(result, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Batch(Vec<RegistrationResult>);

    impl RegistrationResults for Batch {
        fn results(&self) -> impl Iterator<Item = RegistrationResult> {
            self.0.iter().copied()
        }
    }

    #[test]
    fn each_result_has_its_own_counter() {
        use RegistrationResult::{Confirmed, DuplicateExternalReference, Overloaded};
        let metrics = RegistrationMetrics::default();
        metrics.count(&Batch(vec![Overloaded, DuplicateExternalReference, Overloaded, Overloaded]));
        metrics.count(&Batch(Vec::new()));
        metrics.count(&Batch(vec![Overloaded]));
        let counts = [Overloaded, DuplicateExternalReference, Confirmed].map(|result| metrics.0.get(result));
        assert_eq!(counts, [4, 1, 0]);
    }
}
