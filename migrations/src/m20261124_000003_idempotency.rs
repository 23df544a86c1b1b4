//! The answers that are given again when a request comes again.

use sea_orm_migration::prelude::*;

use crate::schema::{check, index, instant, number, optional, primary_key, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(idempotency_records()).await?;
        // For removing what is old; new rows always go to its end.
        manager.create_index(index("idempotency_records_age", "idempotency_records", &["created_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("idempotency_records").take()).await
    }
}

/// No foreign key: an answer may be one that made nothing.
fn idempotency_records() -> TableCreateStatement {
    let mut table = table(
        "idempotency_records",
        [
            uuid("id"),
            uuid("request"),
            number("status"),
            optional(text("location")),
            optional(text("etag")),
            text("body"),
            optional(uuid("registration_id")),
            instant("created_at"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "idempotency_records_status", "status BETWEEN 200 AND 499");
    table
}
