//! The feed of changes: what has left the outbox, with its place in the feed.

use sea_orm_migration::prelude::*;

use crate::schema::{check, index, instant, json, number, optional, primary_key, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [feed(), changes()] {
            manager.create_table(table).await?;
        }
        let of_registration = index("changes_registration_id", "changes", &["registration_id", "position"]);
        manager.create_index(of_registration).await?;
        let mut first = Query::insert();
        let columns = ["id", "last_position", "removed_through"];
        first.into_table("feed").columns(columns).values_panic([1.into(), 0.into(), 0.into()]);
        manager.execute(first).await
    }

    /// Nothing is lost: what had a place in the feed waits for one again.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let back = "INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) \
                    SELECT id, type, event_id, registration_id, sequence, occurred_at, data FROM changes";
        manager.get_connection().execute_unprepared(back).await?;
        for name in ["changes", "feed"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// One row: whoever adds to the feed or removes from it locks it first, so positions have neither gaps nor repeats, even
/// when all that was in the feed has been removed.
fn feed() -> TableCreateStatement {
    let mut table = table("feed", [number("id"), number("last_position"), number("removed_through")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "feed_has_one_row", "id = 1");
    check(&mut table, "feed_positions", "removed_through >= 0 AND last_position >= removed_through");
    table
}

/// What happened, in the order in which it is told. It has no foreign keys: it outlives what it tells of.
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
