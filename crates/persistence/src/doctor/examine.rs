//! Runs all examinations in one snapshot.

use plenaria_domain::doctor::{Finding, Kind};
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::doctor::checks::{engine, feed, history, orphans, overdue, queues, schema, seats, times};
use crate::doctor::options::ExamineOptions;

impl Store {
    /// Examines the database. If its schema is not this program's, only the schema and the engine are examined.
    pub async fn examine(&self, options: &ExamineOptions) -> Result<Vec<Finding>, StoreError> {
        let options = options.clone();
        self.snapshot(|transaction| Box::pin(async move { examine(transaction, &options).await })).await
    }
}

async fn examine(transaction: &DatabaseTransaction, options: &ExamineOptions) -> Result<Vec<Finding>, StoreError> {
    let mut findings = schema::examine(transaction).await?;
    let readable = findings.is_empty();
    findings.extend(engine::examine(transaction, &options.clock).await?);
    if !readable {
        return Ok(findings);
    }
    match examine_tables(transaction, options).await {
        Ok(found) => findings.extend(found),
        // A damaged file cannot be read to its end. The damage has been found already.
        Err(_) if findings.iter().any(|finding| finding.kind == Kind::Integrity) => {}
        Err(error) => return Err(error),
    }
    Ok(findings)
}

async fn examine_tables(
    transaction: &DatabaseTransaction,
    options: &ExamineOptions,
) -> Result<Vec<Finding>, StoreError> {
    let now = options.clock.now();
    let mut findings = seats::examine(transaction, now).await?;
    findings.extend(times::examine(transaction).await?);
    findings.extend(history::examine(transaction).await?);
    findings.extend(orphans::examine(transaction).await?);
    findings.extend(overdue::examine(transaction, options, now).await?);
    findings.extend(feed::examine(transaction, now).await?);
    findings.extend(queues::examine(transaction, now).await?);
    Ok(findings)
}
