//! Erasing people's data, and making events' data anonymous some time after their end.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{instant, number, optional};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column in a statement.
        for (table, column) in [
            ("registrations", optional(instant("erased_at"))),
            ("events", optional(number("retention_days"))),
            ("events", optional(instant("anonymised_at"))),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        let connection = manager.get_connection();
        let retention = match connection.get_database_backend() {
            DbBackend::Postgres => POSTGRES_RETENTION,
            _ => SQLITE_RETENTION,
        };
        for statement in [retention, KEPT_ANSWERS] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    /// What was erased stays so: nothing is left to be brought back.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut drop = Index::drop();
        drop.name("idempotency_records_registration_id").table("idempotency_records");
        manager.drop_index(drop).await?;
        for (table, column) in
            [("events", "anonymised_at"), ("events", "retention_days"), ("registrations", "erased_at")]
        {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}

/// Whoever is erased is erased from the answers that are kept. SeaQuery's index statement has no condition; the words are
/// the same on both engines.
const KEPT_ANSWERS: &str = "CREATE INDEX idempotency_records_registration_id \
    ON idempotency_records (registration_id) WHERE registration_id IS NOT NULL";

const POSTGRES_RETENTION: &str =
    "UPDATE events SET retention_days = CAST(document #>> '{registration,retention_days}' AS bigint)";
const SQLITE_RETENTION: &str =
    "UPDATE events SET retention_days = json_extract(document, '$.registration.retention_days')";
