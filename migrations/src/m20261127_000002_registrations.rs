//! Registrations and the counters of seats that admit them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{
    boolean, check, create_partial_indexes, drop_tables, index, instant, json, number, optional, primary_key,
    references, table, text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [event_seats(), registrations()] {
            manager.create_table(table).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(BYTEWISE_COLUMNS).await?;
        }
        for index in [
            // The address comes first: the desk looks up many addresses at once, of any event.
            index("registrations_active_email", "registrations", &["active_email", "event_id"]).unique().take(),
            // Lists read an event's registrations in the order of their ids.
            index("registrations_event_id", "registrations", &["event_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        create_partial_indexes(manager, &PARTIAL_INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["registrations", "event_seats"]).await
    }
}

/// These are compared byte by byte, as `SQLite` does, so that one range of an index holds an address and the requests that wait
/// for its confirmation.
const BYTEWISE_COLUMNS: &str = "ALTER TABLE registrations ALTER COLUMN active_email TYPE text COLLATE \"C\", \
     ALTER COLUMN former_email TYPE text COLLATE \"C\", ALTER COLUMN external_reference TYPE text COLLATE \"C\"";

/// Each of these holds few of the rows, so that the common case, a confirmed registration by the public, pays for none of them.
const PARTIAL_INDEXES: [&str; 6] = [
    // The waiting list, in its order.
    "CREATE UNIQUE INDEX registrations_waitlist ON registrations (event_id, waitlist_number) WHERE waitlist_number IS NOT NULL",
    // The reference comes first: the desk looks up many references at once, of any event and client.
    "CREATE UNIQUE INDEX registrations_external_reference \
     ON registrations (external_reference, client_id, event_id) WHERE external_reference IS NOT NULL",
    "CREATE INDEX registrations_source ON registrations (event_id, source, id) WHERE client_id IS NOT NULL",
    "CREATE INDEX registrations_former_email ON registrations (former_email, event_id) WHERE former_email IS NOT NULL",
    // Requests that wait for their address to be confirmed, oldest first.
    "CREATE INDEX registrations_pending ON registrations (created_at) WHERE status = 'pending'",
    // Lists of the waitlisted or cancelled, of an event where nearly all are confirmed.
    "CREATE INDEX registrations_unconfirmed ON registrations (event_id, status, id) WHERE status <> 'confirmed'",
];

/// The counters that decide who gets a seat, in the one row that is locked to decide it. Status and times are copied from the
/// event, because they must be read under the same lock.
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
            optional(number("max_confirmed")),
            number("confirmed"),
            number("waitlisted"),
            number("last_waitlist_number"),
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
    // `max_confirmed` is the capacity, or the number of confirmed registrations if the capacity was lowered below it.
    check(
        &mut table,
        "event_seats_confirmed",
        "confirmed >= 0 AND (max_confirmed IS NULL OR confirmed <= max_confirmed)",
    );
    check(&mut table, "event_seats_max_confirmed", "(max_confirmed IS NULL) = (capacity IS NULL)");
    check(&mut table, "event_seats_capacity", "capacity IS NULL OR (capacity >= 0 AND max_confirmed >= capacity)");
    check(&mut table, "event_seats_waitlisted", "waitlisted >= 0 AND waitlisted <= last_waitlist_number");
    table
}

/// `active_email` is the normalised address while the registration holds it; a pending request holds the address, a
/// space and a number (`registrations/active_email.rs` in the persistence crate). `former_email` is the normalised
/// address after cancellation.
fn registrations() -> TableCreateStatement {
    let mut table = table(
        "registrations",
        [
            uuid("id"),
            uuid("event_id"),
            text("status"),
            text("email"),
            optional(text("active_email")),
            optional(text("former_email")),
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
            optional(uuid("client_id")),
            optional(text("external_reference")),
            optional(text("requested_reference")),
            text("source"),
            optional(number("waitlist_number")),
            text("privacy_notice"),
            instant("privacy_accepted_at"),
            instant("created_at"),
            instant("updated_at"),
            optional(instant("confirmed_at")),
            optional(instant("cancelled_at")),
            optional(text("cancellation_reason")),
            optional(instant("attended_at")),
            optional(instant("followed_up_at")),
            optional(instant("erased_at")),
            number("revision"),
            number("address_version").default(0).take(),
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
    check(&mut table, "registrations_active", "(status = 'cancelled') = (active_email IS NULL)");
    check(&mut table, "registrations_waitlisted", "(status = 'waitlisted') = (waitlist_number IS NOT NULL)");
    check(&mut table, "registrations_confirmed", "status <> 'confirmed' OR confirmed_at IS NOT NULL");
    check(&mut table, "registrations_revision", "revision >= 1");
    table
}
