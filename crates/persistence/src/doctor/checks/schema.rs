//! Examines whether the schema is the one that this program expects.

use plenaria_domain::doctor::{Finding, Kind};
use plenaria_migrations::{Migrator, MigratorTrait as _, recorded};
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;

/// Compares the migrations that were applied to the database with those that this program contains.
pub(crate) async fn examine(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    let applied = recorded(transaction).await?;
    let expected: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let difference = |names: &[String], excluded: &[String]| {
        let names: Vec<&str> = names.iter().filter(|name| !excluded.contains(name)).map(String::as_str).collect();
        names.join(", ")
    };
    let (pending, unknown) = (difference(&expected, &applied), difference(&applied, &expected));
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
