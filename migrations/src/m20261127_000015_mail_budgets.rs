//! How many messages each mailbox was sent lately because somebody without a client's token asked for it.

use sea_orm_migration::prelude::*;

use crate::schema::{index, instant, json, primary_key, table, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The mailbox is a digest of the address; `sent` are the times of at most ten messages.
        let mut budgets = table("mail_budgets", [uuid("mailbox"), json("sent"), instant("updated_at")]);
        budgets.primary_key(&mut primary_key(&["mailbox"]));
        manager.create_table(budgets).await?;
        manager.create_index(index("mail_budgets_updated_at", "mail_budgets", &["updated_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("mail_budgets").take()).await
    }
}
