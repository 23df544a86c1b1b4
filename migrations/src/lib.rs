//! The schema's history, for PostgreSQL and SQLite alike.
//!
//! A migration never uses the entities: they change, and history must not.

#![allow(elided_lifetimes_in_paths, reason = "the trait, made by async_trait, wants them elided")]
#![allow(clippy::large_stack_arrays, reason = "a migration runs once")]

mod m20261123_000001_programmes;
mod m20261123_000002_registrations;
mod m20261124_000003_idempotency;
mod m20261124_000004_partners;
mod m20261124_000005_changes;
mod m20261124_000006_webhooks;
mod m20261124_000007_erasure;
mod m20261124_000008_messages;
mod m20261124_000009_mail;
mod m20261124_000010_growth;
mod m20261124_000011_messages_shown;
mod m20261127_000012_confirmation_requests;
mod m20261127_000015_mail_budgets;
mod schema;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_programmes::Migration),
            Box::new(m20261123_000002_registrations::Migration),
            Box::new(m20261124_000003_idempotency::Migration),
            Box::new(m20261124_000004_partners::Migration),
            Box::new(m20261124_000005_changes::Migration),
            Box::new(m20261124_000006_webhooks::Migration),
            Box::new(m20261124_000007_erasure::Migration),
            Box::new(m20261124_000008_messages::Migration),
            Box::new(m20261124_000009_mail::Migration),
            Box::new(m20261124_000010_growth::Migration),
            Box::new(m20261124_000011_messages_shown::Migration),
            Box::new(m20261127_000012_confirmation_requests::Migration),
            Box::new(m20261127_000015_mail_budgets::Migration),
        ]
    }
}

pub use sea_orm_migration::MigratorTrait;

/// The names of the migrations that a database has had, oldest first, whether this program knows them or not. It changes
/// nothing.
pub async fn recorded(transaction: &sea_orm::DatabaseTransaction) -> Result<Vec<String>, DbErr> {
    if !SchemaManager::new(transaction).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let mut query = Query::select();
    query.column("version").from("seaql_migrations").order_by("version", Order::Asc);
    let rows = transaction.query_all(&query).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}
