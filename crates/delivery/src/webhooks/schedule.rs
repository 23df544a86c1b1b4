//! When a message that was not taken is tried again: over some 75 hours, ever more rarely.

use chrono::TimeDelta;
use plenaria_domain::time::Instant;

/// How long after each failure the next attempt follows; the first one is made at once.
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
/// How long an endpoint may ask to be left alone.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// When to try again, after so many attempts before this one, which failed just now; `None`: no more. `random`, from 0 to
/// 1, makes it up to a tenth earlier or later, so that what failed together does not come back together.
pub(super) fn next(tries: u32, now: Instant, random: f64, asked: Option<TimeDelta>) -> Option<Instant> {
    let delay = DELAYS.get(usize::try_from(tries).ok()?)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most a day of milliseconds")]
    let spread = (delay.num_milliseconds() as f64 * (random - 0.5) / 5.0) as i64;
    let delay = *delay + TimeDelta::milliseconds(spread);
    Some(now + asked.unwrap_or_default().min(LONGEST).max(delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lasts_for_three_days() {
        let mut at = Instant::default();
        let mut tries = 0;
        while let Some(then) = next(tries, at, 0.5, None) {
            (at, tries) = (then, tries + 1);
        }
        assert_eq!((tries, (at - Instant::default()).num_minutes()), (9, 75 * 60 + 35));
    }

    #[test]
    fn it_is_spread_and_may_be_asked_for() {
        let delay =
            |tries, random, asked| next(tries, Instant::default(), random, asked).map(|at| at - Instant::default());
        assert_eq!(delay(1, 0.0, None), Some(TimeDelta::seconds(270)));
        assert_eq!(delay(1, 1.0, None), Some(TimeDelta::seconds(330)));
        assert_eq!(delay(0, 0.5, Some(TimeDelta::hours(1))), Some(TimeDelta::hours(1)));
        assert_eq!(delay(0, 0.5, Some(TimeDelta::days(100))), Some(TimeDelta::hours(24)));
        assert_eq!(delay(8, 0.5, Some(TimeDelta::seconds(1))), Some(TimeDelta::hours(24)));
        assert_eq!(delay(9, 0.5, None), None);
    }
}
