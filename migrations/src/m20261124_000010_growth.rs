//! What keeps lists as cheap as they were when tables grow.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in INDEXES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [("messages_done", "messages"), ("registrations_unconfirmed", "registrations")] {
            let mut drop = Index::drop();
            drop.name(name).table(table);
            manager.drop_index(drop).await?;
        }
        Ok(())
    }
}

/// SeaQuery's index statement has no condition; the words are the same on both engines.
const INDEXES: [&str; 2] = [
    // The list of those who wait, or who gave up, of an event where nearly everybody is confirmed. The confirmed, who are
    // most, do not stand in it and cost nothing more.
    "CREATE INDEX registrations_unconfirmed ON registrations (event_id, status, id) WHERE status <> 'confirmed'",
    // What is to be removed some day. Whoever registers pays nothing for it: a message gets here when it was sent.
    "CREATE INDEX messages_done ON messages (created_at) WHERE state <> 'pending'",
];
