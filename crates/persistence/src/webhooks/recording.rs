//! What came of messages that were sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use plenaria_domain::ids::{DeliveryId, EndpointId};
use plenaria_domain::time::Instant;
use plenaria_domain::webhook::{Disabled, DisabledReason};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::endpoints::disable;
use super::outgoing::Outgoing;
use super::{DELIVERED, FAILED, PENDING, WAITING, arrange};
use crate::entity::{webhook_attempt, webhook_delivery, webhook_endpoint};
use crate::{StoreError, rows};

/// What came of one attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The message.
    pub id: DeliveryId,
    /// Where it went.
    pub endpoint: EndpointId,
    /// Shows that it was ours to send.
    pub claim: Uuid,
    /// When it was sent.
    pub at: Instant,
    /// How many milliseconds it took.
    pub duration_ms: u64,
    /// Where it was sent.
    pub url: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// The beginning of the answer, without control characters.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// What follows from it.
    pub verdict: Verdict,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Delivered,
    /// It is tried again then.
    Retry(Instant),
    /// It has been tried for as long as anything is.
    Exhausted,
    /// The endpoint wants nothing any more.
    Gone,
}

impl Outgoing {
    /// Writes down what came of these, and which endpoints were disabled for it.
    pub async fn record(
        &self,
        outcomes: Vec<Outcome>,
        now: Instant,
    ) -> Result<Vec<(EndpointId, DisabledReason)>, StoreError> {
        let mut by_endpoint: BTreeMap<Uuid, Vec<Outcome>> = BTreeMap::new();
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
                    // In one order, so that nobody waits for somebody who waits for them.
                    let endpoints = webhook_endpoint::Entity::find()
                        .filter(webhook_endpoint::Column::Id.is_in(rows::padded(ids)))
                        .order_by_asc(webhook_endpoint::Column::Id)
                        .lock_exclusive()
                        .all(transaction)
                        .await?;
                    let mut disabled = Vec::new();
                    // What went to an endpoint that is no more has gone with it.
                    for endpoint in endpoints {
                        let Some(outcomes) = by_endpoint.get(&endpoint.id) else { continue };
                        let id = EndpointId(endpoint.id);
                        let reason = record(transaction, endpoint, outcomes, now).await?;
                        disabled.extend(reason.map(|reason| (id, reason)));
                    }
                    Ok(disabled)
                })
            })
            .await?;
        if let Some(figures) = self.store.figures() {
            figures.delivery.webhooks(by_endpoint.values().flatten());
        }
        Ok(disabled)
    }
}

async fn record(
    transaction: &DatabaseTransaction,
    endpoint: webhook_endpoint::Model,
    outcomes: &[Outcome],
    now: Instant,
) -> Result<Option<DisabledReason>, StoreError> {
    use webhook_delivery::{Column, Entity};
    let ids: Vec<Uuid> = outcomes.iter().map(|outcome| outcome.id.0).collect();
    let found = Entity::find().filter(Column::Id.is_in(rows::padded(ids))).all(transaction).await?;
    let mut messages: BTreeMap<Uuid, webhook_delivery::Model> = found.into_iter().map(|row| (row.id, row)).collect();
    let taken: Vec<&Outcome> = outcomes.iter().filter(|o| o.verdict == Verdict::Delivered).collect();
    let last_success_at = Ord::max(Iterator::max(taken.iter().map(|o| o.at)), endpoint.last_success_at);
    deliver(transaction, &taken, now).await?;
    let mut settled: Vec<Uuid> = taken.iter().filter_map(|o| messages.get(&o.id.0)).map(|row| row.subject).collect();
    let mut reason = None;
    for outcome in outcomes.iter().filter(|o| o.verdict != Verdict::Delivered) {
        let Some(row) = messages.remove(&outcome.id.0) else { continue };
        if row.claim != Some(outcome.claim) || !matches!(row.state.as_str(), WAITING | PENDING) {
            // Somebody else has taken it over meanwhile: it is an attempt, and nothing follows from it.
            let attempts = row.attempts + 1;
            let mut counted = row.into_active_model();
            counted.attempts = Set(attempts);
            counted.update(transaction).await?;
            continue;
        }
        let tried_since = row.tried_since.unwrap_or(outcome.at);
        let (next, state, why) = match outcome.verdict {
            Verdict::Retry(at) => (at, None, None),
            Verdict::Gone => (now, None, Some(DisabledReason::Gone)),
            // While others are taken, it is this one that is the matter.
            _ if last_success_at > Some(tried_since) => (now, Some(FAILED), None),
            _ => (now, None, Some(DisabledReason::Failing)),
        };
        reason = reason.or(why);
        if state.is_some() {
            settled.push(row.subject);
        }
        fail(transaction, row, outcome, tried_since, next, state).await?;
    }
    if !settled.is_empty() {
        arrange(transaction, endpoint.id, settled).await?;
    }
    log(transaction, outcomes, &endpoint).await?;
    let reason = reason.filter(|_| endpoint.disabled_at.is_none());
    let revision = endpoint.revision;
    let mut changed = endpoint.into_active_model();
    changed.last_success_at = Set(last_success_at);
    if let Some(reason) = reason {
        disable(&mut changed, Disabled { at: now, reason });
        changed.updated_at = Set(now);
        changed.revision = Set(revision + 1);
    }
    changed.update(transaction).await?;
    Ok(reason)
}

/// Those that were taken; also such as somebody else has meanwhile taken over.
async fn deliver(transaction: &DatabaseTransaction, taken: &[&Outcome], now: Instant) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    let mut by_status: BTreeMap<Option<u16>, Vec<Uuid>> = BTreeMap::new();
    for outcome in taken {
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
            .filter(Column::Id.is_in(rows::padded(ids)))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

async fn fail(
    transaction: &DatabaseTransaction,
    row: webhook_delivery::Model,
    outcome: &Outcome,
    tried_since: Instant,
    next: Instant,
    state: Option<&'static str>,
) -> Result<(), StoreError> {
    let (attempts, tries) = (row.attempts + 1, row.tries + 1);
    let mut changed = row.into_active_model();
    changed.claim = Set(None);
    changed.attempts = Set(attempts);
    changed.tries = Set(tries);
    changed.tried_since = Set(Some(tried_since));
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

/// The log keeps every attempt, whatever it changed.
async fn log(
    transaction: &DatabaseTransaction,
    outcomes: &[Outcome],
    endpoint: &webhook_endpoint::Model,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = outcomes.iter().map(|outcome| outcome.id.0).collect();
    let there: Vec<Uuid> = webhook_delivery::Entity::find()
        .select_only()
        .column(webhook_delivery::Column::Id)
        .filter(webhook_delivery::Column::EndpointId.eq(endpoint.id))
        .filter(webhook_delivery::Column::Id.is_in(rows::padded(ids)))
        .into_tuple()
        .all(transaction)
        .await?;
    let rows = outcomes.iter().filter(|outcome| there.contains(&outcome.id.0)).map(|outcome| webhook_attempt::Model {
        id: DeliveryId::new(outcome.at).0,
        delivery_id: outcome.id.0,
        at: outcome.at,
        duration_ms: i64::try_from(outcome.duration_ms).unwrap_or(i64::MAX),
        url: outcome.url.clone(),
        status: outcome.status.map(i64::from),
        answer: outcome.answer.clone().filter(|text| !text.is_empty()),
        error: outcome.error.clone(),
    });
    rows::insert(transaction, rows.collect()).await
}
