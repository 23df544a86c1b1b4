//! What is to be delivered to an endpoint, or was: the log of it, and sending something (again) by hand.

use std::sync::Arc;

use plenaria_domain::ids::{ChangeId, DeliveryId, EndpointId, RegistrationId};
use plenaria_domain::time::Instant;
use plenaria_domain::webhook::DeliveryStatus;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait, Select,
};
use uuid::Uuid;

use super::endpoints::keep;
use super::{DELIVERED, FAILED, PENDING, WAITING, arrange, lock, open};
use crate::access::Access;
use crate::entity::webhook_delivery::{Column, Entity, Model};
use crate::entity::{webhook_attempt, webhook_endpoint};
use crate::idempotency::{self, Known, Once, Recorded};
use crate::{Store, StoreError};

/// One message to one endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The change that it tells of; the header `webhook-id`.
    pub change: ChangeId,
    /// The change's type.
    pub kind: String,
    /// The registration that it is about, if it is about one.
    pub registration: Option<RegistrationId>,
    /// The change's `sequence`.
    pub sequence: i64,
    /// What is sent.
    pub payload: String,
    /// What has become of it.
    pub status: DeliveryStatus,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is to be sent (again); `None` once it is settled.
    pub next_attempt_at: Option<Instant>,
    /// When it was last sent.
    pub last_attempt_at: Option<Instant>,
    /// The last answer's status.
    pub last_status: Option<u16>,
    /// Why there was no answer the last time.
    pub last_error: Option<String>,
    /// When it was taken.
    pub delivered_at: Option<Instant>,
    /// Since when it is there.
    pub created_at: Instant,
}

/// One attempt to deliver a message.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When.
    pub at: Instant,
    /// How many milliseconds it took.
    pub duration_ms: u64,
    /// Where it was sent.
    pub url: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// Which of an endpoint's messages.
#[derive(Clone, Debug)]
pub struct DeliveryFilter {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Only those of which this has become.
    pub status: Option<DeliveryStatus>,
    /// Only those older than this one.
    pub before: Option<DeliveryId>,
}

/// A message to be sent by hand.
#[derive(Clone)]
pub struct Queue {
    /// Among whose the endpoint must be.
    pub access: Access,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// One that is there already, or a new one about nothing but itself.
    pub what: What,
    /// When.
    pub now: Instant,
    /// If the request has a key: it is to have one effect.
    pub once: Option<Once<Queued>>,
}

/// See [`Queue::what`].
#[derive(Clone)]
pub enum What {
    /// This one again.
    Again(DeliveryId),
    /// A message to try the endpoint with.
    Test {
        /// Its id.
        id: DeliveryId,
        /// What stands for a change's id.
        change: ChangeId,
        /// Its type.
        kind: &'static str,
        /// What is sent.
        payload: String,
    },
}

/// What that came to.
#[derive(Debug)]
pub enum Queued {
    /// It will be sent.
    Done(Delivery),
    /// There is no such endpoint, or no such message.
    NotFound,
    /// Nothing is sent to the endpoint.
    Disabled,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

impl Store {
    /// An endpoint's messages, the newest first, at most `limit` of them.
    pub async fn deliveries(
        &self,
        access: &Access,
        filter: &DeliveryFilter,
        limit: u64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut query = within(access, filter.endpoint);
        query = match filter.status {
            None => query,
            Some(DeliveryStatus::Pending) => query.filter(open()),
            Some(DeliveryStatus::Delivered) => query.filter(Column::State.eq(DELIVERED)),
            Some(DeliveryStatus::Failed) => query.filter(Column::State.eq(FAILED)),
        };
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before.0));
        }
        let rows = query.order_by_desc(Column::Id).limit(limit).all(self.reads()).await?;
        rows.into_iter().map(delivery).collect()
    }

    /// One of an endpoint's messages, with every attempt, the first one first.
    pub async fn delivery(
        &self,
        access: &Access,
        endpoint: EndpointId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let row = within(access, endpoint).filter(Column::Id.eq(id.0)).one(self.reads()).await?;
        let Some(row) = row else { return Ok(None) };
        let attempts = webhook_attempt::Entity::find()
            .filter(webhook_attempt::Column::DeliveryId.eq(id.0))
            .order_by_desc(webhook_attempt::Column::Id)
            .limit(100)
            .all(self.reads())
            .await?;
        let attempts = attempts.into_iter().rev().map(attempt).collect::<Result<_, _>>()?;
        Ok(Some((delivery(row)?, attempts)))
    }

    /// Sends something by hand: at once, and with the whole schedule before it.
    pub async fn queue_delivery(&self, request: Queue) -> Result<Queued, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { queue(transaction, &request).await })
        })
        .await
    }
}

/// The messages of an endpoint, if it is among what may be seen.
fn within(access: &Access, endpoint: EndpointId) -> Select<Entity> {
    let seen = webhook_endpoint::Entity::find()
        .select_only()
        .column(webhook_endpoint::Column::Id)
        .filter(webhook_endpoint::Column::Id.eq(endpoint.0))
        .filter(access.endpoints());
    Entity::find()
        .filter(Column::EndpointId.eq(endpoint.0))
        .filter(Column::EndpointId.in_subquery(QueryTrait::into_query(seen)))
}

async fn queue(transaction: &DatabaseTransaction, request: &Queue) -> Result<Queued, StoreError> {
    let Some(endpoint) = lock(transaction, &request.access, request.endpoint).await? else {
        return Ok(Queued::NotFound);
    };
    if let Some(once) = &request.once {
        match idempotency::find_one(transaction, once.key, request.now).await? {
            Some(Known::Answered(recorded)) => return Ok(Queued::Replayed(recorded)),
            Some(Known::OfAnother) => return Ok(Queued::KeyOfAnother),
            None => {}
        }
    }
    let queued = match &request.what {
        What::Again(id) => {
            let row = Entity::find_by_id(id.0).filter(Column::EndpointId.eq(endpoint.id)).one(transaction).await?;
            match row {
                None => return Ok(Queued::NotFound),
                Some(_) if endpoint.disabled_at.is_some() => Queued::Disabled,
                Some(row) => Queued::Done(delivery(again(transaction, row, request.now).await?)?),
            }
        }
        What::Test { .. } if endpoint.disabled_at.is_some() => Queued::Disabled,
        What::Test { id, change, kind, payload } => {
            let row = Model {
                change_id: change.0,
                kind: (*kind).to_owned(),
                subject: id.0,
                payload: payload.clone(),
                ..new(*id, endpoint.id, request.now)
            };
            Queued::Done(delivery(row.into_active_model().insert(transaction).await?)?)
        }
    };
    keep(transaction, request.once.as_ref(), &queued, request.now).await?;
    Ok(queued)
}

/// A message that has not been sent.
pub(super) fn new(id: DeliveryId, endpoint: Uuid, now: Instant) -> Model {
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
        tries: 0,
        tried_since: None,
        next_attempt_at: now,
        claim: None,
        last_attempt_at: None,
        last_status: None,
        last_error: None,
        delivered_at: None,
        created_at: now,
    }
}

/// One that is being sent just now is left to whoever sends it.
async fn again(transaction: &DatabaseTransaction, row: Model, now: Instant) -> Result<Model, StoreError> {
    let (id, endpoint, subject) = (row.id, row.endpoint_id, row.subject);
    let being_sent = row.claim.is_some() && row.next_attempt_at > now;
    let mut changed = row.into_active_model();
    changed.state = Set(PENDING.to_owned());
    changed.tries = Set(0);
    changed.tried_since = Set(None);
    changed.delivered_at = Set(None);
    if !being_sent {
        changed.claim = Set(None);
        changed.next_attempt_at = Set(now);
    }
    changed.update(transaction).await?;
    arrange(transaction, endpoint, vec![subject]).await?;
    let row = Entity::find_by_id(id).one(transaction).await?;
    row.ok_or_else(|| StoreError::corrupt("webhook_deliveries", "a row that was just changed is gone"))
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
        answer: row.answer,
        error: row.error,
    })
}
