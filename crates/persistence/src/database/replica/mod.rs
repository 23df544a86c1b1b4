//! Reads published data from a replica, such that the result cannot differ from that of the primary.
//!
//! A replica lags behind by an unknown time. So the result of a read counts only if, in the same snapshot, the catalogue
//! version is the newest that this process has seen on the primary. Publications take their version under one lock, so a
//! snapshot of a version has every publication up to it and none after it: the replica then shows what the primary showed.
//! In every other case the primary is read, and its version becomes the newest seen. So a process that has shown a version
//! never shows an older one afterwards. (`docs/decisions/0024-read-replica.md`)

pub mod monitor;
mod published;
pub(crate) mod state;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{Database, DatabaseConnection, DatabaseExecutor};

use crate::database::connection_health::ConnectionHealth;
use crate::database::error::StoreError;
use crate::database::pool;
use crate::database::pool::{PoolStats, pool_stats};
use crate::database::replica::state::{ReadSource, ReplicaState};
use crate::database::transaction::{TransactionFuture, begin_snapshot, roll_back};
use crate::database::{catalogue_version, query_tracking};

/// How long a read of the replica may take, before the primary is read instead.
const REPLICA_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a read may wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(400);
/// How many connections the pool may have.
const MAX_CONNECTIONS: u32 = 8;

/// A database that replicates the primary.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) connection: DatabaseConnection,
    health: ConnectionHealth,
    /// The newest catalogue version that this process has seen on the primary.
    newest_version: AtomicI64,
    state: Mutex<ReplicaState>,
}

impl Replica {
    /// Opens the pool without connecting: an unreachable replica must not keep the program from starting.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let health = ConnectionHealth::default();
        let mut options = pool::postgres(url, MAX_CONNECTIONS, ACQUIRE_TIMEOUT, &health);
        options.min_connections(0).connect_lazy(true);
        let connection = Database::connect(options).await?;
        Ok(Self { connection, health, newest_version: AtomicI64::new(0), state: Mutex::default() })
    }

    pub(crate) fn pool(&self) -> PoolStats {
        pool_stats("replica", &self.connection)
    }

    pub(crate) fn newest_version(&self) -> i64 {
        self.newest_version.load(Ordering::Acquire)
    }

    /// Records a version that was read from the primary.
    pub(crate) fn observe_version(&self, version: i64) {
        self.newest_version.fetch_max(version, Ordering::AcqRel);
    }

    /// Records that the primary has gone back to this version.
    pub(crate) fn reset_version(&self, version: i64) {
        self.newest_version.store(version, Ordering::Release);
        // It may no longer be a replica of this primary.
        self.state().reset();
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, ReplicaState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a snapshot of the newest version. On an error it returns why the primary must be read.
    async fn read<T, F>(&self, work: &F) -> Result<(i64, T), ReadSource>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> TransactionFuture<'t, T>,
    {
        let reason = self.state().reason_for_primary();
        if let Some(source) = reason {
            return Err(source);
        }
        match self.with_timeout(self.read_snapshot(work)).await {
            Ok(Some(result)) => Ok(result),
            Ok(None) => Err(ReadSource::Behind),
            Err(error) => {
                // A replica cancels queries that conflict with the changes it has to apply; it may still be used.
                if !error.is_retryable() {
                    self.state().on_error(&error, Instant::now());
                }
                Err(ReadSource::Away)
            }
        }
    }

    /// `None`: the snapshot has another version than the newest.
    async fn read_snapshot<T, F>(&self, work: &F) -> Result<Option<(i64, T)>, StoreError>
    where
        F: for<'t> Fn(DatabaseExecutor<'t>) -> TransactionFuture<'t, T>,
    {
        query_tracking::note_database_use();
        let transaction = begin_snapshot(&self.connection).await?;
        let read = async {
            let version = catalogue_version::read(&transaction).await?;
            if version != self.newest_version() {
                return Ok(None);
            }
            Ok(Some((version, work((&transaction).into()).await?)))
        };
        let result = read.await;
        roll_back(transaction).await;
        result
    }

    /// Runs work on the replica for at most [`REPLICA_TIMEOUT`].
    pub(crate) async fn with_timeout<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.health.with_timeout(REPLICA_TIMEOUT, work).await
    }
}
