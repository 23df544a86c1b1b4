//! The connections to a database, and the only place where transactions begin.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::sqlx::{self, AssertSqlSafe};
use sea_orm::{
    AccessMode, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    Values,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Notify;

use crate::connections::{self, ACQUIRE_TIMEOUT, Kept, Pool, pool};
use crate::doubt::Doubt;
use crate::replica::Replica;
use crate::{Figures, StoreError, query_tracking};

/// Which database to use.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A `SQLite` file, made if it is missing.
    Sqlite(PathBuf),
    /// A `postgres://` URL. It may hold a password: never log it.
    Postgres(String),
}

/// How a transaction whose work succeeded ends.
#[derive(Clone, Copy)]
enum End {
    Commit,
    Rollback,
}

/// How often a transaction that lost a race is done again, and for how long.
const TRIES: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(3);
/// How long closing may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An open database. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    reads: DatabaseConnection,
    writes: DatabaseConnection,
    desk: DatabaseConnection,
    relaxed: DatabaseConnection,
    /// Told of every write of this process, since each may have left changes in the outbox.
    written: Arc<Notify>,
    doubt: Doubt,
    /// Where what is done is counted, if it is.
    figures: Option<Arc<Figures>>,
    /// Where what is published may be read too.
    pub(crate) replica: Option<Arc<Replica>>,
}

/// The work of a transaction, as a future that borrows it.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

impl Store {
    /// Opens the database; it does not migrate it.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let (written, doubt) = (Arc::default(), Doubt::default());
        match url {
            DatabaseUrl::Postgres(url) => {
                let connection = Database::connect(connections::postgres(url, 16, ACQUIRE_TIMEOUT, &doubt)).await?;
                // The desk never waits for a connection behind those who read.
                let desk = Database::connect(connections::at_the_desk(url, &doubt)).await?;
                let relaxed = Database::connect(connections::relaxed(url, &doubt)).await?;
                let (reads, writes) = (connection.clone(), connection);
                Ok(Self { reads, writes, desk, relaxed, written, doubt, figures: None, replica: None })
            }
            DatabaseUrl::Sqlite(path) => {
                connections::create_for_owner(path);
                // One writer: SQLite has one anyway, and waiting in our own queue is fairer than its busy loop.
                let writes = Database::connect(connections::sqlite(path, 1)).await?;
                let reads = Database::connect(connections::sqlite(path, 4)).await?;
                let (desk, relaxed) = (writes.clone(), writes.clone());
                Ok(Self { reads, writes, desk, relaxed, written, doubt, figures: None, replica: None })
            }
        }
    }

    /// Opens a database that is there to look at it: nothing is made, nothing set, and `SQLite` refuses every write.
    pub async fn open_to_look(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let doubt = Doubt::default();
        let options = match url {
            DatabaseUrl::Postgres(url) => connections::postgres(url, 1, ACQUIRE_TIMEOUT, &doubt),
            DatabaseUrl::Sqlite(path) => connections::sqlite_to_look(path),
        };
        let only = Database::connect(options).await?;
        let [reads, writes, desk, relaxed] = [(); 4].map(|()| only.clone());
        Ok(Self { reads, writes, desk, relaxed, written: Arc::default(), doubt, figures: None, replica: None })
    }

    /// The same store, whose work is counted.
    #[must_use]
    pub fn counted(self, figures: Arc<Figures>) -> Self {
        Self { figures: Some(figures), ..self }
    }

    /// Where what is done is counted, if it is.
    pub(crate) const fn figures(&self) -> Option<&Arc<Figures>> {
        self.figures.as_ref()
    }

    /// Its pools, each of them once.
    pub(crate) fn pools(&self) -> Vec<Pool> {
        let own = match self.backend() {
            DbBackend::Postgres => [pool("general", &self.reads), pool("desk", &self.desk)],
            _ => [pool("reads", &self.reads), pool("writes", &self.writes)],
        };
        own.into_iter().chain(self.replica.as_ref().map(|replica| replica.pool())).collect()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reads().ping().await?)
    }

    /// Waits so long for what is asked of this database.
    ///
    /// # Errors
    /// That of the work, or that the database is silent: then what was asked may still be done.
    pub async fn in_time<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.doubt.in_time(patience, work).await
    }

    /// Is to be told when the database did not answer in time: connections that are given back from now on are looked at.
    pub fn doubt(&self) {
        self.doubt.arise();
    }

    /// Is to be told whether the database is away, by who asks it all the time: while it is, transactions are tried for a
    /// moment only. A `SQLite` file never is: whoever does not get to it waits behind others, and is to go on waiting.
    pub fn set_away(&self, away: bool) {
        self.doubt.set_away(away && self.backend() == DbBackend::Postgres);
    }

    /// Closes the connections once they are given back; those that are not within two seconds end with the process. While
    /// the database is away a pool goes on for minutes to try to reach it, even when it is to close.
    pub async fn close(self) {
        let replica = self.replica.as_ref().map(|replica| replica.connection.clone());
        let pools = [self.reads, self.writes, self.desk, self.relaxed];
        let close = async {
            for pool in pools.into_iter().chain(replica) {
                if let Err(error) = pool.close().await {
                    tracing::debug!(%error, "a connection pool did not close cleanly");
                }
            }
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, close).await.is_err() {
            tracing::warn!("the database's connections could not be closed in time");
        }
    }

    /// Lets go of what `SQLite`'s log still holds of what was erased: all of it goes into the database, which has nothing
    /// of it any more, and the log is emptied. While somebody reads it may stay for once. `PostgreSQL` vacuums by itself.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        if self.backend() == DbBackend::Sqlite {
            self.writes().execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Where to read. Whoever takes it is about to ask the database.
    pub(crate) fn reads(&self) -> &DatabaseConnection {
        query_tracking::note();
        &self.reads
    }

    /// Where to write. Whoever takes it is about to ask the database.
    pub(crate) fn writes(&self) -> &DatabaseConnection {
        query_tracking::note();
        &self.writes
    }

    /// The same store, writing over the desk's own connections.
    pub(crate) fn at_the_desk(&self) -> Self {
        Self { writes: self.desk.clone(), ..self.clone() }
    }

    /// The same store, reading over connections that nobody who reads makes wait: what it hears of the database is not how
    /// busy others are.
    #[must_use]
    pub fn watching(&self) -> Self {
        let reads = if self.backend() == DbBackend::Postgres { &self.desk } else { &self.reads };
        Self { reads: reads.clone(), ..self.clone() }
    }

    /// The same store for work that the database may forget when it crashes right after, since it is then done again: on
    /// `PostgreSQL` its commits do not wait for the disk, and nobody else's wait behind them.
    pub(crate) fn relaxed(&self) -> Self {
        Self { writes: self.relaxed.clone(), ..self.clone() }
    }

    /// The same store, whose writes are not told of.
    pub(crate) fn unheard(&self) -> Self {
        Self { written: Arc::default(), ..self.clone() }
    }

    /// Is told of every write.
    pub(crate) fn written(&self) -> &Notify {
        &self.written
    }

    /// Does one statement, which on `PostgreSQL` is a transaction by itself: one round trip instead of four. It goes over the
    /// connection that is kept, or over one that is kept from now on.
    pub(crate) async fn write_statement(
        &self,
        statement: Statement,
        kept: &mut Kept,
    ) -> Result<Option<QueryResult>, StoreError> {
        let failed = |error| StoreError::from(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))));
        // Out of whose hands it falls, in a failure or when nobody waits any more, leaves it to the pool, which asks how it is.
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => self.writes().get_postgres_connection_pool().acquire().await.map_err(failed)?,
        };
        let values = SqlxValues(statement.values.unwrap_or(Values(Vec::new())));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), values);
        let row = query.fetch_optional(&mut *connection).await.map_err(failed)?;
        *kept = Some(connection);
        self.written.notify_one();
        Ok(row.map(QueryResult::from))
    }

    /// Does a text of several statements as one transaction on `SQLite`. Each must be one that rolls back when a
    /// constraint refuses it.
    pub(crate) async fn write_text(&self, text: Statement) -> Result<(), StoreError> {
        let failed = |error| StoreError::from(DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error))));
        // The connection is ours until the end: nobody else may get it with a transaction that is still open.
        let mut connection = self.writes().get_sqlite_connection_pool().acquire().await.map_err(failed)?;
        let sql = AssertSqlSafe(format!("BEGIN IMMEDIATE; {}; COMMIT", text.sql));
        let values = SqlxValues(text.values.unwrap_or(Values(Vec::new())));
        let result = sqlx::query_with(sql, values).execute(&mut *connection).await.map(drop).map_err(failed);
        // After any other failure it may be.
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

    /// Does `work` in one transaction: all of it is on disk when this returns `Ok`, none of it on an error. Work that
    /// loses a race is done again from the start, so it must have no effect outside the transaction.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        self.run(work, End::Commit).await
    }

    /// Does `work` as [`Store::write`] does, and takes all of it back: what it returns is what would have happened.
    pub(crate) async fn rehearse<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        self.run(work, End::Rollback).await
    }

    /// Looks at the database as it is at one instant, whatever is written meanwhile; on `PostgreSQL` in a transaction that
    /// the engine itself lets write nothing. It locks no row.
    pub(crate) async fn look<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        let transaction = begin_to_look(self.reads()).await?;
        let seen = work(&transaction).await;
        end_of_looking(transaction).await;
        seen
    }

    async fn run<T, F>(&self, work: F, end: End) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        let (mut tries, begun) = (1, Instant::now());
        loop {
            match self.run_once(&work, end).await {
                Err(error) if error.is_retryable() && tries < TRIES && begun.elapsed() < PATIENCE => {
                    tracing::debug!(tries, "a transaction lost a race and is done again");
                    if let Some(figures) = &self.figures {
                        figures.retries.inc();
                    }
                    tokio::time::sleep(Duration::from_millis(5) * tries).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    async fn run_once<T, F>(&self, work: &F, end: End) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        // IMMEDIATE takes SQLite's write lock at once: a read that becomes a write later loses races without waiting.
        let options = match self.backend() {
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            },
            _ => TransactionOptions::default(),
        };
        let begun = async { Ok(self.writes().begin_with_options(options).await?) };
        let transaction = self.doubt.unless_away(begun).await?;
        match work(&transaction).await {
            Ok(value) => {
                match end {
                    End::Commit => {
                        transaction.commit().await?;
                        self.written.notify_one();
                    }
                    End::Rollback => transaction.rollback().await?,
                }
                Ok(value)
            }
            Err(error) => {
                if let Err(rollback) = transaction.rollback().await {
                    tracing::debug!(error = %rollback, "a rollback failed; the connection's end does the same");
                }
                Err(error)
            }
        }
    }
}

/// Begins a transaction that sees the database as it is at one instant, and that `PostgreSQL` lets write nothing.
pub(crate) async fn begin_to_look(connection: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let options = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred), ..Default::default() }
        }
        _ => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..Default::default()
        },
    };
    Ok(connection.begin_with_options(options).await?)
}

/// Ends it.
pub(crate) async fn end_of_looking(transaction: DatabaseTransaction) {
    if let Err(rollback) = transaction.rollback().await {
        tracing::debug!(error = %rollback, "a rollback failed; the connection's end does the same");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As on a full disk.
    #[tokio::test]
    async fn nothing_is_said_to_be_written_after_the_disk_was_full() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(directory.path().join("test.db"))).await.unwrap();
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
        let text = "INSERT OR ROLLBACK INTO t (id, padding) VALUES (4, zeroblob(10))";
        store.write_text(Statement::from_string(DbBackend::Sqlite, text)).await.unwrap();
        store.writes.execute_unprepared("PRAGMA max_page_count = 20").await.unwrap();
        let text = "INSERT OR ROLLBACK INTO t (id, padding) VALUES (5, zeroblob(1000000))";
        let full = store.write_text(Statement::from_string(DbBackend::Sqlite, text)).await;
        assert!(matches!(full, Err(StoreError::Unavailable(_))), "{full:?}");
        insert(10, 6).await.unwrap();
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) AS n FROM t");
        let row = store.reads.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 4);
    }
}
