//! Lists the deliveries to an endpoint and their attempts, and queues a delivery on request: one that was sent before,
//! or a test message.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::values::ids::{ChangeId, DeliveryId, EndpointId, RegistrationId};
use plenaria_domain::values::time::Instant;
use plenaria_domain::webhook::DeliveryStatus;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait, Select,
};
use serde_json::json;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::webhook_delivery::{Column, Entity, Model};
use crate::entity::{webhook_attempt, webhook_endpoint};
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};
use crate::webhooks::delivery_state::{DELIVERED, FAILED, PENDING, WAITING, reorder, unsettled};
use crate::webhooks::endpoints::lock_endpoint;

/// The largest number of attempts that are returned with a delivery.
const MAX_ATTEMPTS: u64 = 100;

/// One change, or one test message, for one endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The change's id, which is sent as the header `webhook-id`.
    pub change: ChangeId,
    /// The change's type.
    pub kind: String,
    /// The registration that changed, if it was one.
    pub registration: Option<RegistrationId>,
    /// The change's `sequence`.
    pub sequence: i64,
    /// The request's body.
    pub payload: String,
    /// Whether it is pending, delivered or failed.
    pub status: DeliveryStatus,
    /// The number of attempts.
    pub attempts: u32,
    /// When the next attempt is due; `None` once the delivery is settled.
    pub next_attempt_at: Option<Instant>,
    /// When the last attempt was made.
    pub last_attempt_at: Option<Instant>,
    /// The status of the last response.
    pub last_status: Option<u16>,
    /// Why the last attempt got no response.
    pub last_error: Option<String>,
    /// When the endpoint accepted it.
    pub delivered_at: Option<Instant>,
    /// When it was queued.
    pub created_at: Instant,
}

/// One attempt to send a delivery.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When it was made.
    pub at: Instant,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The URL that it was sent to.
    pub url: String,
    /// The response's status.
    pub status: Option<u16>,
    /// The beginning of the response's body.
    pub response_body: Option<String>,
    /// Why there was no response.
    pub error: Option<String>,
}

/// Which deliveries of an endpoint to list.
#[derive(Clone, Debug)]
pub struct DeliveryFilter {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Only deliveries with this status.
    pub status: Option<DeliveryStatus>,
    /// Only deliveries older than this one.
    pub before: Option<DeliveryId>,
}

/// A request to queue a delivery.
#[derive(Clone)]
pub struct EnqueueDelivery {
    /// The organisation, which must own the endpoint.
    pub access: Access,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// What to send.
    pub content: DeliveryContent,
    /// The present.
    pub now: Instant,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// The request's idempotency key, if it has one.
    pub once: Option<IdempotencyGuard<EnqueueOutcome>>,
}

/// What a requested delivery sends.
#[derive(Clone)]
pub enum DeliveryContent {
    /// An existing delivery, again.
    Redelivery(DeliveryId),
    /// A test message.
    Test {
        /// The delivery's id.
        id: DeliveryId,
        /// The id that is sent in place of a change's id.
        change: ChangeId,
        /// The message's type.
        kind: &'static str,
        /// The request's body.
        payload: String,
    },
}

/// The result of queueing a delivery on request.
#[derive(Debug)]
pub enum EnqueueOutcome {
    /// The delivery is queued.
    Queued(Delivery),
    /// There is no such endpoint, or no such delivery.
    NotFound,
    /// The endpoint is disabled.
    Disabled,
    /// A request with this idempotency key was made before; this was its response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

impl Store {
    /// Returns at most `limit` of an endpoint's deliveries, newest first.
    pub async fn deliveries(
        &self,
        access: &Access,
        filter: &DeliveryFilter,
        limit: u64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut query = deliveries_of(access, filter.endpoint);
        query = match filter.status {
            None => query,
            Some(DeliveryStatus::Pending) => query.filter(unsettled()),
            Some(DeliveryStatus::Delivered) => query.filter(Column::State.eq(DELIVERED)),
            Some(DeliveryStatus::Failed) => query.filter(Column::State.eq(FAILED)),
        };
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before.0));
        }
        let rows = query.order_by_desc(Column::Id).limit(limit).all(self.reads()).await?;
        rows.into_iter().map(delivery).collect()
    }

    /// Returns one of an endpoint's deliveries, with its last 100 attempts, oldest first.
    pub async fn delivery(
        &self,
        access: &Access,
        endpoint: EndpointId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let row = deliveries_of(access, endpoint).filter(Column::Id.eq(id.0)).one(self.reads()).await?;
        let Some(row) = row else { return Ok(None) };
        let attempts = webhook_attempt::Entity::find()
            .filter(webhook_attempt::Column::DeliveryId.eq(id.0))
            .order_by_desc(webhook_attempt::Column::Id)
            .limit(MAX_ATTEMPTS)
            .all(self.reads())
            .await?;
        let attempts = attempts.into_iter().rev().map(attempt).collect::<Result<_, _>>()?;
        Ok(Some((delivery(row)?, attempts)))
    }

    /// Queues a delivery on request. It is due at once, and its retries start from the beginning of the schedule.
    pub async fn enqueue_delivery(&self, request: EnqueueDelivery) -> Result<EnqueueOutcome, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { enqueue(transaction, &request).await })
        })
        .await
    }
}

/// Selects an endpoint's deliveries, if the organisation owns the endpoint.
fn deliveries_of(access: &Access, endpoint: EndpointId) -> Select<Entity> {
    let owned = webhook_endpoint::Entity::find()
        .select_only()
        .column(webhook_endpoint::Column::Id)
        .filter(webhook_endpoint::Column::Id.eq(endpoint.0))
        .filter(access.endpoints());
    Entity::find()
        .filter(Column::EndpointId.eq(endpoint.0))
        .filter(Column::EndpointId.in_subquery(QueryTrait::into_query(owned)))
}

async fn enqueue(transaction: &DatabaseTransaction, request: &EnqueueDelivery) -> Result<EnqueueOutcome, StoreError> {
    let Some(endpoint) = lock_endpoint(transaction, &request.access, request.endpoint).await? else {
        return Ok(EnqueueOutcome::NotFound);
    };
    if let Some(once) = &request.once {
        match idempotency::look_up(transaction, once.key, request.now).await? {
            Some(IdempotencyLookup::Found(recorded)) => return Ok(EnqueueOutcome::Replayed(recorded)),
            Some(IdempotencyLookup::KeyReused) => return Ok(EnqueueOutcome::IdempotencyKeyReused),
            None => {}
        }
    }
    let outcome = match &request.content {
        DeliveryContent::Redelivery(id) => {
            let row = Entity::find_by_id(id.0).filter(Column::EndpointId.eq(endpoint.id)).one(transaction).await?;
            match row {
                None => return Ok(EnqueueOutcome::NotFound),
                Some(_) if endpoint.disabled_at.is_some() => EnqueueOutcome::Disabled,
                Some(row) => EnqueueOutcome::Queued(delivery(requeue(transaction, row, request.now).await?)?),
            }
        }
        DeliveryContent::Test { .. } if endpoint.disabled_at.is_some() => EnqueueOutcome::Disabled,
        DeliveryContent::Test { id, change, kind, payload } => {
            let row = Model {
                change_id: change.0,
                kind: (*kind).to_owned(),
                subject: id.0,
                payload: payload.clone(),
                ..new_row(*id, endpoint.id, request.now)
            };
            EnqueueOutcome::Queued(delivery(row.into_active_model().insert(transaction).await?)?)
        }
    };
    if let EnqueueOutcome::Queued(delivery) = &outcome {
        record(transaction, &request.audit, vec![audit_record(request, delivery.id)], request.now).await?;
    }
    idempotency::record(transaction, request.once.as_ref(), &outcome, request.now).await?;
    Ok(outcome)
}

fn audit_record(request: &EnqueueDelivery, delivery: DeliveryId) -> AuditRecord {
    let details = json!({ "delivery": delivery.0 });
    let action = match request.content {
        DeliveryContent::Redelivery(_) => Action::WebhookDeliveryRedelivered,
        DeliveryContent::Test { .. } => Action::WebhookEndpointTested,
    };
    AuditRecord::of_endpoint(action, request.endpoint, details)
}

/// The row of a delivery that is due now and has not been sent.
pub(crate) fn new_row(id: DeliveryId, endpoint: Uuid, now: Instant) -> Model {
    Model {
        id: id.0,
        endpoint_id: endpoint,
        change_id: id.0,
        kind: String::new(),
        registration_id: None,
        subject: id.0,
        position: 0,
        sequence: 0,
        payload: String::new(),
        state: PENDING.to_owned(),
        attempts: 0,
        failed_attempts: 0,
        first_failed_at: None,
        next_attempt_at: now,
        claim: None,
        last_attempt_at: None,
        last_status: None,
        last_error: None,
        delivered_at: None,
        created_at: now,
    }
}

/// Makes a delivery due again. If a worker is sending it at this moment, that attempt counts, and the delivery stays
/// claimed.
async fn requeue(transaction: &DatabaseTransaction, row: Model, now: Instant) -> Result<Model, StoreError> {
    let (id, endpoint, subject) = (row.id, row.endpoint_id, row.subject);
    let being_sent = row.claim.is_some() && row.next_attempt_at > now;
    let mut changed = row.into_active_model();
    changed.state = Set(PENDING.to_owned());
    changed.failed_attempts = Set(0);
    changed.first_failed_at = Set(None);
    changed.delivered_at = Set(None);
    if !being_sent {
        changed.claim = Set(None);
        changed.next_attempt_at = Set(now);
    }
    changed.update(transaction).await?;
    reorder(transaction, endpoint, vec![subject]).await?;
    let row = Entity::find_by_id(id).one(transaction).await?;
    row.ok_or_else(|| StoreError::corrupt("webhook_deliveries", "a row that was just updated is missing"))
}

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt("webhook_deliveries", what)
}

fn delivery(row: Model) -> Result<Delivery, StoreError> {
    let status = match row.state.as_str() {
        WAITING | PENDING => DeliveryStatus::Pending,
        DELIVERED => DeliveryStatus::Delivered,
        FAILED => DeliveryStatus::Failed,
        _ => return Err(corrupt("an unknown state")),
    };
    Ok(Delivery {
        id: DeliveryId(row.id),
        change: ChangeId(row.change_id),
        kind: row.kind,
        registration: row.registration_id.map(RegistrationId),
        sequence: row.sequence,
        payload: row.payload,
        status,
        attempts: u32::try_from(row.attempts).map_err(corrupt)?,
        next_attempt_at: (status == DeliveryStatus::Pending).then_some(row.next_attempt_at),
        last_attempt_at: row.last_attempt_at,
        last_status: row.last_status.map(u16::try_from).transpose().map_err(corrupt)?,
        last_error: row.last_error,
        delivered_at: row.delivered_at,
        created_at: row.created_at,
    })
}

fn attempt(row: webhook_attempt::Model) -> Result<Attempt, StoreError> {
    let corrupt = |error: std::num::TryFromIntError| StoreError::corrupt("webhook_attempts", error);
    Ok(Attempt {
        at: row.at,
        duration_ms: u64::try_from(row.duration_ms).map_err(corrupt)?,
        url: row.url,
        status: row.status.map(u16::try_from).transpose().map_err(corrupt)?,
        response_body: row.response_body,
        error: row.error,
    })
}
