//! Requests that wait for their address to be confirmed: each is a row of its own, however many have asked for one address.

use sea_orm_migration::prelude::*;

use crate::schema::{optional, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let requested = optional(text("requested_reference"));
        manager.alter_table(Table::alter().table("registrations").add_column(requested).take()).await?;
        manager.get_connection().execute_unprepared(NUMBERED).await.map(drop)
    }

    /// Of the requests for one address the first one stays.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [DELETE_OTHERS, WITHOUT_NUMBER, REFERENCES] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        let column = Table::alter().table("registrations").drop_column("requested_reference").take();
        manager.alter_table(column).await
    }
}

/// A pending request is found by its address and a number (`confirmation_requests.rs` in the persistence crate): an address
/// has no space in it.
const NUMBERED: &str = "UPDATE registrations SET live_email = live_email || ' 0', \
    requested_reference = external_reference, external_reference = NULL WHERE status = 'pending'";

/// Of the requests for one address the one with the smallest id, which is the first one, stays, unless the address is registered.
/// The number is always one digit.
const DELETE_OTHERS: &str = "DELETE FROM registrations WHERE status = 'pending' AND EXISTS (\
    SELECT 1 FROM registrations AS other WHERE other.event_id = registrations.event_id AND (\
        other.live_email = substr(registrations.live_email, 1, length(registrations.live_email) - 2) \
        OR (other.status = 'pending' AND other.id < registrations.id \
            AND substr(other.live_email, 1, length(other.live_email) - 2) \
                = substr(registrations.live_email, 1, length(registrations.live_email) - 2))))";
const WITHOUT_NUMBER: &str =
    "UPDATE registrations SET live_email = substr(live_email, 1, length(live_email) - 2) WHERE status = 'pending'";
/// A client's own name for a registration comes back, unless it was given to several.
const REFERENCES: &str = "UPDATE registrations SET external_reference = requested_reference \
    WHERE status = 'pending' AND requested_reference IS NOT NULL AND NOT EXISTS (\
        SELECT 1 FROM registrations AS other WHERE other.id <> registrations.id \
            AND other.event_id = registrations.event_id AND other.client_id = registrations.client_id \
            AND COALESCE(other.external_reference, other.requested_reference) = registrations.requested_reference)";
