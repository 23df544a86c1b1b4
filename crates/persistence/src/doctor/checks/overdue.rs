//! Finds rows that maintenance should have deleted or made anonymous long ago.

use chrono::TimeDelta;
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::registration::CONFIRMATION_TIMEOUT;
use plenaria_domain::values::time::Instant;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::doctor::options::ExamineOptions;
use crate::doctor::query::{find_rows, query_all};
use crate::idempotency::TTL;

/// Tolerance for deletions that are promised to people.
const PROMISE_TOLERANCE: TimeDelta = TimeDelta::hours(1);
/// Tolerance for deletions that only free space.
const SPACE_TOLERANCE: TimeDelta = TimeDelta::days(1);

#[derive(FromQueryResult)]
struct EndedEvent {
    id: Uuid,
    ends_at: Instant,
    retention_days: Option<i64>,
}

/// Examines all tables from which maintenance deletes.
pub(crate) async fn examine(
    transaction: &DatabaseTransaction,
    options: &ExamineOptions,
    now: Instant,
) -> Result<Vec<Finding>, StoreError> {
    let oldest_allowed = now - options.change_retention - SPACE_TOLERANCE;
    let mut findings = Vec::new();
    for (kind, select, before, what) in [
        (
            Kind::ExpiredIdempotencyRecords,
            "SELECT id FROM idempotency_records WHERE created_at < $1",
            now - TTL - PROMISE_TOLERANCE,
            "idempotency records are stored for more than a day",
        ),
        (
            Kind::Unconfirmed,
            "SELECT id FROM registrations WHERE status = 'pending' AND created_at < $1",
            now - CONFIRMATION_TIMEOUT - PROMISE_TOLERANCE,
            "registrations have not been confirmed for more than 48 hours",
        ),
        (
            Kind::OldRows,
            "SELECT id FROM changes WHERE position = (SELECT MIN(position) FROM changes) AND occurred_at < $1",
            oldest_allowed,
            "the oldest change in the feed is older than its retention time",
        ),
        (
            Kind::OldRows,
            "SELECT id FROM messages WHERE state <> 'pending' AND created_at < $1",
            oldest_allowed,
            "messages that were sent or given up are older than their retention time",
        ),
        (
            Kind::OldRows,
            "SELECT id FROM webhook_deliveries WHERE state IN ('delivered', 'failed') AND created_at < $1",
            oldest_allowed,
            "settled webhook deliveries are older than their retention time",
        ),
    ] {
        findings.extend(find_rows(transaction, kind, select, [before.into()], what).await?);
    }
    findings.extend(personal_data(transaction, options.personal_data_retention, now).await?);
    Ok(findings)
}

/// Finds ended events whose registrations should have been made anonymous.
async fn personal_data(
    transaction: &DatabaseTransaction,
    default: Option<TimeDelta>,
    now: Instant,
) -> Result<Option<Finding>, StoreError> {
    const SQL: &str =
        "SELECT id, ends_at, retention_days FROM events WHERE anonymised_at IS NULL AND ends_at < $1 ORDER BY id";
    let ended: Vec<EndedEvent> = query_all(transaction, SQL, [(now - PROMISE_TOLERANCE).into()]).await?;
    let is_overdue = |event: &EndedEvent| {
        let retention = event.retention_days.map(TimeDelta::days).or(default);
        retention.is_some_and(|retention| event.ends_at + retention + PROMISE_TOLERANCE < now)
    };
    let ids: Vec<Uuid> = ended.iter().filter(|event| is_overdue(event)).map(|event| event.id).collect();
    let what = "the registrations of events should have been made anonymous";
    Ok((!ids.is_empty()).then(|| {
        let rows = ids.len() as u64;
        Finding::about_rows(Kind::Retention, ids, rows, what)
    }))
}
