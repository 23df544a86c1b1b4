//! How many messages may go to one mailbox because somebody without a client's token asked for them: nobody's mailbox can
//! be flooded by way of us (`CONTRACT.md`, section 1, rate limits).

use chrono::TimeDelta;

use crate::time::Instant;

/// The most messages within each of these times.
pub const LIMITS: [(TimeDelta, usize); 2] = [(TimeDelta::hours(1), 3), (TimeDelta::days(1), 10)];
/// After this time a message no longer counts.
pub const WINDOW: TimeDelta = TimeDelta::days(1);

/// Whether one more message may be sent at `now`, after those that were sent at these times, in whatever order.
pub fn allows(sent: &[Instant], now: Instant) -> bool {
    LIMITS.iter().all(|(within, most)| sent.iter().filter(|at| **at > now - *within).count() < *most)
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
        fn no_hour_and_no_day_has_more(asked in proptest::collection::vec(0..200_000_000i64, 1..200)) {
            let mut asked = asked;
            asked.sort_unstable();
            let mut sent: Vec<Instant> = Vec::new();
            for at in asked {
                let now = Instant::from_timestamp_millis(1_790_000_000_000 + at).unwrap();
                if allows(&sent, now) {
                    sent.push(now);
                }
            }
            for (within, most) in LIMITS {
                for at in &sent {
                    let number = sent.iter().filter(|other| **other >= *at && **other < *at + within).count();
                    prop_assert!(number <= most);
                }
            }
        }
    }
}
