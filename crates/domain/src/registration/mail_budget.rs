//! Limits the messages to one mailbox that callers without a client's token cause, so that they cannot use the service
//! to flood it.

use chrono::TimeDelta;

use crate::values::time::Instant;

/// The greatest number of messages within each of these time spans.
pub const LIMITS: [(TimeDelta, usize); 2] = [(TimeDelta::hours(1), 3), (TimeDelta::days(1), 10)];
/// The longest time span of [`LIMITS`], after which a message no longer counts.
pub const WINDOW: TimeDelta = TimeDelta::days(1);

/// Whether one more message may be sent at `now`. `sent` are the times of the earlier messages, in any order.
pub fn allows(sent: &[Instant], now: Instant) -> bool {
    LIMITS.iter().all(|(span, limit)| sent.iter().filter(|at| **at > now - *span).count() < *limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_an_hour_and_ten_a_day() {
        let start = Instant::from_timestamp(1_790_000_000, 0).unwrap();
        let at = |minutes: i64| start + TimeDelta::minutes(minutes);
        let mut sent = Vec::new();
        for minute in 0..24 * 60 {
            if allows(&sent, at(minute)) {
                sent.push(at(minute));
            }
        }
        let minutes: Vec<i64> = sent.iter().map(|at| (*at - start).num_minutes()).collect();
        assert_eq!(minutes, [0, 1, 2, 60, 61, 62, 120, 121, 122, 180]);
        assert!(allows(&sent, at(24 * 60)), "a day after the first one");
    }

    proptest! {
        #[test]
        fn no_hour_and_no_day_exceeds_its_limit(requested in proptest::collection::vec(0..200_000_000i64, 1..200)) {
            let mut requested = requested;
            requested.sort_unstable();
            let mut sent: Vec<Instant> = Vec::new();
            for at in requested {
                let now = Instant::from_timestamp_millis(1_790_000_000_000 + at).unwrap();
                if allows(&sent, now) {
                    sent.push(now);
                }
            }
            for (span, limit) in LIMITS {
                for at in &sent {
                    let number = sent.iter().filter(|other| **other >= *at && **other < *at + span).count();
                    prop_assert!(number <= limit);
                }
            }
        }
    }
}
