//! Instants, their RFC 3339 form, and the clock that all code takes the current time from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// An instant in UTC, truncated to the microsecond, which is the precision of PostgreSQL.
pub type Instant = DateTime<Utc>;

/// The last year in which an event can take place: RFC 3339 writes years with four digits.
pub const LAST_YEAR: i32 = 9999;

/// The source of the current time: the system's clock, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set, in microseconds since 1970. Clones share it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows `instant` until [`Clock::set`] is called.
    pub fn manual(instant: Instant) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(instant.timestamp_micros())))
    }

    /// The current instant, truncated to the microsecond.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Instant {
        let micros = match self {
            Self::System => Utc::now().timestamp_micros(),
            Self::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Sets a manual clock. The system's clock stays as it is.
    pub fn set(&self, instant: Instant) {
        if let Self::Manual(micros) = self {
            micros.store(instant.timestamp_micros(), Ordering::SeqCst);
        }
    }
}

/// The instant in RFC 3339 form, in UTC with `Z`, with 0, 3 or 6 fractional digits, as few as are exact.
pub fn rfc3339(instant: Instant) -> String {
    let micros = instant.timestamp_subsec_micros();
    let format = match micros {
        0 => SecondsFormat::Secs,
        m if m % 1000 == 0 => SecondsFormat::Millis,
        _ => SecondsFormat::Micros,
    };
    instant.to_rfc3339_opts(format, true)
}

/// A number of minutes as a time span.
pub fn minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_without_needless_digits() {
        let at = |micros| rfc3339(DateTime::from_timestamp_micros(micros).unwrap());
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(1_500_000), "1970-01-01T00:00:01.500Z");
        assert_eq!(at(1), "1970-01-01T00:00:00.000001Z");
    }
}
