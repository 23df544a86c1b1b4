//! Seats, registrations and the outbox.

use sea_orm_migration::prelude::*;

use crate::schema::{
    boolean, check, index, instant, json, number, optional, primary_key, references, table, text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [event_seats(), registrations(), outbox()] {
            manager.create_table(table).await?;
        }
        // The address first: the desk asks for many addresses at once, whatever their events.
        let live = index("registrations_live_email", "registrations", &["live_email", "event_id"]).unique().take();
        manager.create_index(live).await?;
        // Only those who wait stand in this index. SeaQuery's index statement has no condition; the words are the same
        // on both engines.
        let queue = "CREATE UNIQUE INDEX registrations_queue ON registrations (event_id, queue_number) \
                     WHERE queue_number IS NOT NULL";
        manager.get_connection().execute_unprepared(queue).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["outbox", "registrations", "event_seats"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// What decides who gets a seat, in the one row that is locked to decide it. Status and times are copied from the
/// event, because they must be read under that lock.
fn event_seats() -> TableCreateStatement {
    let mut table = table(
        "event_seats",
        [
            uuid("event_id"),
            text("status"),
            optional(instant("opens_at")),
            instant("closes_at"),
            instant("starts_at"),
            instant("ends_at"),
            optional(number("capacity")),
            boolean("waitlist"),
            optional(number("ceiling")),
            number("confirmed"),
            number("waitlisted"),
            number("last_queue_number"),
        ],
    );
    table.primary_key(&mut primary_key(&["event_id"]));
    table.foreign_key(&mut references(
        "event_seats_event_id",
        "event_seats",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    // The ceiling is the capacity, or the count that stayed when capacity was lowered below it.
    check(&mut table, "event_seats_confirmed", "confirmed >= 0 AND (ceiling IS NULL OR confirmed <= ceiling)");
    check(&mut table, "event_seats_ceiling", "(ceiling IS NULL) = (capacity IS NULL)");
    check(&mut table, "event_seats_capacity", "capacity IS NULL OR (capacity >= 0 AND ceiling >= capacity)");
    check(&mut table, "event_seats_waitlisted", "waitlisted >= 0 AND waitlisted <= last_queue_number");
    table
}

fn registrations() -> TableCreateStatement {
    let mut table = table(
        "registrations",
        [
            uuid("id"),
            uuid("event_id"),
            text("status"),
            text("email"),
            optional(text("live_email")),
            text("name"),
            optional(text("organisation")),
            optional(text("position")),
            optional(text("city")),
            optional(text("country")),
            optional(text("audience")),
            text("language"),
            boolean("newsletter"),
            optional(text("access_needs")),
            json("answers"),
            optional(text("external_reference")),
            text("source"),
            optional(number("queue_number")),
            text("privacy_notice"),
            instant("privacy_accepted_at"),
            instant("created_at"),
            instant("updated_at"),
            optional(instant("confirmed_at")),
            optional(instant("cancelled_at")),
            optional(text("cancellation_reason")),
            optional(instant("attended_at")),
            number("revision"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    table.foreign_key(&mut references(
        "registrations_event_id",
        "registrations",
        "event_id",
        "events",
        ForeignKeyAction::Restrict,
    ));
    check(&mut table, "registrations_status", "status IN ('pending', 'confirmed', 'waitlisted', 'cancelled')");
    check(&mut table, "registrations_cancelled", "(status = 'cancelled') = (cancelled_at IS NOT NULL)");
    check(&mut table, "registrations_live", "(status = 'cancelled') = (live_email IS NULL)");
    check(&mut table, "registrations_queued", "(status = 'waitlisted') = (queue_number IS NOT NULL)");
    check(&mut table, "registrations_confirmed", "status <> 'confirmed' OR confirmed_at IS NOT NULL");
    check(&mut table, "registrations_revision", "revision >= 1");
    table
}

/// What happened, written with it. It has no foreign keys: it outlives what it tells of.
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
