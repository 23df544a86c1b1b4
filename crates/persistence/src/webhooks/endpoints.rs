//! Creates, reads, updates and removes webhook endpoints.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::values::ids::{ClientId, EndpointId};
use plenaria_domain::values::time::Instant;
use plenaria_domain::webhook::secret::SealedSecret;
use plenaria_domain::webhook::{Disabled, DisabledReason, EndpointStatus, EndpointUrl, MAX_ENDPOINTS};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, ModelTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    TryIntoModel as _,
};
use serde_json::{Value, json};

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::webhook_endpoint::{ActiveModel, Column, Entity, Model};
use crate::entity::{feed, webhook_delivery};
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};
use crate::webhooks::delivery_state::unsettled;

/// A URL to which an organisation's changes are sent. The endpoint's secrets are not part of this type.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The endpoint's id.
    pub id: EndpointId,
    /// The URL.
    pub url: String,
    /// A description for people.
    pub description: Option<String>,
    /// The types of changes that are sent; an empty list means all types.
    pub types: Vec<ChangeType>,
    /// When and why it was disabled, if it is.
    pub disabled: Option<Disabled>,
    /// When the previous secret stops signing.
    pub previous_secret_until: Option<Instant>,
    /// When it was created.
    pub created_at: Instant,
    /// When it was last updated.
    pub updated_at: Instant,
    /// The number of its versions, counted from 1.
    pub revision: i64,
}

/// A request to create an endpoint.
#[derive(Clone)]
pub struct CreateEndpoint {
    /// The organisation that will own it.
    pub access: Access,
    /// The endpoint's id.
    pub id: EndpointId,
    /// The client that creates it.
    pub client: ClientId,
    /// The URL.
    pub url: EndpointUrl,
    /// A description for people.
    pub description: Option<String>,
    /// The types of changes to send; an empty list means all types.
    pub types: Vec<ChangeType>,
    /// The secret that signs requests.
    pub secret: SealedSecret,
    /// The present.
    pub now: Instant,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// The request's idempotency key, if it has one.
    pub once: Option<IdempotencyGuard<CreateOutcome>>,
}

/// The result of creating an endpoint.
#[derive(Debug)]
pub enum CreateOutcome {
    /// The endpoint was created.
    Created(Endpoint),
    /// The organisation has the largest number of endpoints already.
    TooMany,
    /// A request with this idempotency key was made before; this was its response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

/// The new values of an endpoint; `None` leaves a value as it is.
#[derive(Clone)]
pub struct EndpointChanges {
    /// The URL.
    pub url: Option<EndpointUrl>,
    /// The description; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// The types of changes to send from now on.
    pub types: Option<Vec<ChangeType>>,
    /// Whether it is active or disabled.
    pub status: Option<EndpointStatus>,
}

/// A request to update an endpoint.
#[derive(Clone)]
pub struct UpdateEndpoint {
    /// The organisation, which must own the endpoint.
    pub access: Access,
    /// The endpoint.
    pub id: EndpointId,
    /// The new values.
    pub change: EndpointChanges,
    /// The present.
    pub now: Instant,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// Checked while the endpoint is locked.
    pub expected: Precondition,
}

/// Whether an endpoint is in the state that the caller expects (RFC 9110, `If-Match`).
pub type Precondition = Arc<dyn Fn(&Endpoint) -> bool + Send + Sync>;

/// The result of updating or removing an endpoint.
#[derive(Debug)]
pub enum UpdateOutcome {
    /// The endpoint after the update, or before its removal.
    Done(Endpoint),
    /// There is no such endpoint.
    NotFound,
    /// The precondition does not hold for the current endpoint.
    PreconditionFailed(Endpoint),
}

/// A request to remove an endpoint with its deliveries.
#[derive(Clone)]
pub struct RemoveEndpoint {
    /// The organisation, which must own the endpoint.
    pub access: Access,
    /// The endpoint.
    pub id: EndpointId,
    /// The present.
    pub now: Instant,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// Checked while the endpoint is locked.
    pub expected: Precondition,
}

impl Store {
    /// Returns at most `limit` of the organisation's endpoints, oldest first.
    pub async fn endpoints(
        &self,
        access: &Access,
        after: Option<EndpointId>,
        limit: u64,
    ) -> Result<Vec<Endpoint>, StoreError> {
        let mut query = Entity::find().filter(access.endpoints());
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.0));
        }
        let rows = query.order_by_asc(Column::Id).limit(limit).all(self.reads()).await?;
        rows.into_iter().map(endpoint).collect()
    }

    /// Returns one of the organisation's endpoints.
    pub async fn endpoint(&self, access: &Access, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        let row = Entity::find_by_id(id.0).filter(access.endpoints()).one(self.reads()).await?;
        row.map(endpoint).transpose()
    }

    /// Creates an endpoint, to which changes are sent from now on.
    pub async fn create_endpoint(&self, request: CreateEndpoint) -> Result<CreateOutcome, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { create(transaction, &request).await })
        })
        .await
    }

    /// Updates an endpoint. When it is activated again, deliveries continue where they stopped, and are due at once.
    pub async fn update_endpoint(&self, request: UpdateEndpoint) -> Result<UpdateOutcome, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { update(transaction, &request).await })
        })
        .await
    }

    /// Removes an endpoint.
    pub async fn remove_endpoint(&self, request: RemoveEndpoint) -> Result<UpdateOutcome, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move {
                let Some(row) = lock_endpoint(transaction, &request.access, request.id).await? else {
                    return Ok(UpdateOutcome::NotFound);
                };
                let current = endpoint(row.clone())?;
                if !(request.expected)(&current) {
                    return Ok(UpdateOutcome::PreconditionFailed(current));
                }
                row.delete(transaction).await?;
                let entry = AuditRecord::of_endpoint(Action::WebhookEndpointDeleted, request.id, json!({}));
                record(transaction, &request.audit, vec![entry], request.now).await?;
                Ok(UpdateOutcome::Done(current))
            })
        })
        .await
    }
}

/// Locks an endpoint's row until the transaction ends, if the organisation owns it.
pub(crate) async fn lock_endpoint(
    transaction: &DatabaseTransaction,
    access: &Access,
    id: EndpointId,
) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id.0).filter(access.endpoints()).lock_exclusive().one(transaction).await?)
}

/// Locks the feed's row, so that the endpoint starts exactly behind the changes that have a position, and no concurrent
/// request takes the organisation over its limit.
async fn create(transaction: &DatabaseTransaction, request: &CreateEndpoint) -> Result<CreateOutcome, StoreError> {
    let feed = feed::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let feed = feed.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))?;
    if let Some(once) = &request.once {
        match idempotency::look_up(transaction, once.key, request.now).await? {
            Some(IdempotencyLookup::Found(recorded)) => return Ok(CreateOutcome::Replayed(recorded)),
            Some(IdempotencyLookup::KeyReused) => return Ok(CreateOutcome::IdempotencyKeyReused),
            None => {}
        }
    }
    let existing = Entity::find().filter(request.access.endpoints()).count(transaction).await?;
    let outcome = if existing >= MAX_ENDPOINTS as u64 {
        CreateOutcome::TooMany
    } else {
        let row = Model {
            id: request.id.0,
            organisation: request.access.organisation().to_string(),
            client_id: request.client.0,
            url: request.url.as_str().to_owned(),
            description: request.description.clone(),
            types: type_names(&request.types),
            status: EndpointStatus::Active.as_str().to_owned(),
            disabled_reason: None,
            disabled_at: None,
            secret: request.secret.0.clone(),
            previous_secret: None,
            previous_secret_until: None,
            position: feed.last_position,
            last_success_at: None,
            created_at: request.now,
            updated_at: request.now,
            revision: 1,
        };
        let entry = AuditRecord::of_endpoint(Action::WebhookEndpointCreated, request.id, json!({}));
        record(transaction, &request.audit, vec![entry], request.now).await?;
        CreateOutcome::Created(endpoint(row.into_active_model().insert(transaction).await?)?)
    };
    idempotency::record(transaction, request.once.as_ref(), &outcome, request.now).await?;
    Ok(outcome)
}

async fn update(transaction: &DatabaseTransaction, request: &UpdateEndpoint) -> Result<UpdateOutcome, StoreError> {
    let Some(row) = lock_endpoint(transaction, &request.access, request.id).await? else {
        return Ok(UpdateOutcome::NotFound);
    };
    let current = endpoint(row.clone())?;
    if !(request.expected)(&current) {
        return Ok(UpdateOutcome::PreconditionFailed(current));
    }
    let EndpointChanges { url, description, types, status } = request.change.clone();
    let mut changed = row.clone().into_active_model();
    if let Some(url) = url {
        changed.url = Set(url.as_str().to_owned());
    }
    if let Some(description) = description {
        changed.description = Set(description);
    }
    if let Some(types) = types {
        changed.types = Set(type_names(&types));
    }
    match (status, current.disabled) {
        (Some(EndpointStatus::Disabled), None) => {
            disable(&mut changed, Disabled { at: request.now, reason: DisabledReason::Requested });
        }
        (Some(EndpointStatus::Active), Some(_)) => {
            changed.status = Set(EndpointStatus::Active.as_str().to_owned());
            (changed.disabled_at, changed.disabled_reason) = (Set(None), Set(None));
            restart_schedules(transaction, request.id, request.now).await?;
        }
        _ => {}
    }
    if is_unchanged(&changed, &row) {
        return Ok(UpdateOutcome::Done(current));
    }
    let entry = AuditRecord::of_endpoint(Action::WebhookEndpointUpdated, request.id, changed_fields(&changed, &row));
    record(transaction, &request.audit, vec![entry], request.now).await?;
    changed.updated_at = Set(request.now);
    changed.revision = Set(row.revision + 1);
    Ok(UpdateOutcome::Done(endpoint(changed.update(transaction).await?)?))
}

fn is_unchanged(changed: &ActiveModel, row: &Model) -> bool {
    changed.clone().try_into_model().is_ok_and(|changed| changed == *row)
}

/// The names of the fields that an update changes, without their values.
fn changed_fields(changed: &ActiveModel, row: &Model) -> Value {
    let differs = [
        ("url", changed.url.try_as_ref() != Some(&row.url)),
        ("description", changed.description.try_as_ref() != Some(&row.description)),
        ("types", changed.types.try_as_ref() != Some(&row.types)),
        ("status", changed.status.try_as_ref() != Some(&row.status)),
    ];
    let names: Vec<&str> = differs.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect();
    json!({ "changed": names })
}

/// Sets the columns that state that an endpoint is disabled.
pub(crate) fn disable(row: &mut ActiveModel, disabled: Disabled) {
    row.status = Set(EndpointStatus::Disabled.as_str().to_owned());
    row.disabled_at = Set(Some(disabled.at));
    row.disabled_reason = Set(Some(disabled.reason.as_str().to_owned()));
}

/// Makes all unsettled deliveries due, except those being sent, and starts their retries from the beginning.
async fn restart_schedules(transaction: &DatabaseTransaction, id: EndpointId, now: Instant) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(now))
        .col_expr(Column::FailedAttempts, Expr::value(0i64))
        .col_expr(Column::FirstFailedAt, Expr::value(None::<Instant>))
        .filter(Column::EndpointId.eq(id.0))
        .filter(unsettled())
        .filter(Column::Claim.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}

fn type_names(types: &[ChangeType]) -> Value {
    types.iter().map(|kind| kind.as_str()).collect()
}

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt("webhook_endpoints", what)
}

/// Parses the types of a row.
pub(crate) fn types(row: &Model) -> Result<Vec<ChangeType>, StoreError> {
    let names = row.types.as_array().into_iter().flatten();
    names.map(|name| ChangeType::parse(name.as_str().unwrap_or_default()).map_err(|e| corrupt(e.code()))).collect()
}

/// Makes an endpoint from its row.
pub(crate) fn endpoint(row: Model) -> Result<Endpoint, StoreError> {
    let reason = row.disabled_reason.as_deref().map(DisabledReason::parse).transpose();
    let reason = reason.map_err(|e| corrupt(e.code()))?;
    Ok(Endpoint {
        id: EndpointId(row.id),
        types: types(&row)?,
        url: row.url,
        description: row.description,
        disabled: row.disabled_at.zip(reason).map(|(at, reason)| Disabled { at, reason }),
        previous_secret_until: row.previous_secret_until,
        created_at: row.created_at,
        updated_at: row.updated_at,
        revision: row.revision,
    })
}
