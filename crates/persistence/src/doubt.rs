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

use tokio::sync::watch;

use crate::StoreError;

/// For how long it lasts.
const LASTS: Duration = Duration::from_mins(1);
/// In what time a connection must answer meanwhile.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How long it may take, while the database is known to be away, to find out that it is there again.
const TRIED: Duration = Duration::from_millis(300);

/// What all connections of a process share.
#[derive(Clone, Debug)]
pub(crate) struct Doubt {
    since: Instant,
    /// Milliseconds after `since`.
    ends: Arc<AtomicU64>,
    /// Whether the database is known to be away.
    away: watch::Sender<bool>,
}

impl Default for Doubt {
    fn default() -> Self {
        Self { since: Instant::now(), ends: Arc::default(), away: watch::Sender::new(false) }
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

    /// Whether the database is away, as somebody who asks it all the time has found.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.send_if_modified(|known| std::mem::replace(known, away) != away);
    }

    /// Waits for work as long as it takes, but only for a moment while the database is away: a pool of connections goes on
    /// trying to reach it for seconds.
    pub(crate) async fn unless_away<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let in_vain = async {
            let mut away = self.away.subscribe();
            loop {
                // The sender is ours, so this does not fail.
                if away.wait_for(|away| *away).await.is_err() {
                    std::future::pending::<()>().await;
                }
                if tokio::time::timeout(TRIED, away.wait_for(|away| !*away)).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            result = work => result,
            () = in_vain => Err(StoreError::silent()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn while_the_database_is_away_nobody_waits_long() {
        let doubt = Doubt::default();
        let slow = || async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(())
        };
        let begun = tokio::time::Instant::now();
        assert!(doubt.unless_away(slow()).await.is_ok(), "a database that is slow is waited for");
        doubt.set_away(true);
        assert!(matches!(doubt.unless_away(slow()).await, Err(StoreError::Unavailable(_))));
        assert!(doubt.unless_away(async { Ok(()) }).await.is_ok(), "it is asked all the same");
        assert_eq!(begun.elapsed(), Duration::from_secs(2) + TRIED);
        let back = async {
            tokio::time::sleep(TRIED / 2).await;
            doubt.set_away(false);
        };
        let (done, ()) = tokio::join!(doubt.unless_away(slow()), back);
        assert!(done.is_ok(), "it came back in time");
        let gone = async {
            tokio::time::sleep(TRIED).await;
            doubt.set_away(true);
        };
        let (failed, ()) = tokio::join!(doubt.unless_away(slow()), gone);
        assert!(failed.is_err(), "those who wait are told too");
    }
}
