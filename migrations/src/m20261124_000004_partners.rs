//! Partner organisations: their clients, the events that they organise, and the registrations that they make.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{check, index, instant, optional, primary_key, references, table, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [clients(), event_organisations()] {
            manager.create_table(table).await?;
        }
        let by_organisation =
            index("event_organisations_organisation", "event_organisations", &["organisation", "event_id"]);
        manager.create_index(by_organisation).await?;
        for column in [optional(uuid("client_id")), optional(text("former_email"))] {
            // SQLite takes one column in a statement.
            manager.alter_table(Table::alter().table("registrations").add_column(column).take()).await?;
        }
        // What is read page by page: an event's registrations, in the order of their ids.
        manager.create_index(index("registrations_event_id", "registrations", &["event_id", "id"])).await?;
        let connection = manager.get_connection();
        for statement in PARTIAL_INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        let (owners, co_organisers) = match connection.get_database_backend() {
            DbBackend::Postgres => (POSTGRES_OWNERS, POSTGRES_CO_ORGANISERS),
            _ => (SQLITE_OWNERS, SQLITE_CO_ORGANISERS),
        };
        for statement in [owners, co_organisers, FORMER_EMAILS] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [
            "registrations_former_email",
            "registrations_source",
            "registrations_external_reference",
            "registrations_event_id",
        ] {
            let mut drop = Index::drop();
            drop.name(name).table("registrations");
            manager.drop_index(drop).await?;
        }
        for column in ["former_email", "client_id"] {
            manager.alter_table(Table::alter().table("registrations").drop_column(column).take()).await?;
        }
        for name in ["event_organisations", "clients"] {
            manager.drop_table(Table::drop().table(name).take()).await?;
        }
        Ok(())
    }
}

/// The public's registrations, which are most, stand in none of these, and cost nothing more for them. SeaQuery's index
/// statement has no condition; the words are the same on both engines.
const PARTIAL_INDEXES: [&str; 3] = [
    // The reference first: the desk asks for many at once, whatever their events and clients.
    "CREATE UNIQUE INDEX registrations_external_reference \
     ON registrations (external_reference, client_id, event_id) WHERE external_reference IS NOT NULL",
    "CREATE INDEX registrations_source ON registrations (event_id, source, id) WHERE client_id IS NOT NULL",
    "CREATE INDEX registrations_former_email ON registrations (former_email, event_id) WHERE former_email IS NOT NULL",
];

const POSTGRES_OWNERS: &str = "INSERT INTO event_organisations (event_id, organisation, role) \
    SELECT id, document ->> 'owner', 'owner' FROM events WHERE document ->> 'owner' IS NOT NULL";
const POSTGRES_CO_ORGANISERS: &str = "INSERT INTO event_organisations (event_id, organisation, role) \
    SELECT e.id, c.organisation, 'co_organiser' FROM events AS e \
    CROSS JOIN LATERAL jsonb_array_elements_text(e.document -> 'co_organisers') AS c (organisation) \
    WHERE true ON CONFLICT DO NOTHING";
const SQLITE_OWNERS: &str = "INSERT INTO event_organisations (event_id, organisation, role) \
    SELECT id, json_extract(document, '$.owner'), 'owner' FROM events \
    WHERE json_extract(document, '$.owner') IS NOT NULL";
const SQLITE_CO_ORGANISERS: &str = "INSERT INTO event_organisations (event_id, organisation, role) \
    SELECT e.id, c.value, 'co_organiser' FROM events AS e, json_each(e.document, '$.co_organisers') AS c \
    WHERE true ON CONFLICT DO NOTHING";
/// Addresses of what was cancelled before; their exact form needs IDNA, which SQL does not know.
const FORMER_EMAILS: &str = "UPDATE registrations SET former_email = lower(email) WHERE live_email IS NULL";

/// Programs of partner organisations. Secrets are kept as hashes; the one before lives on for a while.
fn clients() -> TableCreateStatement {
    let mut table = table(
        "clients",
        [
            uuid("id"),
            text("organisation"),
            text("name"),
            text("scopes"),
            text("secret_hash"),
            optional(text("previous_secret_hash")),
            optional(instant("previous_secret_until")),
            optional(instant("disabled_at")),
            optional(instant("last_used_at")),
            instant("created_at"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "clients_previous_secret", "(previous_secret_hash IS NULL) = (previous_secret_until IS NULL)");
    table
}

/// Who administers an event, as its definition says.
fn event_organisations() -> TableCreateStatement {
    let mut table = table("event_organisations", [uuid("event_id"), text("organisation"), text("role")]);
    table.primary_key(&mut primary_key(&["event_id", "organisation"]));
    table.foreign_key(&mut references(
        "event_organisations_event_id",
        "event_organisations",
        "event_id",
        "events",
        ForeignKeyAction::Cascade,
    ));
    check(&mut table, "event_organisations_role", "role IN ('owner', 'co_organiser')");
    table
}
