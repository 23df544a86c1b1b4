//! By which version of the time zone rules, and of the program's own derivation, the stored times and search words follow
//! from the definitions.

use sea_orm_migration::prelude::*;

use crate::schema::{check, number, primary_key, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(derivation()).await?;
        // What is there was derived by programs that had the rules of March 2025.
        let begin = "INSERT INTO derivation (id, zone_rules, version) VALUES (1, '2025b', 0)";
        manager.get_connection().execute_unprepared(begin).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("derivation").take()).await
    }
}

/// One row. Whoever changes it holds the lock of the catalogue's row, as publishers do.
fn derivation() -> TableCreateStatement {
    let mut table = table("derivation", [number("id"), text("zone_rules"), number("version")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "derivation_has_one_row", "id = 1");
    table
}
