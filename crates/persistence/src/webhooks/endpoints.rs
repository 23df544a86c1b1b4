//! Endpoints: making, reading, changing and removing them.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::{ClientId, EndpointId};
use plenaria_domain::time::Instant;
use plenaria_domain::webhook::secret::SealedSecret;
use plenaria_domain::webhook::{Disabled, DisabledReason, EndpointStatus, EndpointUrl, MAX_ENDPOINTS};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, ModelTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::Value;

use super::{lock, open};
use crate::access::Access;
use crate::entity::webhook_endpoint::{ActiveModel, Column, Entity, Model};
use crate::entity::{feed, webhook_delivery};
use crate::idempotency::{self, Known, Once, Recorded};
use crate::{Store, StoreError, rows};

/// Where an organisation wants to be told of changes. Its secrets are not among what is shown of it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where messages are sent.
    pub url: String,
    /// What people call it.
    pub description: Option<String>,
    /// What it is told of; none: of everything.
    pub types: Vec<ChangeType>,
    /// Whether, and why, nothing is sent.
    pub disabled: Option<Disabled>,
    /// Until when the secret before the newest one signs too.
    pub previous_secret_until: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts its changes.
    pub revision: i64,
}

/// An endpoint to be made.
#[derive(Clone)]
pub struct CreateEndpoint {
    /// Whose it will be.
    pub access: Access,
    /// Its id.
    pub id: EndpointId,
    /// Who makes it.
    pub client: ClientId,
    /// Where messages are sent.
    pub url: EndpointUrl,
    /// What people call it.
    pub description: Option<String>,
    /// What it is told of.
    pub types: Vec<ChangeType>,
    /// What signs its messages.
    pub secret: SealedSecret,
    /// When.
    pub now: Instant,
    /// If the request has a key: it is to have one effect.
    pub once: Option<Once<Created>>,
}

/// What making an endpoint came to.
#[derive(Debug)]
pub enum Created {
    /// It is there.
    Done(Endpoint),
    /// The organisation has as many as it may have.
    TooMany,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

/// What is to be changed of an endpoint.
#[derive(Clone)]
pub struct Change {
    /// Its new address.
    pub url: Option<EndpointUrl>,
    /// Its new description, or that it has none.
    pub description: Option<Option<String>>,
    /// What it is told of from now on.
    pub types: Option<Vec<ChangeType>>,
    /// Whether anything is sent.
    pub status: Option<EndpointStatus>,
}

/// A change of an endpoint.
#[derive(Clone)]
pub struct ChangeEndpoint {
    /// Among whose it must be.
    pub access: Access,
    /// The endpoint.
    pub id: EndpointId,
    /// What is to be changed.
    pub change: Change,
    /// When.
    pub now: Instant,
    /// Whether the endpoint, under its lock, is what the caller thinks it is.
    pub expected: Expected,
}

/// See [`ChangeEndpoint::expected`].
pub type Expected = Arc<dyn Fn(&Endpoint) -> bool + Send + Sync>;

/// What changing or removing an endpoint came to.
#[derive(Debug)]
pub enum Changed {
    /// As it is now, or was last.
    Done(Endpoint),
    /// There is no such endpoint.
    NotFound,
    /// It is not what the caller thinks it is.
    Changed(Endpoint),
}

/// The removal of an endpoint, with all that waits for it.
#[derive(Clone)]
pub struct Remove {
    /// Among whose it must be.
    pub access: Access,
    /// The endpoint.
    pub id: EndpointId,
    /// As for changes.
    pub expected: Expected,
}

impl Store {
    /// The organisation's endpoints, the oldest first, at most `limit` of them.
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

    /// One of the organisation's endpoints.
    pub async fn endpoint(&self, access: &Access, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        let row = Entity::find_by_id(id.0).filter(access.endpoints()).one(self.reads()).await?;
        row.map(endpoint).transpose()
    }

    /// Makes an endpoint, which is told of what happens from now on.
    pub async fn create_endpoint(&self, request: CreateEndpoint) -> Result<Created, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { create(transaction, &request).await })
        })
        .await
    }

    /// Changes an endpoint. One that is enabled again goes on where it stopped, and at once.
    pub async fn change_endpoint(&self, request: ChangeEndpoint) -> Result<Changed, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { change(transaction, &request).await })
        })
        .await
    }

    /// Removes an endpoint.
    pub async fn remove_endpoint(&self, request: Remove) -> Result<Changed, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move {
                let Some(row) = lock(transaction, &request.access, request.id).await? else {
                    return Ok(Changed::NotFound);
                };
                let current = endpoint(row.clone())?;
                if !(request.expected)(&current) {
                    return Ok(Changed::Changed(current));
                }
                row.delete(transaction).await?;
                Ok(Changed::Done(current))
            })
        })
        .await
    }
}

/// The feed's row is locked: so the endpoint begins exactly behind what has a place already, and nobody else makes one at
/// the same time and goes beyond what an organisation may have.
async fn create(transaction: &DatabaseTransaction, request: &CreateEndpoint) -> Result<Created, StoreError> {
    let feed = feed::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let feed = feed.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))?;
    if let Some(once) = &request.once {
        match idempotency::find_one(transaction, once.key, request.now).await? {
            Some(Known::Answered(recorded)) => return Ok(Created::Replayed(recorded)),
            Some(Known::OfAnother) => return Ok(Created::KeyOfAnother),
            None => {}
        }
    }
    let there_are = Entity::find().filter(request.access.endpoints()).count(transaction).await?;
    let created = if there_are >= MAX_ENDPOINTS as u64 {
        Created::TooMany
    } else {
        let row = Model {
            id: request.id.0,
            organisation: request.access.organisation().to_string(),
            client_id: request.client.0,
            url: request.url.as_str().to_owned(),
            description: request.description.clone(),
            types: names(&request.types),
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
        Created::Done(endpoint(row.into_active_model().insert(transaction).await?)?)
    };
    keep(transaction, request.once.as_ref(), &created, request.now).await?;
    Ok(created)
}

/// Keeps the answer to a request with a key.
pub(super) async fn keep<A>(
    transaction: &DatabaseTransaction,
    once: Option<&Once<A>>,
    answer: &A,
    now: Instant,
) -> Result<(), StoreError> {
    let Some(once) = once else { return Ok(()) };
    if let Some(recorded) = (once.record)(answer) {
        rows::insert(transaction, vec![idempotency::row(once.key, &recorded, now)]).await?;
    }
    Ok(())
}

async fn change(transaction: &DatabaseTransaction, request: &ChangeEndpoint) -> Result<Changed, StoreError> {
    let Some(row) = lock(transaction, &request.access, request.id).await? else { return Ok(Changed::NotFound) };
    let current = endpoint(row.clone())?;
    if !(request.expected)(&current) {
        return Ok(Changed::Changed(current));
    }
    let Change { url, description, types, status } = request.change.clone();
    let mut changed = row.clone().into_active_model();
    if let Some(url) = url {
        changed.url = Set(url.as_str().to_owned());
    }
    if let Some(description) = description {
        changed.description = Set(description);
    }
    if let Some(types) = types {
        changed.types = Set(names(&types));
    }
    match (status, current.disabled) {
        (Some(EndpointStatus::Disabled), None) => {
            disable(&mut changed, Disabled { at: request.now, reason: DisabledReason::Requested });
        }
        (Some(EndpointStatus::Active), Some(_)) => {
            changed.status = Set(EndpointStatus::Active.as_str().to_owned());
            (changed.disabled_at, changed.disabled_reason) = (Set(None), Set(None));
            begin_anew(transaction, request.id, request.now).await?;
        }
        _ => {}
    }
    if same(&changed, &row) {
        return Ok(Changed::Done(current));
    }
    changed.updated_at = Set(request.now);
    changed.revision = Set(row.revision + 1);
    Ok(Changed::Done(endpoint(changed.update(transaction).await?)?))
}

/// Whether a change changes anything.
fn same(changed: &ActiveModel, row: &Model) -> bool {
    use sea_orm::TryIntoModel as _;
    changed.clone().try_into_model().is_ok_and(|changed| changed == *row)
}

/// Writes that an endpoint is disabled.
pub(super) fn disable(row: &mut ActiveModel, disabled: Disabled) {
    row.status = Set(EndpointStatus::Disabled.as_str().to_owned());
    row.disabled_at = Set(Some(disabled.at));
    row.disabled_reason = Set(Some(disabled.reason.as_str().to_owned()));
}

/// All that waits is due, and has its whole schedule before it.
async fn begin_anew(transaction: &DatabaseTransaction, id: EndpointId, now: Instant) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(now))
        .col_expr(Column::Tries, Expr::value(0i64))
        .col_expr(Column::TriedSince, Expr::value(None::<Instant>))
        .filter(Column::EndpointId.eq(id.0))
        .filter(open())
        .filter(Column::Claim.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}

fn names(types: &[ChangeType]) -> Value {
    types.iter().map(|kind| kind.as_str()).collect()
}

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt("webhook_endpoints", what)
}

/// The types that a row names.
pub(super) fn types(row: &Model) -> Result<Vec<ChangeType>, StoreError> {
    let names = row.types.as_array().into_iter().flatten();
    names.map(|name| ChangeType::parse(name.as_str().unwrap_or_default()).map_err(|e| corrupt(e.code()))).collect()
}

/// An endpoint from its row.
pub(super) fn endpoint(row: Model) -> Result<Endpoint, StoreError> {
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
