//! Examines the engine: `PostgreSQL`'s durability settings and clock, or the integrity of `SQLite`'s file.

use plenaria_domain::doctor::{self, Durability, Finding, Kind};
use plenaria_domain::values::time::{Clock, Instant};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult};

use crate::database::error::StoreError;
use crate::doctor::checks::orphans::is_examined;
use crate::doctor::query::{query_all, query_one};

/// The largest number of problems that the integrity check lists.
const MAX_INTEGRITY_PROBLEMS: usize = 20;

/// Examines the engine.
pub(crate) async fn examine(transaction: &DatabaseTransaction, clock: &Clock) -> Result<Vec<Finding>, StoreError> {
    match transaction.get_database_backend() {
        DbBackend::Postgres => postgres(transaction, clock).await,
        _ => sqlite(transaction).await,
    }
}

#[derive(FromQueryResult)]
struct PostgresSettings {
    fsync: String,
    synchronous_commit: String,
    full_page_writes: String,
    at: Instant,
}

/// Reads the settings that this role has in this database, which are those that apply to `serve`.
async fn postgres(transaction: &DatabaseTransaction, clock: &Clock) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "SELECT current_setting('fsync') AS fsync, \
        current_setting('synchronous_commit') AS synchronous_commit, \
        current_setting('full_page_writes') AS full_page_writes, clock_timestamp() AS at";
    let before = clock.now();
    let settings: Option<PostgresSettings> = query_one(transaction, SQL, []).await?;
    let Some(PostgresSettings { fsync, synchronous_commit, full_page_writes, at }) = settings else {
        return Ok(Vec::new());
    };
    let after = clock.now();
    let mut findings = Durability { fsync, synchronous_commit, full_page_writes }.examine();
    findings.extend(doctor::compare_clocks(before, at, after));
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

/// `SQLite`'s messages name tables, indexes and pages, and contain no stored values.
async fn sqlite(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let journal: Option<Journal> = query_one(transaction, "PRAGMA journal_mode", []).await?;
    if let Some(Journal { journal_mode }) = journal.filter(|journal| journal.journal_mode != "wal") {
        findings.push(Finding::new(Kind::Journal, format!("the file's journal mode is {journal_mode}")));
    }
    let check = format!("PRAGMA integrity_check({MAX_INTEGRITY_PROBLEMS})");
    let problems = match query_all(transaction, &check, []).await {
        Ok(problems) => problems,
        Err(StoreError::Db(_)) => vec![Integrity { integrity_check: "it cannot get to its end".to_owned() }],
        Err(error) => return Err(error),
    };
    for Integrity { integrity_check } in problems.into_iter().filter(|problem| problem.integrity_check != "ok") {
        let what = format!("SQLite's integrity check says: {}", integrity_check.replace('\n', " "));
        findings.push(Finding::new(Kind::Integrity, what));
    }
    let violations: Vec<Violation> = match query_all(transaction, "PRAGMA foreign_key_check", []).await {
        Ok(violations) => violations,
        // A damaged file cannot be read to its end.
        Err(_) if findings.iter().any(|finding| finding.kind == Kind::Integrity) => return Ok(findings),
        Err(error) => return Err(error),
    };
    let mut pairs: Vec<(String, String)> = violations.into_iter().map(|v| (v.table, v.parent)).collect();
    pairs.sort_unstable();
    // The other references are examined in `orphans.rs`, which lists the ids.
    pairs.retain(|(table, parent)| !is_examined(table, parent));
    for same_pair in pairs.chunk_by(|one, other| one == other) {
        if let Some((table, parent)) = same_pair.first() {
            let what = format!("{} rows of {table} belong to rows of {parent} that are gone", same_pair.len());
            findings.push(Finding::new(Kind::ForeignKeys, what));
        }
    }
    Ok(findings)
}
