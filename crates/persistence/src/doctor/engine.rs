//! The engine itself. This is where the two differ: PostgreSQL has settings and a clock of its own, SQLite a file.

use plenaria_domain::doctor::{self, Durability, Finding, Kind};
use plenaria_domain::time::{Clock, Instant};
use sea_orm::{DatabaseTransaction, DbBackend, FromQueryResult};

use super::find::{all, one};
use super::orphans::is_examined;
use crate::StoreError;

/// How many complaints about a damaged file are told.
const COMPLAINTS: usize = 20;

/// What the engine says of itself.
pub(super) async fn examine(transaction: &DatabaseTransaction, clock: &Clock) -> Result<Vec<Finding>, StoreError> {
    match sea_orm::ConnectionTrait::get_database_backend(transaction) {
        DbBackend::Postgres => postgres(transaction, clock).await,
        _ => sqlite(transaction).await,
    }
}

#[derive(FromQueryResult)]
struct Settings {
    fsync: String,
    synchronous_commit: String,
    full_page_writes: String,
    at: Instant,
}

/// The settings are those that this role has in this database, as `serve` has them.
async fn postgres(transaction: &DatabaseTransaction, clock: &Clock) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "SELECT current_setting('fsync') AS fsync, \
        current_setting('synchronous_commit') AS synchronous_commit, \
        current_setting('full_page_writes') AS full_page_writes, clock_timestamp() AS at";
    let before = clock.now();
    let Some(Settings { fsync, synchronous_commit, full_page_writes, at }) = one(transaction, SQL, []).await? else {
        return Ok(Vec::new());
    };
    let after = clock.now();
    let mut findings = Durability { fsync, synchronous_commit, full_page_writes }.examine();
    findings.extend(doctor::clock(before, at, after));
    Ok(findings)
}

#[derive(FromQueryResult)]
struct Journal {
    journal_mode: String,
}

#[derive(FromQueryResult)]
struct Integrity {
    integrity_check: String,
}

#[derive(FromQueryResult)]
struct Violation {
    table: String,
    parent: String,
}

/// `SQLite`'s complaints name tables, indexes and pages, and no value.
async fn sqlite(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let journal: Option<Journal> = one(transaction, "PRAGMA journal_mode", []).await?;
    if let Some(Journal { journal_mode }) = journal.filter(|journal| journal.journal_mode != "wal") {
        findings.push(Finding::new(Kind::Journal, format!("the file's journal mode is {journal_mode}")));
    }
    let check = format!("PRAGMA integrity_check({COMPLAINTS})");
    let complaints = match all(transaction, &check, []).await {
        Ok(complaints) => complaints,
        Err(StoreError::Db(_)) => vec![Integrity { integrity_check: "it cannot get to its end".to_owned() }],
        Err(error) => return Err(error),
    };
    for Integrity { integrity_check } in complaints.into_iter().filter(|said| said.integrity_check != "ok") {
        let what = format!("SQLite's integrity check says: {}", integrity_check.replace('\n', " "));
        findings.push(Finding::new(Kind::Integrity, what));
    }
    let violations: Vec<Violation> = match all(transaction, "PRAGMA foreign_key_check", []).await {
        Ok(violations) => violations,
        // What is damaged cannot be read to its end.
        Err(_) if findings.iter().any(|finding| finding.kind == Kind::Integrity) => return Ok(findings),
        Err(error) => return Err(error),
    };
    let mut others: Vec<(String, String)> = violations.into_iter().map(|v| (v.table, v.parent)).collect();
    others.sort_unstable();
    // Those that are looked for by name are told with their ids.
    others.retain(|(table, parent)| !is_examined(table, parent));
    for same in others.chunk_by(|one, other| one == other) {
        if let Some((table, parent)) = same.first() {
            let what = format!("{} rows of {table} belong to rows of {parent} that are gone", same.len());
            findings.push(Finding::new(Kind::ForeignKeys, what));
        }
    }
    Ok(findings)
}
