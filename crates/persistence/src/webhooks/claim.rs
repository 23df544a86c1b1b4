//! The workers' view of deliveries: queues changes for endpoints, and claims the deliveries that are due.

use std::sync::Arc;

use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::values::ids::{ChangeId, DeliveryId, EndpointId};
use plenaria_domain::values::time::Instant;
use plenaria_domain::webhook::secret::SealedSecret;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::{webhook_delivery, webhook_endpoint};
use crate::feed::read::{
    Change, ChangesQuery, FeedPosition, FeedSlice, StartFrom, Subject, read_slice, scanned_through,
};
use crate::webhooks::deliveries::new_row;
use crate::webhooks::delivery_state::{DELIVERY_STATE_SQL, MAX_UNSETTLED, PENDING, unsettled};
use crate::webhooks::endpoints::types;

/// The largest number of changes that one transaction queues for an endpoint.
const BATCH_SIZE: u64 = 200;

/// The queue of webhook deliveries in a database. Its writes do not wake the sequencer, because they leave nothing in
/// the outbox.
#[derive(Clone, Debug)]
pub struct DeliveryQueue {
    pub(crate) store: Store,
}

/// Renders a change as the body of a request.
pub type RenderPayload = Arc<dyn Fn(&Change) -> String + Send + Sync>;

/// An active endpoint's backlog, which decides whether a worker has anything to do for it.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct EndpointBacklog {
    id: Uuid,
    position: i64,
    last_position: i64,
    unsettled: i64,
    /// When its next delivery is due, if it has a pending one.
    pub due: Option<Instant>,
}

impl EndpointBacklog {
    /// The endpoint.
    pub const fn id(&self) -> EndpointId {
        EndpointId(self.id)
    }

    /// Whether there are changes to queue for the endpoint, and room for them in its queue.
    pub fn is_behind(&self) -> bool {
        let has_room = u64::try_from(self.unsettled).is_ok_and(|unsettled| unsettled < MAX_UNSETTLED);
        self.position < self.last_position && has_room
    }
}

/// A request for an endpoint's due deliveries.
pub struct ClaimRequest {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The present.
    pub now: Instant,
    /// When the lease on the claimed deliveries ends.
    pub lease_until: Instant,
    /// The largest number of deliveries in flight to the endpoint at a time, from all instances.
    pub max_in_flight: u64,
    /// Renders the payloads of newly queued changes.
    pub render: RenderPayload,
}

/// The result of a claim.
#[derive(Debug, Default)]
pub struct ClaimResult {
    /// The deliveries to send now.
    pub claimed: Vec<ClaimedDelivery>,
    /// Whether there are more changes to queue.
    pub behind: bool,
    /// If changes were removed from the feed before they were queued, the last position of those.
    pub missed_through: Option<i64>,
}

/// A delivery that only this worker may send until its lease ends.
#[derive(Clone, Debug)]
pub struct ClaimedDelivery {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Identifies the claim.
    pub claim: Uuid,
    /// The change's id, which is sent as the header `webhook-id`.
    pub change: ChangeId,
    /// The endpoint's URL.
    pub url: String,
    /// The request's body.
    pub payload: String,
    /// The number of failed attempts on the current retry schedule.
    pub failed_attempts: u32,
    /// The secret that signs the request.
    pub secret: SealedSecret,
    /// The previous secret, which signs too, and when it stops doing so.
    pub previous: Option<(SealedSecret, Instant)>,
}

impl DeliveryQueue {
    /// Returns the queue in this store.
    pub fn new(store: &Store) -> Self {
        Self { store: store.without_write_notifications() }
    }

    /// Returns the backlog of every active endpoint.
    pub async fn backlogs(&self) -> Result<Vec<EndpointBacklog>, StoreError> {
        let sql = format!(
            "SELECT e.id, e.position, f.last_position, \
             (SELECT COUNT(*) FROM (SELECT 1 AS one FROM webhook_deliveries AS q WHERE q.endpoint_id = e.id \
                AND q.state IN ('waiting', 'pending') LIMIT {MAX_UNSETTLED}) AS queue) AS unsettled, \
             (SELECT d.next_attempt_at FROM webhook_deliveries AS d WHERE d.endpoint_id = e.id \
                AND d.state = 'pending' ORDER BY d.next_attempt_at LIMIT 1) AS due \
             FROM webhook_endpoints AS e CROSS JOIN feed AS f WHERE e.status = 'active' ORDER BY e.id"
        );
        let statement = Statement::from_string(self.store.backend(), sql);
        Ok(EndpointBacklog::find_by_statement(statement).all(self.store.reads()).await?)
    }

    /// Queues new changes for an endpoint and claims its due deliveries, in one transaction. Returns `None` if another
    /// instance holds the endpoint's lock.
    pub async fn claim(&self, request: ClaimRequest) -> Result<Option<ClaimResult>, StoreError> {
        let request = Arc::new(request);
        self.store
            .write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move { enqueue_and_claim(transaction, &request).await })
            })
            .await
    }
}

async fn enqueue_and_claim(
    transaction: &DatabaseTransaction,
    request: &ClaimRequest,
) -> Result<Option<ClaimResult>, StoreError> {
    let found = webhook_endpoint::Entity::find_by_id(request.endpoint.0)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await?;
    let Some(endpoint) = found else { return Ok(None) };
    if endpoint.disabled_at.is_some() {
        return Ok(Some(ClaimResult::default()));
    }
    let mut result = enqueue_changes(transaction, &endpoint, request).await?;
    result.claimed = claim(transaction, &endpoint, request).await?;
    Ok(Some(result))
}

/// Queues a delivery for each of the next changes that the endpoint's organisation may see, and advances the endpoint's
/// position in the feed. The result contains no claims yet.
async fn enqueue_changes(
    transaction: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    request: &ClaimRequest,
) -> Result<ClaimResult, StoreError> {
    let queued = webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::EndpointId.eq(endpoint.id))
        .filter(unsettled())
        .limit(MAX_UNSETTLED)
        .count(transaction)
        .await?;
    let room = MAX_UNSETTLED.saturating_sub(queued).min(BATCH_SIZE);
    if room == 0 {
        return Ok(ClaimResult::default());
    }
    let organisation = Organisation::parse(&endpoint.organisation);
    let query = ChangesQuery {
        access: Access::of(organisation.map_err(|e| StoreError::corrupt("webhook_endpoints", e))?),
        types: types(endpoint)?,
        from: StartFrom::After(FeedPosition { position: endpoint.position, tag: None }),
        limit: usize::try_from(room).unwrap_or(usize::MAX),
    };
    let mut after = endpoint.position;
    let FeedSlice { mut last_position, removed_through, mut changes, .. } =
        read_slice(transaction, &query, after).await?;
    let missed_through = (removed_through > after).then_some(removed_through);
    if let Some(through) = missed_through {
        after = through;
        FeedSlice { last_position, changes, .. } = read_slice(transaction, &query, after).await?;
    }
    let through = scanned_through(&changes, query.limit, after, last_position);
    if through == endpoint.position {
        return Ok(ClaimResult::default());
    }
    if !changes.is_empty() {
        let deliveries = changes.iter().map(|change| delivery_row(endpoint.id, change, request)).collect();
        bulk_insert::insert(transaction, deliveries).await?;
        set_new_states(transaction, endpoint).await?;
    }
    let mut changed = endpoint.clone().into_active_model();
    changed.position = Set(through);
    changed.update(transaction).await?;
    Ok(ClaimResult { claimed: Vec::new(), behind: through < last_position, missed_through })
}

/// Makes those of the deliveries just queued wait that have an earlier unsettled one with the same subject.
async fn set_new_states(
    transaction: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::State, Expr::cust(DELIVERY_STATE_SQL))
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(Column::State.eq(PENDING))
        .filter(Column::Position.gt(endpoint.position))
        .exec(transaction)
        .await?;
    Ok(())
}

fn delivery_row(endpoint: Uuid, change: &Change, request: &ClaimRequest) -> webhook_delivery::Model {
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
        payload: (request.render)(change),
        ..new_row(DeliveryId::new(request.now), endpoint, request.now)
    }
}

/// Claims due deliveries, as many as may be in flight. A delivery whose lease ended without a result is due again.
async fn claim(
    transaction: &DatabaseTransaction,
    endpoint: &webhook_endpoint::Model,
    request: &ClaimRequest,
) -> Result<Vec<ClaimedDelivery>, StoreError> {
    use webhook_delivery::{Column, Entity};
    let in_flight = Entity::find()
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(unsettled())
        .filter(Column::NextAttemptAt.gt(request.now))
        .filter(Column::Claim.is_not_null())
        .count(transaction)
        .await?;
    let free = request.max_in_flight.saturating_sub(in_flight);
    if free == 0 {
        return Ok(Vec::new());
    }
    let due = Entity::find()
        .filter(Column::EndpointId.eq(endpoint.id))
        .filter(Column::State.eq(PENDING))
        .filter(Column::NextAttemptAt.lte(request.now))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::Position)
        .limit(free)
        .all(transaction)
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let claim = DeliveryId::new(request.now).0;
    let ids: Vec<Uuid> = due.iter().map(|row| row.id).collect();
    Entity::update_many()
        .col_expr(Column::Claim, Expr::value(claim))
        .col_expr(Column::NextAttemptAt, Expr::value(request.lease_until))
        .filter(Column::Id.is_in(pad_to_statement_size(ids)))
        .exec(transaction)
        .await?;
    let previous = endpoint.previous_secret.clone().map(SealedSecret).zip(endpoint.previous_secret_until);
    let claimed = due.into_iter().map(|row| ClaimedDelivery {
        id: DeliveryId(row.id),
        endpoint: EndpointId(endpoint.id),
        claim,
        change: ChangeId(row.change_id),
        url: endpoint.url.clone(),
        payload: row.payload,
        failed_attempts: u32::try_from(row.failed_attempts).unwrap_or(u32::MAX),
        secret: SealedSecret(endpoint.secret.clone()),
        previous: previous.clone(),
    });
    Ok(claimed.collect())
}
