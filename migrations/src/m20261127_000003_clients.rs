//! API clients of partner organisations, and the idempotency records of all callers.

use sea_orm_migration::prelude::*;

use crate::schema::{
    check, create_partial_indexes, drop_tables, index, instant, number, optional, primary_key, table, text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [clients(), idempotency_records()] {
            manager.create_table(table).await?;
        }
        // Expired records are removed by age; new rows are always added at its end.
        manager.create_index(index("idempotency_records_age", "idempotency_records", &["created_at"])).await?;
        create_partial_indexes(manager, &[OF_REGISTRATION]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["idempotency_records", "clients"]).await
    }
}

/// Erasing a registration also erases it from stored responses.
const OF_REGISTRATION: &str = "CREATE INDEX idempotency_records_registration_id \
    ON idempotency_records (registration_id) WHERE registration_id IS NOT NULL";

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
