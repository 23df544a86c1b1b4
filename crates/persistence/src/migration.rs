//! Bringing a database's schema up to date, and telling whether it is.

use plenaria_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};

use crate::{Store, StoreError};

/// The number of PostgreSQL's advisory lock that migrations hold: "plenaria" in ASCII.
const LOCK: i64 = 0x706c_656e_6172_6961;

impl Store {
    /// The names of the migrations that the database has not had, oldest first. It changes nothing.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(self.reads()).await?;
        Ok(pending.iter().map(|m| m.name().to_owned()).collect())
    }

    /// Applies what is pending and says what that was. Two processes that migrate at once wait for each other.
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

    /// Takes back the newest `steps` migrations, with the data in their tables.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        Ok(Migrator::down(self.writes(), Some(steps)).await?)
    }

    /// A transaction on another connection that holds the lock until it ends. `SQLite` needs none: each migration is
    /// a transaction, and its one writer comes first.
    async fn migration_lock(&self) -> Result<Option<sea_orm::DatabaseTransaction>, StoreError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let transaction = self.reads().begin().await?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
        Ok(Some(transaction))
    }
}
