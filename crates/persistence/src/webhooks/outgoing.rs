//! The worker's side: handing changes out to endpoints, and taking what is due.

use std::sync::Arc;

use plenaria_domain::ids::{ChangeId, DeliveryId, EndpointId};
use plenaria_domain::organisation::Organisation;
use plenaria_domain::time::Instant;
use plenaria_domain::webhook::secret::SealedSecret;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::deliveries::new;
use super::{IN_ORDER, PENDING, QUEUE, open};
use crate::access::Access;
use crate::changes::{self, Change, ChangesQuery, From, Place, Subject};
use crate::entity::{webhook_delivery, webhook_endpoint};
use crate::{Store, StoreError, rows};

/// How many changes one transaction hands out.
const BATCH: u64 = 200;

/// The store as the worker uses it: nothing that it writes is for the feed.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub(super) store: Store,
}

/// Makes a change's payload.
pub type Render = Arc<dyn Fn(&Change) -> String + Send + Sync>;

/// An endpoint as one looks at it to see whether there is anything to do.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Glance {
    id: Uuid,
    position: i64,
    last_position: i64,
    queued: i64,
    /// When its next message is due, if there is one that may be sent.
    pub due: Option<Instant>,
}

impl Glance {
    /// The endpoint.
    pub const fn id(&self) -> EndpointId {
        EndpointId(self.id)
    }

    /// Whether there are changes to be handed out to it, and room for them.
    pub fn is_behind(&self) -> bool {
        self.position < self.last_position && u64::try_from(self.queued).is_ok_and(|queued| queued < QUEUE)
    }
}

/// What is to be done for an endpoint.
pub struct Work {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// When.
    pub now: Instant,
    /// Until when what is taken is the taker's alone.
    pub lease_until: Instant,
    /// How many messages may be under way to it at a time, from all instances.
    pub most: u64,
    /// Makes payloads.
    pub render: Render,
}

/// What was done for an endpoint.
#[derive(Debug, Default)]
pub struct Worked {
    /// To be sent now.
    pub claimed: Vec<Claimed>,
    /// Whether there are more changes to be handed out.
    pub behind: bool,
    /// Up to where changes are missing, if some had been removed before they were handed out.
    pub missed_through: Option<i64>,
}

/// A message that is ours to send until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The message.
    pub id: DeliveryId,
    /// Where it goes.
    pub endpoint: EndpointId,
    /// Shows that it is ours.
    pub claim: Uuid,
    /// The change; the header `webhook-id`.
    pub change: ChangeId,
    /// The endpoint's address.
    pub url: String,
    /// What is sent.
    pub payload: String,
    /// How often it was tried on this schedule.
    pub tries: u32,
    /// What signs it.
    pub secret: SealedSecret,
    /// What signs it too, until then.
    pub previous: Option<(SealedSecret, Instant)>,
}

impl Outgoing {
    /// The worker's side of a store.
    pub fn new(store: &Store) -> Self {
        Self { store: store.unheard() }
    }

    /// Every active endpoint, as it stands.
    pub async fn glance(&self) -> Result<Vec<Glance>, StoreError> {
        let sql = format!(
            "SELECT e.id, e.position, f.last_position, \
             (SELECT COUNT(*) FROM (SELECT 1 AS one FROM webhook_deliveries AS q WHERE q.endpoint_id = e.id \
                AND q.state IN ('waiting', 'pending') LIMIT {QUEUE}) AS queue) AS queued, \
             (SELECT d.next_attempt_at FROM webhook_deliveries AS d WHERE d.endpoint_id = e.id \
                AND d.state = 'pending' ORDER BY d.next_attempt_at LIMIT 1) AS due \
             FROM webhook_endpoints AS e CROSS JOIN feed AS f WHERE e.status = 'active' ORDER BY e.id"
        );
        let statement = Statement::from_string(self.store.backend(), sql);
        Ok(Glance::find_by_statement(statement).all(self.store.reads()).await?)
    }

    /// Hands out to an endpoint what has happened since, and takes what is due. `None`: another instance is at it.
    pub async fn work(&self, work: Work) -> Result<Option<Worked>, StoreError> {
        let work = Arc::new(work);
        self.store
            .write(|transaction| {
                let work = Arc::clone(&work);
                Box::pin(async move { do_work(transaction, &work).await })
            })
            .await
    }
}

async fn do_work(transaction: &DatabaseTransaction, work: &Work) -> Result<Option<Worked>, StoreError> {
    let found = webhook_endpoint::Entity::find_by_id(work.endpoint.0)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await?;
    let Some(endpoint) = found else { return Ok(None) };
    if endpoint.disabled_at.is_some() {
        return Ok(Some(Worked::default()));
    }
    let mut worked = hand_out(transaction, &endpoint, work).await?;
    worked.claimed = claim(transaction, &endpoint, work).await?;
    Ok(Some(worked))
}

/// Writes what the endpoint's organisation may see of the next changes as messages to it, and how far it has come.
async fn hand_out(
    transaction: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    work: &Work,
) -> Result<Worked, StoreError> {
    let queued = webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::EndpointId.eq(endpoint.id))
        .filter(open())
        .limit(QUEUE)
        .count(transaction)
        .await?;
    let room = QUEUE.saturating_sub(queued).min(BATCH);
    if room == 0 {
        return Ok(Worked::default());
    }
    let organisation = Organisation::parse(&endpoint.organisation);
    let query = ChangesQuery {
        access: Access::of(organisation.map_err(|e| StoreError::corrupt("webhook_endpoints", e))?),
        types: super::endpoints::types(endpoint)?,
        from: From::Place(Place { position: endpoint.position, mark: None }),
        limit: usize::try_from(room).unwrap_or(usize::MAX),
    };
    let mut after = endpoint.position;
    let changes::Window { mut last, removed_through, changes: mut found, .. } =
        changes::window(transaction, &query, after).await?;
    let missed_through = (removed_through > after).then_some(removed_through);
    if let Some(through) = missed_through {
        after = through;
        changes::Window { last, changes: found, .. } = changes::window(transaction, &query, after).await?;
    }
    let through = changes::looked_through(&found, query.limit, after, last);
    if through == endpoint.position {
        return Ok(Worked::default());
    }
    if !found.is_empty() {
        let messages = found.iter().map(|change| message(endpoint.id, change, work)).collect();
        rows::insert(transaction, messages).await?;
        in_order(transaction, endpoint).await?;
    }
    let mut changed = endpoint.clone().into_active_model();
    changed.position = Set(through);
    changed.update(transaction).await?;
    Ok(Worked { claimed: Vec::new(), behind: through < last, missed_through })
}

/// Of what was just handed out, what is behind something of the same thing waits for it.
async fn in_order(transaction: &DatabaseTransaction, endpoint: &webhook_endpoint::Model) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::State, Expr::cust(IN_ORDER))
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(Column::State.eq(PENDING))
        .filter(Column::Position.gt(endpoint.position))
        .exec(transaction)
        .await?;
    Ok(())
}

fn message(endpoint: Uuid, change: &Change, work: &Work) -> webhook_delivery::Model {
    let registration = match &change.subject {
        Subject::Registration { id, .. } => Some(id.0),
        Subject::Event { .. } => None,
    };
    webhook_delivery::Model {
        change_id: change.id.0,
        kind: change.kind.as_str().to_owned(),
        registration_id: registration,
        subject: registration.unwrap_or(change.event_id.0),
        position: change.position,
        sequence: change.sequence,
        payload: (work.render)(change),
        ..new(DeliveryId::new(work.now), endpoint, work.now)
    }
}

/// Takes what is due, as much as there is room for on the way. What another took and did not finish in its time is due too.
async fn claim(
    transaction: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    work: &Work,
) -> Result<Vec<Claimed>, StoreError> {
    use webhook_delivery::{Column, Entity};
    let under_way = Entity::find()
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(open())
        .filter(Column::NextAttemptAt.gt(work.now))
        .filter(Column::Claim.is_not_null())
        .count(transaction)
        .await?;
    let free = work.most.saturating_sub(under_way);
    if free == 0 {
        return Ok(Vec::new());
    }
    let due = Entity::find()
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(Column::State.eq(PENDING))
        .filter(Column::NextAttemptAt.lte(work.now))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::Position)
        .limit(free)
        .all(transaction)
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let claim = DeliveryId::new(work.now).0;
    let ids: Vec<Uuid> = due.iter().map(|row| row.id).collect();
    Entity::update_many()
        .col_expr(Column::Claim, Expr::value(claim))
        .col_expr(Column::NextAttemptAt, Expr::value(work.lease_until))
        .filter(Column::Id.is_in(rows::padded(ids)))
        .exec(transaction)
        .await?;
    let previous = endpoint.previous_secret.clone().map(SealedSecret).zip(endpoint.previous_secret_until);
    let claimed = due.into_iter().map(|row| Claimed {
        id: DeliveryId(row.id),
        endpoint: EndpointId(endpoint.id),
        claim,
        change: ChangeId(row.change_id),
        url: endpoint.url.clone(),
        payload: row.payload,
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        secret: SealedSecret(endpoint.secret.clone()),
        previous: previous.clone(),
    });
    Ok(claimed.collect())
}
