//! Examining a database: what is not as this program leaves it, and mending what can be mended safely.
//!
//! Examining locks nothing and writes nothing: it reads one snapshot, in a transaction that may only read. Everything is
//! counted by the database, so that it is fit for millions of rows. What the findings mean is the domain's to say.

mod engine;
mod feed;
mod find;
mod orphans;
mod overdue;
mod queues;
mod repair;
mod repair_seats;
mod schema;
mod seats;
mod times;

use chrono::TimeDelta;
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::time::Clock;
use sea_orm::DatabaseTransaction;

pub use repair::{Mended, Repair};

use crate::{Store, StoreError};

/// What a database is compared with.
#[derive(Clone, Debug)]
pub struct Checkup {
    /// The present, and what the database's clock is compared with.
    pub clock: Clock,
    /// For how long changes and what comes of them are kept.
    pub changes_kept: TimeDelta,
    /// How long after an event's end its personal data stay, where its definition does not say; `None`: for ever.
    pub retention: Option<TimeDelta>,
}

impl Store {
    /// Examines the database. One whose schema is not this program's is examined no further.
    pub async fn examine(&self, checkup: &Checkup) -> Result<Vec<Finding>, StoreError> {
        let checkup = checkup.clone();
        self.look(|transaction| Box::pin(async move { examine(transaction, &checkup).await })).await
    }
}

async fn examine(transaction: &DatabaseTransaction, checkup: &Checkup) -> Result<Vec<Finding>, StoreError> {
    let mut findings = schema::examine(transaction).await?;
    let readable = findings.is_empty();
    let engine = engine::examine(transaction, &checkup.clock).await?;
    findings.extend(engine);
    if !readable {
        return Ok(findings);
    }
    match tables(transaction, checkup).await {
        Ok(found) => findings.extend(found),
        // A damaged file cannot be read to its end, and the damage is what is to be told.
        Err(_) if findings.iter().any(|finding| finding.kind == Kind::Integrity) => {}
        Err(error) => return Err(error),
    }
    Ok(findings)
}

async fn tables(transaction: &DatabaseTransaction, checkup: &Checkup) -> Result<Vec<Finding>, StoreError> {
    let now = checkup.clock.now();
    let mut findings = seats::examine(transaction, now).await?;
    findings.extend(times::examine(transaction).await?);
    findings.extend(orphans::examine(transaction).await?);
    findings.extend(overdue::examine(transaction, checkup, now).await?);
    findings.extend(feed::examine(transaction, now).await?);
    findings.extend(queues::examine(transaction, now).await?);
    Ok(findings)
}
