//! Webhooks: endpoints, what is to be delivered to them, and every attempt (`docs/decisions/0014-webhooks.md`).
//!
//! Whatever is done with an endpoint's messages (handing changes out to it, taking what is due, recording what came of it)
//! is done under the lock of the endpoint's row; so there is no race between instances, however many there are.

mod deliveries;
mod endpoints;
mod outgoing;
mod recording;
mod removal;
mod rotation;

pub use deliveries::{Attempt, Delivery, DeliveryFilter, Queue, Queued, What};
pub use endpoints::{Change, ChangeEndpoint, Changed, CreateEndpoint, Created, Endpoint, Expected, Remove};
pub use outgoing::{Claimed, Glance, Outgoing, Render, Work, Worked};
pub use recording::{Outcome, Verdict};
pub(crate) use removal::forget;
pub use rotation::{RotateSecret, Rotated};

use plenaria_domain::ids::EndpointId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::StoreError;
use crate::access::Access;
use crate::entity::{webhook_delivery, webhook_endpoint};

/// How many messages may wait for an endpoint; while there are so many, it is handed out nothing more.
pub const QUEUE: u64 = 1_000;

/// It is behind an earlier one of the same thing.
const WAITING: &str = "waiting";
/// It is to be sent, or is being sent.
const PENDING: &str = "pending";
const DELIVERED: &str = "delivered";
const FAILED: &str = "failed";

/// What a message's state is to be while it has not been settled: of one thing's messages the first may go, the others
/// wait for it.
pub(crate) const IN_ORDER: &str = "CASE WHEN EXISTS (SELECT 1 FROM webhook_deliveries AS earlier \
    WHERE earlier.endpoint_id = webhook_deliveries.endpoint_id AND earlier.subject = webhook_deliveries.subject \
    AND earlier.position < webhook_deliveries.position AND earlier.state IN ('waiting', 'pending')) \
    THEN 'waiting' ELSE 'pending' END";

/// Those that have not been settled.
fn open() -> Condition {
    Condition::all().add(webhook_delivery::Column::State.is_in([WAITING, PENDING]))
}

/// Locks an endpoint's row, if it is among what may be seen, until the transaction ends.
async fn lock<C: ConnectionTrait>(
    transaction: &C,
    access: &Access,
    id: EndpointId,
) -> Result<Option<webhook_endpoint::Model>, StoreError> {
    let found = webhook_endpoint::Entity::find_by_id(id.0).filter(access.endpoints()).lock_exclusive();
    Ok(found.one(transaction).await?)
}

/// Says anew which of these things' messages may go.
pub(crate) async fn arrange<C: ConnectionTrait>(
    transaction: &C,
    endpoint: Uuid,
    subjects: Vec<Uuid>,
) -> Result<(), StoreError> {
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::State, Expr::cust(IN_ORDER))
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::Subject.is_in(crate::rows::padded(subjects)))
        .filter(open())
        .exec(transaction)
        .await?;
    Ok(())
}
