//! What should have been swept long ago.

use chrono::TimeDelta;
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::registration::CONFIRM_WITHIN;
use plenaria_domain::time::Instant;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::Checkup;
use super::find::{all, find};
use crate::StoreError;
use crate::idempotency::KEPT;

/// How much later than it should a sweep may come that is a promise to people.
const LATE: TimeDelta = TimeDelta::hours(1);
/// And one that only makes room.
const VERY_LATE: TimeDelta = TimeDelta::days(1);

#[derive(FromQueryResult)]
struct Over {
    id: Uuid,
    ends_at: Instant,
    retention_days: Option<i64>,
}

/// Looks for what every sweep would have taken.
pub(super) async fn examine(
    transaction: &DatabaseTransaction,
    checkup: &Checkup,
    now: Instant,
) -> Result<Vec<Finding>, StoreError> {
    let kept_until = now - checkup.changes_kept - VERY_LATE;
    let mut findings = Vec::new();
    for (kind, select, before, what) in [
        (
            Kind::OldAnswers,
            "SELECT id FROM idempotency_records WHERE created_at < $1",
            now - KEPT - LATE,
            "answers to idempotency keys are kept for more than a day",
        ),
        (
            Kind::Unconfirmed,
            "SELECT id FROM registrations WHERE status = 'pending' AND created_at < $1",
            now - CONFIRM_WITHIN - LATE,
            "registrations have not been confirmed for more than 48 hours",
        ),
        (
            Kind::OldRows,
            "SELECT id FROM changes WHERE position = (SELECT MIN(position) FROM changes) AND occurred_at < $1",
            kept_until,
            "the oldest change in the feed is older than wanted",
        ),
        (
            Kind::OldRows,
            "SELECT id FROM messages WHERE state <> 'pending' AND created_at < $1",
            kept_until,
            "messages that are done with are older than wanted",
        ),
        (
            Kind::OldRows,
            "SELECT id FROM webhook_deliveries WHERE state IN ('delivered', 'failed') AND created_at < $1",
            kept_until,
            "deliveries of webhooks that are settled are older than wanted",
        ),
    ] {
        findings.extend(find(transaction, kind, select, [before.into()], what).await?);
    }
    findings.extend(retention(transaction, checkup.retention, now).await?);
    Ok(findings)
}

async fn retention(
    transaction: &DatabaseTransaction,
    default: Option<TimeDelta>,
    now: Instant,
) -> Result<Option<Finding>, StoreError> {
    const SQL: &str =
        "SELECT id, ends_at, retention_days FROM events WHERE anonymised_at IS NULL AND ends_at < $1 ORDER BY id";
    let over: Vec<Over> = all(transaction, SQL, [(now - LATE).into()]).await?;
    let due = |event: &Over| {
        let kept = event.retention_days.map(TimeDelta::days).or(default);
        kept.is_some_and(|kept| event.ends_at + kept + LATE < now)
    };
    let ids: Vec<Uuid> = over.iter().filter(|event| due(event)).map(|event| event.id).collect();
    let what = "the registrations of events should have been made anonymous";
    Ok((!ids.is_empty()).then(|| {
        let rows = ids.len() as u64;
        Finding::among(Kind::Retention, ids, rows, what)
    }))
}
