//! What is to be mailed, and registrations that wait for their address to be confirmed.

use sea_orm_migration::prelude::*;

use crate::schema::{check, index, instant, json, number, optional, primary_key, references, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(messages()).await?;
        let of_registration = index("messages_registration_id", "messages", &["registration_id", "created_at"]);
        manager.create_index(of_registration).await?;
        let connection = manager.get_connection();
        for statement in PARTIAL_INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut drop = Index::drop();
        drop.name("registrations_pending").table("registrations");
        manager.drop_index(drop).await?;
        manager.drop_table(Table::drop().table("messages").take()).await
    }
}

/// SeaQuery's index statement has no condition; the words are the same on both engines.
const PARTIAL_INDEXES: [&str; 2] = [
    // What a mailer takes next.
    "CREATE INDEX messages_due ON messages (next_attempt_at, id) WHERE state = 'pending'",
    // Who has not confirmed: few at any time, and nobody else pays for it.
    "CREATE INDEX registrations_pending ON registrations (created_at) WHERE status = 'pending'",
];

/// No foreign key to the registration: a message may be about one that is gone by the time it is sent, and then is not. It
/// holds neither address nor token: whoever sends it reads the one and makes the other.
fn messages() -> TableCreateStatement {
    let mut table = table(
        "messages",
        [
            uuid("id"),
            text("kind"),
            optional(uuid("registration_id")),
            uuid("event_id"),
            text("language"),
            instant("created_at"),
            instant("next_attempt_at"),
            number("attempts"),
            text("state"),
            json("data"),
            optional(instant("claimed_until")),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    table.foreign_key(&mut references(
        "messages_event_id",
        "messages",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    check(&mut table, "messages_state", "state IN ('pending', 'sent', 'failed')");
    check(&mut table, "messages_attempts", "attempts >= 0");
    table
}
