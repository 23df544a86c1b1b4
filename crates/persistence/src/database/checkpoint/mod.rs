//! Moves `SQLite`'s write-ahead log into the database file beside the commits, so that no request waits for it.
//!
//! A checkpoint copies the log's pages into the database file and flushes that file, which takes tens of milliseconds.
//! `SQLite` by itself does both within a commit. Here a connection of its own does it, in three steps:
//!
//! 1. A passive checkpoint copies nearly everything beside the writers. It flushes the file only if nothing was written
//!    meanwhile, so under load it does not.
//! 2. Another one copies the few pages that were written since, while this process's writers are held back for at most
//!    [`COPYING_TIME`]. So it can flush the file, which takes longest and happens after the writers continue.
//! 3. The last one holds the writers back until its end. It has to copy and flush what was written during the second step
//!    alone. Afterwards the next write begins the log anew, in the same file.
//!
//! Nothing of this is needed for durability: `SQLite` orders the writes and flushes of a checkpoint itself, and a crash at any
//! point leaves the log as it is. `docs/decisions/0035-checkpoints.md` has the bounds and the measurements.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnection, SqlitePool};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use sea_orm::{DbBackend, DbErr, RuntimeErr, SqlxError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::database::error::StoreError;
use crate::database::store::Store;

/// How often the size of the log is looked at.
const INTERVAL: Duration = Duration::from_millis(50);
/// The log is moved when it has this many pages: 16 MiB. Fewer would be copied more often, since most pages are written again
/// and again; more would make the file longer, and a file is slow to write while it grows.
const START_PAGES: i64 = 4_096;
/// The writers are held back only if at most this many pages are left to copy, which takes a few milliseconds.
const FEW_PAGES: i64 = 512;
/// How many passive checkpoints may be needed until few pages are left.
const MAX_PASSES: usize = 3;
/// How long the writers are held back while few pages are copied.
const COPYING_TIME: Duration = Duration::from_millis(3);
/// How long the last step waits for readers of the log and for writers of other processes.
const BUSY_TIMEOUT: Duration = Duration::from_millis(10);
/// The log's size from which its file is truncated afterwards: 64 MiB, which only a reader that holds it up makes it reach.
const LONG_PAGES: i64 = 16_384;
/// The log's size from which it is reported, at most once in each [`REPORT_INTERVAL`]: 256 MiB.
const REPORTED_PAGES: i64 = 65_536;
/// How often a large log is reported.
const REPORT_INTERVAL: Duration = Duration::from_mins(1);
/// How often, and after which pauses, [`Store::checkpoint_wal`] tries to truncate the log.
const TRUNCATE_ATTEMPTS: usize = 20;
const TRUNCATE_PAUSE: Duration = Duration::from_millis(50);

/// The state of the log.
#[derive(Clone, Copy, Debug)]
struct Log {
    /// The checkpoint could not do what was asked, because of readers, writers, or another checkpoint.
    busy: bool,
    /// The pages in the log.
    pages: i64,
    /// How many of them are in the database file too.
    copied: i64,
}

impl Log {
    const fn left(self) -> i64 {
        self.pages - self.copied
    }
}

impl Store {
    /// Keeps `SQLite`'s write-ahead log small until `stop` completes. It returns at once on `PostgreSQL`, which does this by
    /// itself.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub async fn keep_wal_small(&self, stop: impl Future<Output = ()>) -> Result<(), StoreError> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let mut checkpointer = Checkpointer::open(self.writes().get_sqlite_connection_pool()).await?;
        let result = tokio::select! {
            result = checkpointer.run() => result,
            () = stop => Ok(()),
        };
        checkpointer.close().await;
        result
    }

    /// Moves all of `SQLite`'s write-ahead log into the database file and truncates the log, which may still hold erased
    /// data. While another connection reads for longer than a second, the log may stay as it is. `PostgreSQL` needs nothing:
    /// it vacuums by itself.
    pub async fn checkpoint_wal(&self) -> Result<(), StoreError> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let mut checkpointer = Checkpointer::open(self.writes().get_sqlite_connection_pool()).await?;
        let result = checkpointer.truncate().await;
        checkpointer.close().await;
        result
    }
}

/// A connection that only checkpoints, and the pool whose one connection all writes of this process use.
struct Checkpointer<'a> {
    connection: SqliteConnection,
    writers: &'a SqlitePool,
    last_report: Option<Instant>,
}

impl<'a> Checkpointer<'a> {
    async fn open(writers: &'a SqlitePool) -> Result<Self, StoreError> {
        let options = writers.connect_options();
        let options = (*options).clone().busy_timeout(BUSY_TIMEOUT).disable_statement_logging();
        let connection = options.connect().await.map_err(failed)?;
        Ok(Self { connection, writers, last_report: None })
    }

    async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "a connection did not close cleanly");
        }
    }

    async fn run(&mut self) -> Result<(), StoreError> {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let log = self.checkpoint("NOOP").await?;
            if log.pages >= START_PAGES {
                // The file keeps its length, so that it is overwritten and need not grow again, unless it became very long.
                let last = if log.pages < LONG_PAGES { "RESTART" } else { "TRUNCATE" };
                self.move_all(last).await?;
                self.report_if_large(log.pages);
            }
        }
    }

    async fn truncate(&mut self) -> Result<(), StoreError> {
        for _ in 0..TRUNCATE_ATTEMPTS {
            if self.move_all("TRUNCATE").await? {
                break;
            }
            sleep(TRUNCATE_PAUSE).await;
        }
        Ok(())
    }

    /// Moves the whole log in three steps; `last` is the mode of the last one. Returns whether it was moved. If it was not,
    /// because a connection still reads an older state, the rest can be moved later.
    async fn move_all(&mut self, last: &str) -> Result<bool, StoreError> {
        let mut passes = 0;
        while self.left_after("PASSIVE").await? > FEW_PAGES {
            passes += 1;
            if passes == MAX_PASSES {
                return Ok(false);
            }
        }
        self.copy_and_let_writers_continue().await?;
        let writer = self.writers.acquire().await.map_err(failed)?;
        let moved = self.checkpoint(last).await?;
        drop(writer);
        Ok(!moved.busy)
    }

    /// The second step.
    async fn copy_and_let_writers_continue(&mut self) -> Result<(), StoreError> {
        let writer = self.writers.acquire().await.map_err(failed)?;
        let mut copying = Box::pin(self.checkpoint("PASSIVE"));
        if let Ok(copied) = timeout(COPYING_TIME, &mut copying).await {
            return copied.map(drop);
        }
        drop(writer);
        copying.await.map(drop)
    }

    /// Checkpoints, and returns how many pages are left, with those that were written meanwhile.
    async fn left_after(&mut self, mode: &str) -> Result<i64, StoreError> {
        self.checkpoint(mode).await?;
        Ok(self.checkpoint("NOOP").await?.left())
    }

    /// A checkpoint of this mode; `NOOP` only reads the log's state. Another process's checkpoint makes the state unknown, and
    /// the log appear empty.
    async fn checkpoint(&mut self, mode: &str) -> Result<Log, StoreError> {
        let sql = AssertSqlSafe(format!("PRAGMA wal_checkpoint({mode})"));
        let row = sqlx::raw_sql(sql).fetch_one(&mut self.connection).await.map_err(failed)?;
        let number = |column: usize| row.try_get::<i64, _>(column).map_err(failed);
        Ok(Log { busy: number(0)? != 0, pages: number(1)?, copied: number(2)? })
    }

    fn report_if_large(&mut self, pages: i64) {
        if pages >= REPORTED_PAGES && self.last_report.is_none_or(|last| last.elapsed() >= REPORT_INTERVAL) {
            self.last_report = Some(Instant::now());
            let mebibytes = pages / 256;
            tracing::warn!(mebibytes, "the write-ahead log is large, because a program reads the database for long");
        }
    }
}

fn failed(error: SqlxError) -> StoreError {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))).into()
}
