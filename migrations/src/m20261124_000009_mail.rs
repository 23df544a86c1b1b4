//! Mail: how far the feed has been read for it, what each message comes from, what a server refused, and which reminders
//! are done.

use sea_orm_migration::prelude::*;

use crate::schema::{check, instant, number, optional, primary_key, references, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [mailer(), reminders()] {
            manager.create_table(table).await?;
        }
        // What happened before there was mail is told to nobody.
        let connection = manager.get_connection();
        let begin = "INSERT INTO mailer (id, position) SELECT 1, last_position FROM feed WHERE id = 1";
        connection.execute_unprepared(begin).await?;
        for column in [optional(text("cause")), optional(text("error"))] {
            manager.alter_table(Table::alter().table("messages").add_column(column).take()).await?;
        }
        connection.execute_unprepared(ONE_OF_A_CAUSE).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut drop = Index::drop();
        drop.name("messages_cause").table("messages");
        manager.drop_index(drop).await?;
        for column in ["error", "cause"] {
            manager.alter_table(Table::alter().table("messages").drop_column(column).take()).await?;
        }
        for name in ["reminders", "mailer"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// Most messages have an id that says what they come from, and nothing here.
const ONE_OF_A_CAUSE: &str = "CREATE UNIQUE INDEX messages_cause ON messages (cause) WHERE cause IS NOT NULL";

/// One row: the position in the feed up to which messages have been queued. Whoever queues more locks it first.
fn mailer() -> TableCreateStatement {
    let mut table = table("mailer", [number("id"), number("position")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "mailer_has_one_row", "id = 1");
    table
}

/// Which reminders have been queued: once for each event, time before its start, and start.
fn reminders() -> TableCreateStatement {
    let mut table = table("reminders", [uuid("event_id"), number("minutes"), instant("starts_at")]);
    table.primary_key(&mut primary_key(&["event_id", "minutes", "starts_at"]));
    let mut of_event = references("reminders_event_id", "reminders", "event_id", "events", ForeignKeyAction::Cascade);
    table.foreign_key(&mut of_event);
    table
}
