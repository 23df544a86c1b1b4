//! Brings a database's schema up to date, and lists the migrations that it lacks.

use plenaria_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, TransactionTrait};

use crate::database::error::StoreError;
use crate::database::store::Store;

/// The number of the advisory lock that migrations hold on `PostgreSQL`: "plenaria" in ASCII.
const ADVISORY_LOCK: i64 = 0x706c_656e_6172_6961;

impl Store {
    /// The names of the migrations that are not applied yet, oldest first. It changes nothing.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(self.reads()).await?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Applies the pending migrations and returns their names. Two processes that migrate at once wait for each other.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let lock = self.migration_lock().await?;
        let pending = self.pending_migrations().await?;
        if !pending.is_empty() {
            Migrator::up(self.writes(), None).await?;
        }
        if let Some(lock) = lock {
            lock.commit().await?;
        }
        Ok(pending)
    }

    /// Reverts the newest `steps` migrations and deletes the data in their tables.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        Ok(Migrator::down(self.writes(), Some(steps)).await?)
    }

    /// A transaction on another connection that holds the lock until it ends. `SQLite` needs none: each migration is
    /// a transaction, and there is one writer.
    async fn migration_lock(&self) -> Result<Option<DatabaseTransaction>, StoreError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let transaction = self.reads().begin().await?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")).await?;
        Ok(Some(transaction))
    }
}
