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
        for statement in [DELETE_OTHERS, WITHOUT_NUMBER] {
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

const DELETE_OTHERS: &str = "DELETE FROM registrations WHERE status = 'pending' AND (live_email NOT LIKE '% 0' \
    OR EXISTS (SELECT 1 FROM registrations AS live WHERE live.event_id = registrations.event_id \
        AND live.live_email || ' 0' = registrations.live_email))";
const WITHOUT_NUMBER: &str =
    "UPDATE registrations SET live_email = substr(live_email, 1, length(live_email) - 2) WHERE status = 'pending'";
