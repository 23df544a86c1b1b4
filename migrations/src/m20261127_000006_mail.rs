//! Mail: queued messages, what the worker has done for them, and each mailbox's budget.

use sea_orm_migration::prelude::*;

use crate::schema::{
    check, create_partial_indexes, drop_tables, index, instant, json, number, optional, primary_key, references, table,
    text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [messages(), mail_feed_position(), reminders(), follow_ups(), mail_budgets()] {
            manager.create_table(table).await?;
        }
        for index in [
            index("messages_registration_id", "messages", &["registration_id", "created_at"]),
            // Organisers list an event's messages, newest first. The state lets other messages be skipped without reading their rows.
            index("messages_event_id", "messages", &["event_id", "id", "state"]),
            index("mail_budgets_updated_at", "mail_budgets", &["updated_at"]),
        ] {
            manager.create_index(index).await?;
        }
        create_partial_indexes(manager, &PARTIAL_INDEXES).await?;
        manager
            .get_connection()
            .execute_unprepared("INSERT INTO mail_feed_position (id, position) VALUES (1, 0)")
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["mail_budgets", "follow_ups", "reminders", "mail_feed_position", "messages"]).await
    }
}

const PARTIAL_INDEXES: [&str; 5] = [
    // The messages that a worker claims next.
    "CREATE INDEX messages_due ON messages (next_attempt_at, id) WHERE state = 'pending'",
    // Messages to be removed by age. Registering pays nothing for it: a message is added when it was sent.
    "CREATE INDEX messages_ended ON messages (created_at) WHERE state <> 'pending'",
    // Refused messages, few among many, which organisers look for.
    "CREATE INDEX messages_failed ON messages (event_id, id) WHERE state = 'failed'",
    // The follow-ups that are queued next.
    "CREATE INDEX follow_ups_due ON follow_ups (due_at) WHERE queued_at IS NULL",
    // Most messages have an id that follows from their cause, and no `cause` here.
    "CREATE UNIQUE INDEX messages_cause ON messages (cause) WHERE cause IS NOT NULL",
];

/// A message holds no token, and no address but a registration's former one (`recipient`) until it was sent or given up: the worker
/// that sends it reads the one and makes the other. There is no foreign key
/// to the registration, which may be erased before the message is sent; the message is then dropped.
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
            optional(text("recipient")),
            optional(text("cause")),
            optional(text("error")),
            optional(instant("ended_at")),
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

/// One row: the feed position up to which messages have been queued. It is locked to queue more.
fn mail_feed_position() -> TableCreateStatement {
    let mut table = table("mail_feed_position", [number("id"), number("position")]);
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "mail_feed_position_has_one_row", "id = 1");
    table
}

/// Reminders that have been queued: one for each event, time before its start, and start.
fn reminders() -> TableCreateStatement {
    let mut table = table("reminders", [uuid("event_id"), number("minutes_before"), instant("starts_at")]);
    table.primary_key(&mut primary_key(&["event_id", "minutes_before", "starts_at"]));
    table.foreign_key(&mut references(
        "reminders_event_id",
        "reminders",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    table
}

/// When the message after each event is due, for events that have one, and when it was queued.
fn follow_ups() -> TableCreateStatement {
    let mut table =
        table("follow_ups", [uuid("event_id"), optional(instant("due_at")), optional(instant("queued_at"))]);
    table.primary_key(&mut primary_key(&["event_id"]));
    table.foreign_key(&mut references(
        "follow_ups_event_id",
        "follow_ups",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    table
}

/// The messages that each mailbox was sent lately at the request of callers without a client's token. `mailbox` is a digest of
/// the address, `sent` the times of at most ten messages.
fn mail_budgets() -> TableCreateStatement {
    let mut table = table("mail_budgets", [uuid("mailbox"), json("sent"), instant("updated_at")]);
    table.primary_key(&mut primary_key(&["mailbox"]));
    table
}
