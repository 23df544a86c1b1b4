//! A draft remembers its definition as it was last public, so that those who registered are told what has changed when it
//! is published again. Of existing drafts that is not known.

use sea_orm_migration::prelude::*;

use crate::schema::{json, optional};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let last_shown = optional(json("last_shown"));
        manager.alter_table(Table::alter().table("events").add_column(last_shown).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("events").drop_column("last_shown").take()).await
    }
}
