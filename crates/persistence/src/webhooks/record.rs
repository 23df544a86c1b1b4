//! Records the results of webhook attempts.
//!
//! A result settles the delivery, schedules a retry, or disables the endpoint. If a delivery was retried for as long as
//! the schedule lasts, the endpoint is disabled, unless it accepted another delivery in the meantime: then only this
//! delivery fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use plenaria_domain::values::ids::{DeliveryId, EndpointId};
use plenaria_domain::values::time::Instant;
use plenaria_domain::webhook::{Disabled, DisabledReason};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::entity::{webhook_attempt, webhook_delivery, webhook_endpoint};
use crate::webhooks::claim::DeliveryQueue;
use crate::webhooks::delivery_state::{DELIVERED, FAILED, PENDING, WAITING, reorder};
use crate::webhooks::endpoints::disable;

/// The result of one attempt.
#[derive(Clone, Debug)]
pub struct DeliveryOutcome {
    /// The delivery.
    pub id: DeliveryId,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The claim under which it was sent.
    pub claim: Uuid,
    /// When it was sent.
    pub at: Instant,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The URL that it was sent to.
    pub url: String,
    /// The response's status.
    pub status: Option<u16>,
    /// The beginning of the response's body, without control characters.
    pub response_body: Option<String>,
    /// Why there was no response.
    pub error: Option<String>,
    /// How to proceed.
    pub verdict: DeliveryVerdict,
}

/// How to proceed after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryVerdict {
    /// The endpoint accepted the delivery.
    Delivered,
    /// The delivery is sent again at this time.
    Retry(Instant),
    /// The retry schedule has ended.
    Exhausted,
    /// The endpoint responded that it wants no more deliveries (410).
    Gone,
}

impl DeliveryQueue {
    /// Records the results of attempts, and returns the endpoints that were disabled because of them.
    pub async fn record(
        &self,
        outcomes: Vec<DeliveryOutcome>,
        now: Instant,
    ) -> Result<Vec<(EndpointId, DisabledReason)>, StoreError> {
        let mut by_endpoint: BTreeMap<Uuid, Vec<DeliveryOutcome>> = BTreeMap::new();
        for outcome in outcomes {
            by_endpoint.entry(outcome.endpoint.0).or_default().push(outcome);
        }
        let by_endpoint = Arc::new(by_endpoint);
        let disabled = self
            .store
            .write(|transaction| {
                let by_endpoint = Arc::clone(&by_endpoint);
                Box::pin(async move {
                    let ids: Vec<Uuid> = by_endpoint.keys().copied().collect();
                    // Always locked in the order of their ids, so that transactions do not deadlock.
                    let endpoints = webhook_endpoint::Entity::find()
                        .filter(webhook_endpoint::Column::Id.is_in(pad_to_statement_size(ids)))
                        .order_by_asc(webhook_endpoint::Column::Id)
                        .lock_exclusive()
                        .all(transaction)
                        .await?;
                    let mut disabled = Vec::new();
                    // Deliveries to an endpoint that was removed in the meantime were deleted with it.
                    for endpoint in endpoints {
                        let Some(outcomes) = by_endpoint.get(&endpoint.id) else { continue };
                        let id = EndpointId(endpoint.id);
                        let reason = record_for_endpoint(transaction, endpoint, outcomes, now).await?;
                        disabled.extend(reason.map(|reason| (id, reason)));
                    }
                    Ok(disabled)
                })
            })
            .await?;
        if let Some(metrics) = self.store.metrics() {
            metrics.delivery.count_webhooks(by_endpoint.values().flatten());
        }
        Ok(disabled)
    }
}

async fn record_for_endpoint(
    transaction: &DatabaseTransaction,
    endpoint: webhook_endpoint::Model,
    outcomes: &[DeliveryOutcome],
    now: Instant,
) -> Result<Option<DisabledReason>, StoreError> {
    use webhook_delivery::{Column, Entity};
    let ids: Vec<Uuid> = outcomes.iter().map(|outcome| outcome.id.0).collect();
    let found = Entity::find().filter(Column::Id.is_in(pad_to_statement_size(ids))).all(transaction).await?;
    let mut deliveries: BTreeMap<Uuid, webhook_delivery::Model> = found.into_iter().map(|row| (row.id, row)).collect();
    let is_delivered = |outcome: &&DeliveryOutcome| outcome.verdict == DeliveryVerdict::Delivered;
    let delivered: Vec<&DeliveryOutcome> = outcomes.iter().filter(is_delivered).collect();
    let last_success_at = Ord::max(Iterator::max(delivered.iter().map(|o| o.at)), endpoint.last_success_at);
    mark_delivered(transaction, &delivered, now).await?;
    let mut settled_subjects: Vec<Uuid> =
        delivered.iter().filter_map(|o| deliveries.get(&o.id.0)).map(|row| row.subject).collect();
    let mut disabled_reason = None;
    for outcome in outcomes.iter().filter(|outcome| !is_delivered(outcome)) {
        let Some(row) = deliveries.remove(&outcome.id.0) else { continue };
        if row.claim != Some(outcome.claim) || !matches!(row.state.as_str(), WAITING | PENDING) {
            // Another worker has claimed it in the meantime. The attempt is counted but has no other effect.
            let attempts = row.attempts + 1;
            let mut counted = row.into_active_model();
            counted.attempts = Set(attempts);
            counted.update(transaction).await?;
            continue;
        }
        let first_failed_at = row.first_failed_at.unwrap_or(outcome.at);
        let (next, state, reason) = match outcome.verdict {
            DeliveryVerdict::Retry(at) => (at, None, None),
            DeliveryVerdict::Gone => (now, None, Some(DisabledReason::Gone)),
            // The endpoint accepts other deliveries, so the cause is this one.
            _ if last_success_at > Some(first_failed_at) => (now, Some(FAILED), None),
            _ => (now, None, Some(DisabledReason::Failing)),
        };
        disabled_reason = disabled_reason.or(reason);
        if state.is_some() {
            settled_subjects.push(row.subject);
        }
        record_failure(transaction, row, outcome, first_failed_at, next, state).await?;
    }
    if !settled_subjects.is_empty() {
        reorder(transaction, endpoint.id, settled_subjects).await?;
    }
    log_attempts(transaction, outcomes, &endpoint).await?;
    let disabled_reason = disabled_reason.filter(|_| endpoint.disabled_at.is_none());
    let revision = endpoint.revision;
    let mut changed = endpoint.into_active_model();
    changed.last_success_at = Set(last_success_at);
    if let Some(reason) = disabled_reason {
        disable(&mut changed, Disabled { at: now, reason });
        changed.updated_at = Set(now);
        changed.revision = Set(revision + 1);
    }
    changed.update(transaction).await?;
    Ok(disabled_reason)
}

/// Marks deliveries as delivered, even if another worker has claimed them in the meantime.
async fn mark_delivered(
    transaction: &DatabaseTransaction,
    delivered: &[&DeliveryOutcome],
    now: Instant,
) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    let mut by_status: BTreeMap<Option<u16>, Vec<Uuid>> = BTreeMap::new();
    for outcome in delivered {
        by_status.entry(outcome.status).or_default().push(outcome.id.0);
    }
    for (status, ids) in by_status {
        Entity::update_many()
            .col_expr(Column::State, Expr::value(DELIVERED))
            .col_expr(Column::Claim, Expr::value(None::<Uuid>))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1i64))
            .col_expr(Column::LastAttemptAt, Expr::value(now))
            .col_expr(Column::LastStatus, Expr::value(status.map(i64::from)))
            .col_expr(Column::LastError, Expr::value(None::<String>))
            .col_expr(Column::DeliveredAt, Expr::value(now))
            .filter(Column::Id.is_in(pad_to_statement_size(ids)))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

async fn record_failure(
    transaction: &DatabaseTransaction,
    row: webhook_delivery::Model,
    outcome: &DeliveryOutcome,
    first_failed_at: Instant,
    next: Instant,
    state: Option<&'static str>,
) -> Result<(), StoreError> {
    let (attempts, failed_attempts) = (row.attempts + 1, row.failed_attempts + 1);
    let mut changed = row.into_active_model();
    changed.claim = Set(None);
    changed.attempts = Set(attempts);
    changed.failed_attempts = Set(failed_attempts);
    changed.first_failed_at = Set(Some(first_failed_at));
    changed.next_attempt_at = Set(next);
    changed.last_attempt_at = Set(Some(outcome.at));
    changed.last_status = Set(outcome.status.map(i64::from));
    changed.last_error = Set(outcome.error.clone());
    if let Some(state) = state {
        changed.state = Set(state.to_owned());
    }
    changed.update(transaction).await?;
    Ok(())
}

/// Logs every attempt whose delivery still exists, including those without effect.
async fn log_attempts(
    transaction: &DatabaseTransaction,
    outcomes: &[DeliveryOutcome],
    endpoint: &webhook_endpoint::Model,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = outcomes.iter().map(|outcome| outcome.id.0).collect();
    let existing: Vec<Uuid> = webhook_delivery::Entity::find()
        .select_only()
        .column(webhook_delivery::Column::Id)
        .filter(webhook_delivery::Column::EndpointId.eq(endpoint.id))
        .filter(webhook_delivery::Column::Id.is_in(pad_to_statement_size(ids)))
        .into_tuple()
        .all(transaction)
        .await?;
    let rows =
        outcomes.iter().filter(|outcome| existing.contains(&outcome.id.0)).map(|outcome| webhook_attempt::Model {
            id: DeliveryId::new(outcome.at).0,
            delivery_id: outcome.id.0,
            at: outcome.at,
            duration_ms: i64::try_from(outcome.duration_ms).unwrap_or(i64::MAX),
            url: outcome.url.clone(),
            status: outcome.status.map(i64::from),
            response_body: outcome.response_body.clone().filter(|text| !text.is_empty()),
            error: outcome.error.clone(),
        });
    bulk_insert::insert(transaction, rows.collect()).await
}
