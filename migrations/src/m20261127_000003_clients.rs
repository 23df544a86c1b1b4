//! API clients of partner organisations, the idempotency records of all callers, and the audit log.

use sea_orm_migration::prelude::*;

use crate::schema::{
    check, create_partial_indexes, drop_tables, index, instant, json, number, optional, primary_key, table, text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [clients(), idempotency_records(), audit_entries()] {
            manager.create_table(table).await?;
        }
        // Expired records are removed by age; new rows are always added at its end.
        manager.create_index(index("idempotency_records_age", "idempotency_records", &["created_at"])).await?;
        create_partial_indexes(manager, &PARTIAL_INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_entries", "idempotency_records", "clients"]).await
    }
}

const PARTIAL_INDEXES: [&str; 7] = [
    // Erasing a registration also erases it from stored responses.
    "CREATE INDEX idempotency_records_registration_id ON idempotency_records (registration_id) WHERE registration_id IS NOT NULL",
    // Pages of the audit log: of what an organisation's clients did, and of what was done to an event; of all, or of one action,
    // client or kind of actor.
    "CREATE INDEX audit_entries_organisation ON audit_entries (organisation, id) WHERE organisation IS NOT NULL",
    "CREATE INDEX audit_entries_organisation_action ON audit_entries (organisation, action, id) WHERE organisation IS NOT NULL",
    "CREATE INDEX audit_entries_client_id ON audit_entries (client_id, id) WHERE client_id IS NOT NULL",
    "CREATE INDEX audit_entries_event_id ON audit_entries (event_id, id) WHERE event_id IS NOT NULL",
    "CREATE INDEX audit_entries_event_actor ON audit_entries (event_id, actor, id) WHERE event_id IS NOT NULL",
    "CREATE INDEX audit_entries_event_action ON audit_entries (event_id, action, id) WHERE event_id IS NOT NULL",
];

/// Secrets are stored as hashes. After a rotation the previous one stays valid until `previous_secret_until`.
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

/// The response to a request with an `Idempotency-Key`, for repeating it. `id` is a digest of caller, method, path and
/// key, `request_digest` one of the request's body. There is no foreign key, because a stored response may be an error,
/// which made no registration.
fn idempotency_records() -> TableCreateStatement {
    let mut table = table(
        "idempotency_records",
        [
            uuid("id"),
            uuid("request_digest"),
            number("status"),
            optional(text("location")),
            optional(text("etag")),
            text("body"),
            optional(uuid("registration_id")),
            instant("created_at"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "idempotency_records_status", "status BETWEEN 200 AND 499");
    table
}

/// Who did what. `organisation` and `client_id` are the actor's. There are no foreign keys: an entry outlives what it is about.
fn audit_entries() -> TableCreateStatement {
    let mut table = table(
        "audit_entries",
        [
            uuid("id"),
            instant("recorded_at"),
            text("actor"),
            optional(text("organisation")),
            optional(uuid("client_id")),
            text("action"),
            text("target_kind"),
            text("target_id"),
            optional(uuid("event_id")),
            optional(text("request_id")),
            json("details"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "audit_entries_actor", "actor IN ('client', 'holder', 'operator', 'system')");
    let client = "(actor = 'client') = (organisation IS NOT NULL) AND (actor = 'client') = (client_id IS NOT NULL)";
    check(&mut table, "audit_entries_client", client);
    table
}
