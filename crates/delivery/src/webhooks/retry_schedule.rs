//! The retry schedule of webhook deliveries: ten attempts over about 75 hours, at growing intervals.

use chrono::TimeDelta;
use plenaria_domain::values::time::Instant;

/// The delay after each failed attempt.
const DELAYS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// The longest delay that an endpoint may ask for by `Retry-After`.
const MAX_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);

/// When to try again after an attempt that has just failed; `None` after the last attempt. `previous_attempts` does not count
/// that attempt. `random`, from 0 to 1, shifts the time by up to a tenth of the delay, so that deliveries that failed together
/// are not retried together. `retry_after` is the delay that the endpoint asked for.
pub(crate) fn next_attempt(
    previous_attempts: u32,
    now: Instant,
    random: f64,
    retry_after: Option<TimeDelta>,
) -> Option<Instant> {
    let delay = DELAYS.get(usize::try_from(previous_attempts).ok()?)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most a day of milliseconds")]
    let jitter = (delay.num_milliseconds() as f64 * (random - 0.5) / 5.0) as i64;
    let delay = *delay + TimeDelta::milliseconds(jitter);
    Some(now + retry_after.unwrap_or_default().min(MAX_RETRY_AFTER).max(delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_attempt_is_after_three_days() {
        let mut at = Instant::default();
        let mut attempts = 0;
        while let Some(next) = next_attempt(attempts, at, 0.5, None) {
            (at, attempts) = (next, attempts + 1);
        }
        assert_eq!((attempts, (at - Instant::default()).num_minutes()), (9, 75 * 60 + 35));
    }

    #[test]
    fn delays_have_jitter_and_respect_retry_after() {
        let start = Instant::default();
        let delay =
            |attempts, random, retry_after| next_attempt(attempts, start, random, retry_after).map(|at| at - start);
        assert_eq!(delay(1, 0.0, None), Some(TimeDelta::seconds(270)));
        assert_eq!(delay(1, 1.0, None), Some(TimeDelta::seconds(330)));
        assert_eq!(delay(0, 0.5, Some(TimeDelta::hours(1))), Some(TimeDelta::hours(1)));
        assert_eq!(delay(0, 0.5, Some(TimeDelta::days(100))), Some(TimeDelta::hours(24)));
        assert_eq!(delay(8, 0.5, Some(TimeDelta::seconds(1))), Some(TimeDelta::hours(24)));
        assert_eq!(delay(9, 0.5, None), None);
    }
}
