//! Begins and ends transactions on a connection pool: write transactions and read-only snapshots.

use std::pin::Pin;

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};

use crate::database::error::StoreError;

/// The statements of a transaction, as a future that borrows it.
pub(crate) type TransactionFuture<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

/// Begins a transaction that writes.
pub(crate) async fn begin_write(pool: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    // IMMEDIATE takes SQLite's write lock at once: a read that becomes a write later loses races without waiting.
    let options = match pool.get_database_backend() {
        DbBackend::Sqlite => sqlite_options(SqliteTransactionMode::Immediate),
        _ => TransactionOptions::default(),
    };
    Ok(pool.begin_with_options(options).await?)
}

/// Begins a transaction that sees the database as it is at one instant. `PostgreSQL` rejects every write in it.
pub(crate) async fn begin_snapshot(pool: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let options = match pool.get_database_backend() {
        DbBackend::Sqlite => sqlite_options(SqliteTransactionMode::Deferred),
        _ => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..Default::default()
        },
    };
    Ok(pool.begin_with_options(options).await?)
}

/// Rolls a transaction back. A failure is only logged: closing the connection rolls back too.
pub(crate) async fn roll_back(transaction: DatabaseTransaction) {
    if let Err(error) = transaction.rollback().await {
        tracing::debug!(%error, "a rollback failed; closing the connection rolls back too");
    }
}

fn sqlite_options(mode: SqliteTransactionMode) -> TransactionOptions {
    TransactionOptions { sqlite_transaction_mode: Some(mode), ..Default::default() }
}
