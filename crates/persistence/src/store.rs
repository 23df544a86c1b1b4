//! The connections to a database, and the only place where transactions begin.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::Notify;

use crate::{Figures, StoreError};

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

/// How often a transaction that lost a race is done again.
const TRIES: u32 = 5;
/// How long a connection may be waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How many pages `SQLite`'s log holds before they are moved into the database: 16 MiB.
const SQLITE_CHECKPOINT_PAGES: &str = "4096";
/// How long one process waits for another's write on `SQLite`.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open database. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    reads: DatabaseConnection,
    writes: DatabaseConnection,
    desk: DatabaseConnection,
    /// Told of every write of this process, since each may have left changes in the outbox.
    written: Arc<Notify>,
    /// Where what is done is counted, if it is.
    figures: Option<Arc<Figures>>,
}

/// One pool of connections, as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    pub(crate) name: &'static str,
    pub(crate) open: u32,
    pub(crate) busy: u32,
    pub(crate) most: u32,
}

/// The work of a transaction, as a future that borrows it.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

impl Store {
    /// Opens the database; it does not migrate it.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let written = Arc::default();
        match url {
            DatabaseUrl::Postgres(url) => {
                let connection = Database::connect(postgres_options(url, 16)).await?;
                // The desk never waits for a connection behind those who read.
                let desk = Database::connect(postgres_options(url, 2)).await?;
                Ok(Self { reads: connection.clone(), writes: connection, desk, written, figures: None })
            }
            DatabaseUrl::Sqlite(path) => {
                // One writer: SQLite has one anyway, and waiting in our own queue is fairer than its busy loop.
                let writes = Database::connect(sqlite_options(path, 1)).await?;
                let reads = Database::connect(sqlite_options(path, 4)).await?;
                Ok(Self { reads, desk: writes.clone(), writes, written, figures: None })
            }
        }
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
    pub(crate) fn pools(&self) -> [Pool; 2] {
        match self.backend() {
            DbBackend::Postgres => [pool("general", &self.reads), pool("desk", &self.desk)],
            _ => [pool("reads", &self.reads), pool("writes", &self.writes)],
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reads.ping().await?)
    }

    /// Closes the connections once they are given back.
    pub async fn close(self) {
        for connection in [self.reads, self.writes, self.desk] {
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "a connection pool did not close cleanly");
            }
        }
    }

    /// Lets go of what `SQLite`'s log still holds of what was erased: all of it goes into the database, which has nothing
    /// of it any more, and the log is emptied. While somebody reads it may stay for once. `PostgreSQL` vacuums by itself.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        if self.backend() == DbBackend::Sqlite {
            self.writes.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    pub(crate) const fn reads(&self) -> &DatabaseConnection {
        &self.reads
    }

    pub(crate) const fn writes(&self) -> &DatabaseConnection {
        &self.writes
    }

    /// The same store, writing over the desk's own connections.
    pub(crate) fn at_the_desk(&self) -> Self {
        Self { writes: self.desk.clone(), ..self.clone() }
    }

    /// The same store, whose writes are not told of.
    pub(crate) fn unheard(&self) -> Self {
        Self { written: Arc::default(), ..self.clone() }
    }

    /// Is told of every write.
    pub(crate) fn written(&self) -> &Notify {
        &self.written
    }

    /// Does one statement, which on `PostgreSQL` is a transaction by itself: one round trip instead of four.
    pub(crate) async fn write_statement(&self, statement: Statement) -> Result<Option<QueryResult>, StoreError> {
        let row = self.writes.query_one_raw(statement).await?;
        self.written.notify_one();
        Ok(row)
    }

    /// Does a text of several statements as one transaction on `SQLite`. Each must be one that rolls back when a
    /// constraint refuses it.
    pub(crate) async fn write_text(&self, mut text: Statement) -> Result<(), StoreError> {
        text.sql = format!("BEGIN IMMEDIATE; {}; COMMIT", text.sql);
        let result = self.writes.execute_raw(text).await.map(drop).map_err(StoreError::from);
        // After any other failure it may still be open.
        if result.as_ref().is_err_and(|error| !matches!(error, StoreError::Conflict(_))) {
            let _ = self.writes.execute_unprepared("ROLLBACK").await;
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

    async fn run<T, F>(&self, work: F, end: End) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        let mut tries = 1;
        loop {
            match self.run_once(&work, end).await {
                Err(error) if error.is_retryable() && tries < TRIES => {
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
        let transaction = self.writes.begin_with_options(options).await?;
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

/// A pool's connections.
fn pool(name: &'static str, connection: &DatabaseConnection) -> Pool {
    let (open, idle, most) = if connection.get_database_backend() == DbBackend::Postgres {
        let pool = connection.get_postgres_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    } else {
        let pool = connection.get_sqlite_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    };
    Pool { name, open, busy: open.saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX)), most }
}

fn postgres_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .set_application_name("plenaria");
    options
}

fn sqlite_options(path: &Path, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let path = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                // Moving pages into the database costs the writer time, so not for every few batches.
                .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
                // What is erased is to be gone from the file too.
                .pragma("secure_delete", "ON")
                .busy_timeout(SQLITE_BUSY_TIMEOUT)
        });
    options
}
