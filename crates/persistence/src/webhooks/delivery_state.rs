//! The states of deliveries, and the order in which an endpoint's deliveries are sent.
//!
//! A delivery is `pending` while it is to be sent or being sent, and finally `delivered` or `failed`. Per subject (a
//! registration, or else an event), only the oldest unsettled delivery is `pending`; later ones are `waiting`.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::entity::webhook_delivery::{Column, Entity};

/// The largest number of unsettled deliveries per endpoint. While an endpoint has that many, no more changes are queued
/// for it.
pub(crate) const MAX_UNSETTLED: u64 = 1_000;

/// An earlier delivery with the same subject has not been settled.
pub(crate) const WAITING: &str = "waiting";
/// The delivery is to be sent, or is being sent.
pub(crate) const PENDING: &str = "pending";
pub(crate) const DELIVERED: &str = "delivered";
pub(crate) const FAILED: &str = "failed";

/// SQL for the state of an unsettled delivery: `pending` for the oldest one of its subject, `waiting` for the others.
pub(crate) const DELIVERY_STATE_SQL: &str = "CASE WHEN EXISTS (SELECT 1 FROM webhook_deliveries AS earlier \
    WHERE earlier.endpoint_id = webhook_deliveries.endpoint_id AND earlier.subject = webhook_deliveries.subject \
    AND earlier.position < webhook_deliveries.position AND earlier.state IN ('waiting', 'pending')) \
    THEN 'waiting' ELSE 'pending' END";

/// The condition on deliveries that have not been settled.
pub(crate) fn unsettled() -> Condition {
    Condition::all().add(Column::State.is_in([WAITING, PENDING]))
}

/// Sets the states of the unsettled deliveries of these subjects anew. The caller holds the endpoint's lock.
pub(crate) async fn reorder<C: ConnectionTrait>(
    transaction: &C,
    endpoint: Uuid,
    subjects: Vec<Uuid>,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::cust(DELIVERY_STATE_SQL))
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::Subject.is_in(pad_to_statement_size(subjects)))
        .filter(unsettled())
        .exec(transaction)
        .await?;
    Ok(())
}
