//! Whether the schema is this program's.

use plenaria_domain::doctor::{Finding, Kind};
use plenaria_migrations::{Migrator, MigratorTrait as _, recorded};
use sea_orm::DatabaseTransaction;

use crate::StoreError;

/// Compares the migrations that the database has had with those that this program has.
pub(super) async fn examine(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    let had = recorded(transaction).await?;
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let without = |all: &[String], others: &[String]| {
        let missing: Vec<&str> = all.iter().filter(|name| !others.contains(name)).map(String::as_str).collect();
        missing.join(", ")
    };
    let (pending, unknown) = (without(&known, &had), without(&had, &known));
    let mut findings = Vec::new();
    if !pending.is_empty() {
        let what = format!("the database's schema is behind this program by {pending}, and was examined no further");
        findings.push(Finding::new(Kind::SchemaBehind, what));
    }
    if !unknown.is_empty() {
        let what = format!("this program does not know the migrations {unknown}, and examined no further");
        findings.push(Finding::new(Kind::SchemaUnknown, what));
    }
    Ok(findings)
}
