//! Webhook endpoints, the deliveries of changes to them, and every attempt.

use sea_orm_migration::prelude::*;

use crate::schema::{
    check, drop_tables, index, instant, json, number, optional, primary_key, references, table, text, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [endpoints(), deliveries(), attempts()] {
            manager.create_table(table).await?;
        }
        let (endpoints, deliveries, attempts) = ("webhook_endpoints", "webhook_deliveries", "webhook_attempts");
        for index in [
            index("webhook_endpoints_organisation", endpoints, &["organisation", "id"]),
            // One delivery of a change to an endpoint, whichever worker creates it.
            index("webhook_deliveries_change", deliveries, &["endpoint_id", "change_id"]).unique().take(),
            // For the next deliveries that are due, the oldest of a subject, the list (newest first), and removal by age.
            index("webhook_deliveries_due", deliveries, &["endpoint_id", "state", "next_attempt_at"]),
            index("webhook_deliveries_subject", deliveries, &["subject", "endpoint_id", "position"]),
            index("webhook_deliveries_list", deliveries, &["endpoint_id", "id"]),
            index("webhook_deliveries_age", deliveries, &["state", "created_at"]),
            index("webhook_attempts_delivery", attempts, &["delivery_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["webhook_attempts", "webhook_deliveries", "webhook_endpoints"]).await
    }
}

/// `position` is the feed position up to which deliveries have been created for the endpoint. Secrets are encrypted.
fn endpoints() -> TableCreateStatement {
    let mut table = table(
        "webhook_endpoints",
        [
            uuid("id"),
            text("organisation"),
            uuid("client_id"),
            text("url"),
            optional(text("description")),
            json("types"),
            text("status"),
            optional(text("disabled_reason")),
            optional(instant("disabled_at")),
            text("secret"),
            optional(text("previous_secret")),
            optional(instant("previous_secret_until")),
            number("position"),
            optional(instant("last_success_at")),
            instant("created_at"),
            instant("updated_at"),
            number("revision"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    check(&mut table, "webhook_endpoints_status", "status IN ('active', 'disabled')");
    check(
        &mut table,
        "webhook_endpoints_disabled",
        "(status = 'disabled') = (disabled_at IS NOT NULL) AND (disabled_at IS NULL) = (disabled_reason IS NULL)",
    );
    check(
        &mut table,
        "webhook_endpoints_previous_secret",
        "(previous_secret IS NULL) = (previous_secret_until IS NULL)",
    );
    table
}

/// One change for one endpoint. A `pending` delivery is sent at `next_attempt_at`; while a worker holds its `claim`, that is the
/// time at which another worker may take over. A `waiting` delivery comes after an earlier one of the same `subject`.
fn deliveries() -> TableCreateStatement {
    let mut table = table(
        "webhook_deliveries",
        [
            uuid("id"),
            uuid("endpoint_id"),
            uuid("change_id"),
            text("type"),
            optional(uuid("registration_id")),
            uuid("subject"),
            number("position"),
            number("sequence"),
            text("payload"),
            text("state"),
            number("attempts"),
            number("failed_attempts"),
            optional(instant("first_failed_at")),
            instant("next_attempt_at"),
            optional(uuid("claim")),
            optional(instant("last_attempt_at")),
            optional(number("last_status")),
            optional(text("last_error")),
            optional(instant("delivered_at")),
            instant("created_at"),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    table.foreign_key(&mut references(
        "webhook_deliveries_endpoint_id",
        "webhook_deliveries",
        "endpoint_id",
        "webhook_endpoints",
        ForeignKeyAction::Cascade,
    ));
    check(&mut table, "webhook_deliveries_state", "state IN ('waiting', 'pending', 'delivered', 'failed')");
    table
}

/// The result of one attempt. The request that was sent is the delivery's payload.
fn attempts() -> TableCreateStatement {
    let mut table = table(
        "webhook_attempts",
        [
            uuid("id"),
            uuid("delivery_id"),
            instant("at"),
            number("duration_ms"),
            text("url"),
            optional(number("status")),
            optional(text("response_body")),
            optional(text("error")),
        ],
    );
    table.primary_key(&mut primary_key(&["id"]));
    table.foreign_key(&mut references(
        "webhook_attempts_delivery_id",
        "webhook_attempts",
        "delivery_id",
        "webhook_deliveries",
        ForeignKeyAction::Cascade,
    ));
    table
}
