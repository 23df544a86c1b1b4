//! What became of messages is shown to organisers: by event, the newest first.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{index, instant, optional};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ended_at = optional(instant("ended_at"));
        manager.alter_table(Table::alter().table("messages").add_column(ended_at).take()).await?;
        let connection = manager.get_connection();
        let ids = match connection.get_database_backend() {
            DbBackend::Postgres => POSTGRES_IDS,
            _ => SQLITE_IDS,
        };
        connection.execute_unprepared(ids).await?;
        // The state is there so that other messages are passed over without reading their rows.
        let of_event = index("messages_event_id", "messages", &["event_id", "id", "state"]);
        manager.create_index(of_event).await?;
        connection.execute_unprepared(REFUSED).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["messages_refused", "messages_event_id"] {
            let mut drop = Index::drop();
            drop.name(name).table("messages");
            manager.drop_index(drop).await?;
        }
        manager.alter_table(Table::alter().table("messages").drop_column("ended_at").take()).await
    }
}

/// What organisers look for: few among many. What is sent never stands in it. SeaQuery's index statement has no condition;
/// the words are the same on both engines.
const REFUSED: &str = "CREATE INDEX messages_refused ON messages (event_id, id) WHERE state = 'failed'";

/// What was told of whole events had ids without order: they become ids of their time (UUID version 7), as all others are.
const POSTGRES_IDS: &str = "UPDATE messages SET id = CAST(overlay(overlay(CAST(id AS text) PLACING '7' FROM 15) PLACING \
    regexp_replace(lpad(to_hex(CAST(floor(extract(epoch FROM created_at) * 1000) AS bigint)), 12, '0'), \
    '^(.{8})(.{4})$', '\\1-\\2') FROM 1) AS uuid) WHERE substr(CAST(id AS text), 15, 1) <> '7'";
const SQLITE_IDS: &str = "UPDATE messages SET id = unhex(printf('%012x', \
    1000 * CAST(strftime('%s', substr(created_at, 1, 19)) AS INTEGER)) || '7' || substr(hex(id), 14, 3) || '8' || \
    substr(hex(id), 18)) WHERE substr(hex(id), 13, 1) <> '7'";
