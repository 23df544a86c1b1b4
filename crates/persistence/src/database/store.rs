//! The connection pools of a database, and the only place where transactions begin.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::sqlx::{self, AssertSqlSafe};
use sea_orm::{
    Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryResult, RuntimeErr, Statement, Values,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Mutex, Notify};

use crate::database::connection_health::ConnectionHealth;
use crate::database::error::StoreError;
use crate::database::pool;
use crate::database::pool::{ACQUIRE_TIMEOUT, HeldConnection, PoolStats, pool_stats};
use crate::database::query_tracking;
use crate::database::replica::Replica;
use crate::database::transaction::{TransactionFuture, begin_snapshot, begin_write, roll_back};
use crate::database::url::DatabaseUrl;
use crate::metrics::StoreMetrics;

/// How a transaction ends whose statements succeeded.
#[derive(Clone, Copy)]
enum TransactionEnd {
    Commit,
    Rollback,
}

/// How often a transaction is tried that conflicts with others.
const MAX_TRANSACTION_ATTEMPTS: u32 = 5;
/// After this time a transaction that conflicts with others is not tried again.
const TRANSACTION_RETRY_DEADLINE: Duration = Duration::from_secs(3);
/// How long closing the pools may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An open database. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    reads: DatabaseConnection,
    writes: DatabaseConnection,
    desk: DatabaseConnection,
    async_commit: DatabaseConnection,
    /// Notified after every write of this process, since each may have left changes in the outbox.
    write_notifier: Arc<Notify>,
    health: ConnectionHealth,
    metrics: Option<Arc<StoreMetrics>>,
    /// Held while this process publishes, so that publications that wait for each other hold no connections.
    pub(crate) publishing: Arc<Mutex<()>>,
    /// A replica from which published data may be read too.
    pub(crate) replica: Option<Arc<Replica>>,
}

impl Store {
    /// Opens the database; it does not migrate it.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let health = ConnectionHealth::default();
        match url {
            DatabaseUrl::Postgres(url) => {
                let general = Database::connect(pool::postgres(url, 16, ACQUIRE_TIMEOUT, &health)).await?;
                // The desk has connections of its own, so that it never waits for one behind readers.
                let desk = Database::connect(pool::desk_pool(url, &health)).await?;
                let async_commit = Database::connect(pool::async_commit_pool(url, &health)).await?;
                Ok(Self::of_pools([general.clone(), general, desk, async_commit], health))
            }
            DatabaseUrl::Sqlite(path) => {
                pool::create_private_file(path);
                // One writer: SQLite has one anyway, and waiting in our own queue is fairer than its busy loop.
                let writes = Database::connect(pool::sqlite(path, 1)).await?;
                let reads = Database::connect(pool::sqlite(path, 4)).await?;
                Ok(Self::of_pools([reads, writes.clone(), writes.clone(), writes], health))
            }
        }
    }

    /// Opens an existing database in order to inspect it. It creates and sets nothing, and `SQLite` rejects every write.
    pub async fn open_read_only(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let health = ConnectionHealth::default();
        let options = match url {
            DatabaseUrl::Postgres(url) => pool::postgres(url, 1, ACQUIRE_TIMEOUT, &health),
            DatabaseUrl::Sqlite(path) => pool::sqlite_read_only(path),
        };
        let pool = Database::connect(options).await?;
        Ok(Self::of_pools([(); 4].map(|()| pool.clone()), health))
    }

    fn of_pools([reads, writes, desk, async_commit]: [DatabaseConnection; 4], health: ConnectionHealth) -> Self {
        let (write_notifier, publishing) = (Arc::default(), Arc::default());
        Self { reads, writes, desk, async_commit, write_notifier, health, metrics: None, publishing, replica: None }
    }

    /// The same store, which counts its work in these metrics.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<StoreMetrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// The metrics that count this store's work, if any do.
    pub(crate) const fn metrics(&self) -> Option<&Arc<StoreMetrics>> {
        self.metrics.as_ref()
    }

    /// The state of each pool, each of them once.
    pub(crate) fn pools(&self) -> Vec<PoolStats> {
        let own = match self.backend() {
            DbBackend::Postgres => [pool_stats("general", &self.reads), pool_stats("desk", &self.desk)],
            _ => [pool_stats("reads", &self.reads), pool_stats("writes", &self.writes)],
        };
        own.into_iter().chain(self.replica.as_ref().map(|replica| replica.pool())).collect()
    }

    /// Checks that the database responds.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reads().ping().await?)
    }

    /// Runs work on this database with a time limit.
    ///
    /// # Errors
    /// Those of the work, or [`StoreError::timed_out`]; after a timeout the database may still carry the work out.
    pub async fn with_timeout<T>(
        &self,
        timeout: Duration,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.health.with_timeout(timeout, work).await
    }

    /// Reports that the database did not respond in time: for a while, connections are checked when they are released.
    pub fn mark_suspect(&self) {
        self.health.mark_suspect();
    }

    /// Reports whether the database is unavailable, as found by a task that polls it. While it is, transactions fail
    /// after a moment instead of waiting for a connection. This has no effect on `SQLite`: a transaction that cannot
    /// begin there waits behind another writer, and should keep waiting.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.health.set_unavailable(unavailable && self.backend() == DbBackend::Postgres);
    }

    /// Closes all idle connections, after a thread that used this store has ended by a panic: on `PostgreSQL`, every statement
    /// over a connection that this thread had opened would fail. `SQLite`'s connections have threads of their own.
    pub fn discard_idle_connections(&self) {
        if self.backend() == DbBackend::Postgres {
            [&self.reads, &self.writes, &self.desk, &self.async_commit].into_iter().for_each(pool::discard_idle);
        }
    }

    /// Closes the connections once they are released. Those still in use after two seconds end with the process: while
    /// the database is unavailable, a pool tries for minutes to reach it even when it is closing.
    pub async fn close(self) {
        let replica = self.replica.as_ref().map(|replica| replica.connection.clone());
        let pools = [self.reads, self.writes, self.desk, self.async_commit];
        let close = async {
            for pool in pools.into_iter().chain(replica) {
                if let Err(error) = pool.close().await {
                    tracing::debug!(%error, "a connection pool did not close cleanly");
                }
            }
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, close).await.is_err() {
            tracing::warn!("the connection pools did not close in time");
        }
    }

    /// The pool for reads. Calling this records that the request uses the database ([`query_tracking`]).
    pub(crate) fn reads(&self) -> &DatabaseConnection {
        query_tracking::note_database_use();
        &self.reads
    }

    /// The pool for writes. Calling this records that the request uses the database ([`query_tracking`]).
    pub(crate) fn writes(&self) -> &DatabaseConnection {
        query_tracking::note_database_use();
        &self.writes
    }

    /// The same store, writing over the desk's connections.
    pub(crate) fn with_desk_pool(&self) -> Self {
        Self { writes: self.desk.clone(), ..self.clone() }
    }

    /// The same store for monitoring: it reads over connections for which it never queues behind readers, so that its
    /// errors and delays come from the database and not from a busy pool.
    #[must_use]
    pub fn with_monitor_pool(&self) -> Self {
        let reads = if self.backend() == DbBackend::Postgres { &self.desk } else { &self.reads };
        Self { reads: reads.clone(), ..self.clone() }
    }

    /// The same store for work that is repeated if the database loses it in a crash: on `PostgreSQL` its commits do not
    /// wait until the log is flushed to disk, so that other commits do not queue behind them.
    pub(crate) fn with_async_commit(&self) -> Self {
        Self { writes: self.async_commit.clone(), ..self.clone() }
    }

    /// The same store, whose writes do not wake the sequencer.
    pub(crate) fn without_write_notifications(&self) -> Self {
        Self { write_notifier: Arc::default(), ..self.clone() }
    }

    /// Notified after every write.
    pub(crate) fn write_notifier(&self) -> &Notify {
        &self.write_notifier
    }

    /// Executes one statement, which on `PostgreSQL` is a transaction by itself: one round trip instead of four. It uses
    /// the held connection, or acquires one that is held from now on.
    pub(crate) async fn write_single_statement(
        &self,
        statement: Statement,
        held: &mut HeldConnection,
    ) -> Result<Option<QueryResult>, StoreError> {
        let failed = |error| StoreError::from(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))));
        // If dropped early, after an error or because the caller gave up, the connection returns to the pool, which checks it.
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => self.writes().get_postgres_connection_pool().acquire().await.map_err(failed)?,
        };
        let values = SqlxValues(statement.values.unwrap_or(Values(Vec::new())));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), values);
        let row = query.fetch_optional(&mut *connection).await.map_err(failed)?;
        *held = Some(connection);
        self.write_notifier.notify_one();
        Ok(row.map(QueryResult::from))
    }

    /// Executes several statements, separated by semicolons, as one transaction on `SQLite`. Each of them must be of a
    /// form that rolls back when it violates a constraint (`INSERT OR ROLLBACK`).
    ///
    /// It does not wake the sequencer, whose commits would compete with the next batch for the one write lock; the sequencer's
    /// next poll finds the changes (`docs/decisions/0013-change-feed.md`).
    pub(crate) async fn write_sqlite_batch(&self, batch: Statement) -> Result<(), StoreError> {
        let failed = |error| StoreError::from(DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error))));
        // The connection is held until the end: no other task may get it while a transaction is open.
        let mut connection = self.writes().get_sqlite_connection_pool().acquire().await.map_err(failed)?;
        let sql = AssertSqlSafe(format!("BEGIN IMMEDIATE; {}; COMMIT", batch.sql));
        let values = SqlxValues(batch.values.unwrap_or(Values(Vec::new())));
        let result = sqlx::query_with(sql, values).execute(&mut *connection).await.map(drop).map_err(failed);
        // A violated constraint has rolled back. After any other failure the transaction may still be open.
        if result.as_ref().is_err_and(|error| !matches!(error, StoreError::Conflict(_)))
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "a connection did not close cleanly");
        }
        result
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.writes.get_database_backend()
    }

    /// Runs `work` in one transaction: all of it is durably stored when this returns `Ok`, and none of it after an error.
    /// A transaction that conflicts with others is repeated from the start, so `work` must have no effect outside it.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> TransactionFuture<'t, T>,
    {
        self.run(work, TransactionEnd::Commit).await
    }

    /// Runs `work` as [`Store::write`] does and rolls it back; it returns what `write` would have returned.
    pub(crate) async fn dry_run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> TransactionFuture<'t, T>,
    {
        self.run(work, TransactionEnd::Rollback).await
    }

    /// Reads the database as it is at one instant, whatever is written meanwhile. It locks no row, and `PostgreSQL`
    /// rejects every write in it.
    pub(crate) async fn snapshot<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> TransactionFuture<'t, T>,
    {
        let transaction = begin_snapshot(self.reads()).await?;
        let result = work(&transaction).await;
        roll_back(transaction).await;
        result
    }

    async fn run<T, F>(&self, work: F, end: TransactionEnd) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> TransactionFuture<'t, T>,
    {
        let (mut attempts, started) = (1, Instant::now());
        loop {
            match self.run_once(&work, end).await {
                Err(error)
                    if error.is_retryable()
                        && attempts < MAX_TRANSACTION_ATTEMPTS
                        && started.elapsed() < TRANSACTION_RETRY_DEADLINE =>
                {
                    tracing::debug!(attempts, "a transaction conflicted with another one and is repeated");
                    if let Some(metrics) = &self.metrics {
                        metrics.transaction_retries.inc();
                    }
                    tokio::time::sleep(Duration::from_millis(5) * attempts).await;
                    attempts += 1;
                }
                result => return result,
            }
        }
    }

    async fn run_once<T, F>(&self, work: &F, end: TransactionEnd) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> TransactionFuture<'t, T>,
    {
        let transaction = self.health.fail_fast_if_unavailable(begin_write(self.writes())).await?;
        match work(&transaction).await {
            Ok(value) => {
                match end {
                    TransactionEnd::Commit => {
                        transaction.commit().await?;
                        self.write_notifier.notify_one();
                    }
                    TransactionEnd::Rollback => transaction.rollback().await?,
                }
                Ok(value)
            }
            Err(error) => {
                roll_back(transaction).await;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::database::query_tracking::track;

    async fn open(directory: &tempfile::TempDir) -> Store {
        Store::open(&DatabaseUrl::Sqlite(directory.path().join("test.db"))).await.unwrap()
    }

    #[tokio::test]
    async fn every_use_of_the_database_is_tracked() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory).await;
        assert!(track(store.ping()).await.1);
        assert!(track(Box::pin(store.migrate())).await.1);
        assert!(track(store.catalogue_version()).await.1);
        assert!(track(store.write(|_| Box::pin(async { Ok(()) }))).await.1);
        assert!(track(store.snapshot(|_| Box::pin(async { Ok(()) }))).await.1);
        assert!(!track(async { track(Box::pin(store.ping())).await.1 }).await.1, "nested calls are tracked separately");
        store.ping().await.unwrap();
    }

    /// A full disk, which `max_page_count` stands for, must not leave a connection inside a transaction.
    #[tokio::test]
    async fn no_write_is_lost_after_the_disk_was_full() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory).await;
        let insert = |size: usize, unique: usize| {
            let sql = format!("INSERT INTO t (id, padding) VALUES ({unique}, zeroblob({size}))");
            let store = store.clone();
            async move {
                let insert = store.write(|transaction| {
                    let sql = sql.clone();
                    Box::pin(async move { Ok(transaction.execute_unprepared(&sql).await.map(drop)?) })
                });
                insert.await
            }
        };
        store.writes.execute_unprepared("CREATE TABLE t (id INTEGER PRIMARY KEY, padding BLOB)").await.unwrap();
        store.writes.execute_unprepared("PRAGMA max_page_count = 20").await.unwrap();
        assert!(matches!(insert(1_000_000, 1).await, Err(StoreError::Unavailable(_))));
        insert(10, 2).await.unwrap();
        assert!(matches!(insert(10, 2).await, Err(StoreError::Conflict(_))));
        insert(10, 3).await.unwrap();
        let batch = "INSERT OR ROLLBACK INTO t (id, padding) VALUES (4, zeroblob(10))";
        store.write_sqlite_batch(Statement::from_string(DbBackend::Sqlite, batch)).await.unwrap();
        store.writes.execute_unprepared("PRAGMA max_page_count = 20").await.unwrap();
        let batch = "INSERT OR ROLLBACK INTO t (id, padding) VALUES (5, zeroblob(1000000))";
        let result = store.write_sqlite_batch(Statement::from_string(DbBackend::Sqlite, batch)).await;
        assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
        insert(10, 6).await.unwrap();
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) AS n FROM t");
        let row = store.reads.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 4);
    }
}
