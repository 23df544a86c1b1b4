//! The outbox, and the feed of changes that the sequencer fills from it.

use sea_orm_migration::prelude::*;

use crate::schema::{check, drop_tables, index, instant, json, number, optional, primary_key, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [outbox(), feed(), changes()] {
            manager.create_table(table).await?;
        }
        let of_registration = index("changes_registration_id", "changes", &["registration_id", "position"]);
        manager.create_index(of_registration).await?;
        let feed = "INSERT INTO feed (id, last_position, removed_through) VALUES (1, 0, 0)";
        manager.get_connection().execute_unprepared(feed).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["changes", "feed", "outbox"]).await
    }
}

/// Changes that have no position in the feed yet, written in the transaction that made them. There are no foreign keys: a
/// change outlives what it is about.
fn outbox() -> TableCreateStatement {
    let mut table = table(
        "outbox",
        [
            uuid("id"),
            text("type"),
            uuid("event_id"),
            optional(uuid("registration_id")),
            number("sequence"),
            instant("occurred_at"),
            json("payload"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    table
}

/// One row, locked by everything that adds to the feed or removes from it, so that positions have neither gaps nor repeats even
/// when all changes have been removed.
fn feed() -> TableCreateStatement {
    let mut table = table("feed", [number("id"), number("last_position"), number("removed_through")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "feed_has_one_row", "id = 1");
    check(&mut table, "feed_positions", "removed_through >= 0 AND last_position >= removed_through");
    table
}

/// Changes in the order of the feed. There are no foreign keys: a change outlives what it is about.
fn changes() -> TableCreateStatement {
    let mut table = table(
        "changes",
        [
            number("position"),
            uuid("id"),
            text("type"),
            uuid("event_id"),
            optional(uuid("registration_id")),
            optional(text("source")),
            number("sequence"),
            instant("occurred_at"),
            json("data"),
        ],
    );
    table.primary_key(&mut primary_key(&["position"]));
    check(&mut table, "changes_position", "position >= 1");
    table
}
