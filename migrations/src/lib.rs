//! The schema's migrations, the same for PostgreSQL and SQLite.
//!
//! A migration never uses the entities: entities change with the program, a migration never changes once it is released.

#![allow(elided_lifetimes_in_paths, reason = "the trait, made by async_trait, wants them elided")]
#![allow(clippy::large_stack_arrays, reason = "a migration runs once")]

mod m20261127_000001_events;
mod m20261127_000002_registrations;
mod m20261127_000003_clients;
mod m20261127_000004_feed;
mod m20261127_000005_webhooks;
mod m20261127_000006_mail;
mod schema;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261127_000001_events::Migration),
            Box::new(m20261127_000002_registrations::Migration),
            Box::new(m20261127_000003_clients::Migration),
            Box::new(m20261127_000004_feed::Migration),
            Box::new(m20261127_000005_webhooks::Migration),
            Box::new(m20261127_000006_mail::Migration),
        ]
    }
}

pub use sea_orm_migration::MigratorTrait;

/// Returns the names of the migrations that were applied to a database, oldest first, including those that this program does
/// not know. Reads only.
pub async fn recorded(transaction: &sea_orm::DatabaseTransaction) -> Result<Vec<String>, DbErr> {
    if !SchemaManager::new(transaction).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let mut query = Query::select();
    query.column("version").from("seaql_migrations").order_by("version", Order::Asc);
    let rows = transaction.query_all(&query).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}
