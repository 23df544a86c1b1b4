//! Doubt whether connections still lead anywhere.
//!
//! A machine that is gone says nothing: what was asked of it waits for a quarter of an hour, and a connection that is given
//! back in the midst of that would be lost to the pool for as long. So whoever did not get an answer in time tells of it, and
//! for a while each connection that comes back must answer at once, or is closed.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::sqlx::{Connection as _, PgConnection};

use crate::StoreError;

/// For how long it lasts.
const LASTS: Duration = Duration::from_mins(1);
/// In what time a connection must answer meanwhile.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What all connections of a process share.
#[derive(Clone, Debug)]
pub(crate) struct Doubt {
    since: Instant,
    /// Milliseconds after `since`.
    ends: Arc<AtomicU64>,
}

impl Default for Doubt {
    fn default() -> Self {
        Self { since: Instant::now(), ends: Arc::default() }
    }
}

impl Doubt {
    pub(crate) fn arise(&self) {
        self.ends.store(self.milliseconds(LASTS), Ordering::Relaxed);
    }

    /// Waits so long for work over these connections. When it was in vain, doubt arises before they are given back.
    pub(crate) async fn in_time<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut work = pin!(work);
        tokio::time::timeout(patience, &mut work).await.unwrap_or_else(|_| {
            self.arise();
            Err(StoreError::silent())
        })
    }

    fn milliseconds(&self, more: Duration) -> u64 {
        u64::try_from((self.since.elapsed() + more).as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether there is none, or this connection answers.
    pub(crate) async fn is_dispelled_by(&self, connection: &mut PgConnection) -> bool {
        if self.milliseconds(Duration::ZERO) >= self.ends.load(Ordering::Relaxed) {
            return true;
        }
        tokio::time::timeout(AT_ONCE, connection.ping()).await.is_ok_and(|answer| answer.is_ok())
    }
}
