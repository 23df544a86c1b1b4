//! Messages and deliveries of webhooks that nobody sends.

use chrono::TimeDelta;
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::time::Instant;
use sea_orm::DatabaseTransaction;

use super::find::find;
use crate::StoreError;
use crate::webhooks::IN_ORDER;

/// How long something may be due: in a rush, or while a slow receiver is served, it is for a while.
const LATE: TimeDelta = TimeDelta::hours(1);

/// Deliveries to endpoints that take some.
const DUE: &str = "SELECT d.id FROM webhook_deliveries AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id \
    WHERE e.status = 'active' AND d.state = 'pending' AND d.next_attempt_at < $1";

/// Deliveries that wait for an earlier one, and there is none.
pub(super) fn stuck() -> String {
    format!("webhook_deliveries WHERE state = 'waiting' AND ({IN_ORDER}) = 'pending'")
}

/// Looks at both queues.
pub(super) async fn examine(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let before = now - LATE;
    let mut findings = Vec::new();
    for (kind, select, what) in [
        (
            Kind::Leases,
            "SELECT id FROM messages WHERE state = 'pending' AND claimed_until < $1",
            "messages were taken to be sent more than an hour ago, and are not done with",
        ),
        (
            Kind::Overdue,
            "SELECT id FROM messages WHERE state = 'pending' AND claimed_until IS NULL AND next_attempt_at < $1",
            "messages have been due for more than an hour",
        ),
        (
            Kind::Leases,
            &format!("{DUE} AND d.claim IS NOT NULL"),
            "deliveries of webhooks were taken more than an hour ago, and are not done with",
        ),
        (
            Kind::Overdue,
            &format!("{DUE} AND d.claim IS NULL"),
            "deliveries of webhooks have been due for more than an hour",
        ),
    ] {
        findings.extend(find(transaction, kind, select, [before.into()], what).await?);
    }
    let select = format!("SELECT id FROM {}", stuck());
    let what = "deliveries of webhooks wait for an earlier one, and there is none";
    findings.extend(find(transaction, Kind::DeliveryOrder, &select, [], what).await?);
    Ok(findings)
}
