//! The state of the replica: whether it may be read, and what has been logged about it.

use std::time::{Duration, Instant};

use crate::database::error::StoreError;

/// For how long the replica may show another version before that is logged: after a publication it always does briefly.
const LAG_BEFORE_WARNING: Duration = Duration::from_secs(5);
/// The least time between two log lines about a replica that becomes unusable again and again.
const MIN_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The database that a read of published data went to, and the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadSource {
    /// The replica.
    Replica,
    /// The primary, since the replica shows another version.
    Behind,
    /// The primary, since the replica does not respond or is not yet known to be a copy.
    Away,
    /// The primary, since the replica lacks the requested row.
    Missing,
}

/// The state of the replica as the monitor and reads have found it.
#[derive(Debug, Default)]
pub(crate) struct ReplicaState {
    status: Status,
    /// Whether it was found to be a copy of the primary, over the present connections.
    is_copy: bool,
    /// When it entered its status.
    since: Option<Instant>,
    /// When the log last reported that the replica is not used.
    last_warning: Option<Instant>,
    /// Whether the log last reported that the replica is used.
    logged_in_use: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Unknown,
    InUse,
    OtherVersion,
    Unavailable,
    DifferentDatabase,
}

impl ReplicaState {
    /// Why reads go to the primary; `None`: they go to the replica.
    pub(crate) const fn reason_for_primary(&self) -> Option<ReadSource> {
        match self.status {
            Status::InUse => None,
            Status::OtherVersion => Some(ReadSource::Behind),
            Status::Unknown | Status::Unavailable | Status::DifferentDatabase => Some(ReadSource::Away),
        }
    }

    /// Whether it was found to be a copy of the primary.
    pub(crate) const fn is_copy(&self) -> bool {
        self.is_copy
    }

    /// Requires a new comparison with the primary before the replica is read again.
    pub(crate) fn reset(&mut self) {
        self.is_copy = false;
        self.status = Status::Unknown;
    }

    fn enter(&mut self, status: Status, now: Instant) {
        if self.status != status {
            (self.status, self.since) = (status, Some(now));
        }
    }

    /// Whether to log now that the replica is not used: once, and again only after it was in use for a while.
    fn should_log(&mut self, now: Instant) -> bool {
        let changed = self.logged_in_use || self.last_warning.is_none();
        let too_soon = self.last_warning.is_some_and(|last| now.duration_since(last) < MIN_LOG_INTERVAL);
        if !changed || too_soon {
            return false;
        }
        (self.last_warning, self.logged_in_use) = (Some(now), false);
        true
    }

    /// The replica did not respond, or returned an error.
    pub(crate) fn on_error(&mut self, error: &StoreError, now: Instant) {
        self.enter(Status::Unavailable, now);
        self.is_copy = false;
        if self.should_log(now) {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "the replica does not respond: the primary is read instead");
        }
    }

    /// The replica is a copy of another database.
    pub(crate) fn on_different_database(&mut self, now: Instant) {
        self.enter(Status::DifferentDatabase, now);
        self.is_copy = false;
        if self.should_log(now) {
            tracing::error!("PLENARIA_DATABASE_READ_URL is not a replica of the database: the primary is read instead");
        }
    }

    /// The replica shows another version of the catalogue; `None`: its schema has none yet.
    pub(crate) fn on_other_version(&mut self, replica: Option<i64>, primary: i64, now: Instant) {
        self.enter(Status::OtherVersion, now);
        let lags = self.since.is_some_and(|since| now.duration_since(since) >= LAG_BEFORE_WARNING);
        if lags && self.should_log(now) {
            tracing::warn!(replica, primary, "the replica lags behind: the primary is read instead");
        }
    }

    /// The replica shows what the primary shows.
    pub(crate) fn on_in_sync(&mut self, now: Instant) {
        self.enter(Status::InUse, now);
        self.is_copy = true;
        if !self.logged_in_use {
            self.logged_in_use = true;
            tracing::info!("published data is read from the replica");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_replica_is_read_only_while_it_is_in_sync() {
        let mut state = ReplicaState::default();
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(state.reason_for_primary(), Some(ReadSource::Away));
        state.on_in_sync(start);
        assert_eq!(state.reason_for_primary(), None);
        state.on_other_version(Some(1), 2, later(1));
        assert_eq!((state.reason_for_primary(), state.is_copy), (Some(ReadSource::Behind), true));
        state.on_error(&StoreError::timed_out(), later(2));
        assert_eq!((state.reason_for_primary(), state.is_copy), (Some(ReadSource::Away), false));
        state.on_different_database(later(3));
        assert_eq!(state.reason_for_primary(), Some(ReadSource::Away));
        state.on_in_sync(later(4));
        state.reset();
        assert_eq!((state.reason_for_primary(), state.is_copy), (Some(ReadSource::Away), false));
    }

    #[test]
    fn each_change_is_logged_once() {
        let mut state = ReplicaState::default();
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        state.on_in_sync(start);
        // After a publication the replica lags for a moment.
        state.on_other_version(Some(1), 2, later(1));
        state.on_in_sync(later(2));
        assert!(state.logged_in_use && state.last_warning.is_none());
        state.on_other_version(Some(1), 2, later(3));
        state.on_other_version(Some(1), 2, later(8));
        assert_eq!((state.logged_in_use, state.last_warning), (false, Some(later(8))));
        state.on_error(&StoreError::timed_out(), later(9));
        state.on_in_sync(later(10));
        assert!(state.logged_in_use);
        // It fails again and again.
        state.on_error(&StoreError::timed_out(), later(11));
        assert!(state.logged_in_use);
        state.on_error(&StoreError::timed_out(), later(70));
        assert_eq!((state.logged_in_use, state.last_warning), (false, Some(later(70))));
    }
}
