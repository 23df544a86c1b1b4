//! Finds messages and webhook deliveries that are due but not being sent.

use chrono::TimeDelta;
use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::values::time::Instant;
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::doctor::query::find_rows;
use crate::webhooks::delivery_state::DELIVERY_STATE_SQL;

/// How long a message or delivery may be due. Under load, or with a slow receiver, some are due for a while.
const MAX_OVERDUE: TimeDelta = TimeDelta::hours(1);

/// SQL for due deliveries to active endpoints.
const DUE: &str = "SELECT d.id FROM webhook_deliveries AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id \
    WHERE e.status = 'active' AND d.state = 'pending' AND d.next_attempt_at < $1";

/// SQL for deliveries that wait for an earlier one although there is none.
pub(crate) fn stuck_deliveries_sql() -> String {
    format!("webhook_deliveries WHERE state = 'waiting' AND ({DELIVERY_STATE_SQL}) = 'pending'")
}

/// Examines both queues.
pub(crate) async fn examine(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let before = now - MAX_OVERDUE;
    let mut findings = Vec::new();
    for (kind, select, what) in [
        (
            Kind::Leases,
            "SELECT id FROM messages WHERE state = 'pending' AND claimed_until < $1",
            "messages were claimed more than an hour ago and have no result",
        ),
        (
            Kind::Overdue,
            "SELECT id FROM messages WHERE state = 'pending' AND claimed_until IS NULL AND next_attempt_at < $1",
            "messages have been due for more than an hour",
        ),
        (
            Kind::Leases,
            &format!("{DUE} AND d.claim IS NOT NULL"),
            "webhook deliveries were claimed more than an hour ago and have no result",
        ),
        (
            Kind::Overdue,
            &format!("{DUE} AND d.claim IS NULL"),
            "webhook deliveries have been due for more than an hour",
        ),
    ] {
        findings.extend(find_rows(transaction, kind, select, [before.into()], what).await?);
    }
    let select = format!("SELECT id FROM {}", stuck_deliveries_sql());
    let what = "webhook deliveries wait for an earlier one although there is none";
    findings.extend(find_rows(transaction, Kind::DeliveryOrder, &select, [], what).await?);
    Ok(findings)
}
