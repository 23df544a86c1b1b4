//! Detects dead pooled connections.
//!
//! A machine that has gone does not close its connections: a statement sent to it waits for a quarter of an hour, and a
//! connection that is released in the meantime would be lost to the pool for as long. So a timeout marks all connections as
//! suspect. For one minute after that, each connection that is released must answer a ping within a second, or it is closed.
//!
//! It also holds whether the database is known to be unavailable, so that transactions can fail early.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::sqlx::{Connection as _, PgConnection};
use tokio::sync::watch;

use crate::database::error::StoreError;

/// For how long connections are checked after a timeout.
const SUSPECT_FOR: Duration = Duration::from_mins(1);
/// How long a ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// For how long work still waits for a database that is known to be unavailable: it may have just come back.
const RECOVERY_WAIT: Duration = Duration::from_millis(300);

/// The health of the connections to one database. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionHealth {
    created_at: Instant,
    /// Milliseconds after `created_at`; connections are suspect before it.
    suspect_until: Arc<AtomicU64>,
    unavailable: watch::Sender<bool>,
}

impl Default for ConnectionHealth {
    fn default() -> Self {
        Self { created_at: Instant::now(), suspect_until: Arc::default(), unavailable: watch::Sender::new(false) }
    }
}

impl ConnectionHealth {
    /// Has connections checked for [`SUSPECT_FOR`] when they are released.
    pub(crate) fn mark_suspect(&self) {
        self.suspect_until.store(self.elapsed_milliseconds(SUSPECT_FOR), Ordering::Relaxed);
    }

    /// Runs work on these connections with a time limit. On a timeout it marks the connections as suspect before the work is
    /// dropped and releases them.
    pub(crate) async fn with_timeout<T>(
        &self,
        timeout: Duration,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut work = pin!(work);
        tokio::time::timeout(timeout, &mut work).await.unwrap_or_else(|_| {
            self.mark_suspect();
            Err(StoreError::timed_out())
        })
    }

    /// Sets whether the database is known to be unavailable.
    pub(crate) fn set_unavailable(&self, unavailable: bool) {
        self.unavailable.send_if_modified(|current| std::mem::replace(current, unavailable) != unavailable);
    }

    /// Runs work without a time limit as long as the database is available. Once it has been known to be unavailable for
    /// [`RECOVERY_WAIT`], the work fails, while a pool would try for seconds to connect.
    pub(crate) async fn fail_fast_if_unavailable<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let stays_unavailable = async {
            let mut unavailable = self.unavailable.subscribe();
            loop {
                // `self` owns the sender, so this does not fail.
                if unavailable.wait_for(|unavailable| *unavailable).await.is_err() {
                    std::future::pending::<()>().await;
                }
                let available = unavailable.wait_for(|unavailable| !*unavailable);
                if tokio::time::timeout(RECOVERY_WAIT, available).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            result = work => result,
            () = stays_unavailable => Err(StoreError::timed_out()),
        }
    }

    /// The time since `created_at` plus `offset`, in milliseconds.
    fn elapsed_milliseconds(&self, offset: Duration) -> u64 {
        u64::try_from((self.created_at.elapsed() + offset).as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a released connection may be used again: connections are not suspect, or this one answers a ping.
    pub(crate) async fn passes_check(&self, connection: &mut PgConnection) -> bool {
        if self.elapsed_milliseconds(Duration::ZERO) >= self.suspect_until.load(Ordering::Relaxed) {
            return true;
        }
        tokio::time::timeout(PING_TIMEOUT, connection.ping()).await.is_ok_and(|reply| reply.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_fails_fast_only_while_the_database_is_unavailable() {
        let health = ConnectionHealth::default();
        let slow = || async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(())
        };
        let started = tokio::time::Instant::now();
        assert!(health.fail_fast_if_unavailable(slow()).await.is_ok(), "work waits for a slow database");
        health.set_unavailable(true);
        assert!(matches!(health.fail_fast_if_unavailable(slow()).await, Err(StoreError::Unavailable(_))));
        assert!(health.fail_fast_if_unavailable(async { Ok(()) }).await.is_ok(), "it is tried all the same");
        assert_eq!(started.elapsed(), Duration::from_secs(2) + RECOVERY_WAIT);
        let recovery = async {
            tokio::time::sleep(RECOVERY_WAIT / 2).await;
            health.set_unavailable(false);
        };
        let (result, ()) = tokio::join!(health.fail_fast_if_unavailable(slow()), recovery);
        assert!(result.is_ok(), "the database came back in time");
        let failure = async {
            tokio::time::sleep(RECOVERY_WAIT).await;
            health.set_unavailable(true);
        };
        let (result, ()) = tokio::join!(health.fail_fast_if_unavailable(slow()), failure);
        assert!(result.is_err(), "work that already waits fails too");
    }
}
