//! Deletes settled deliveries, with the log of their attempts, once their retention time is over; and removes personal
//! data from deliveries when a registration is erased.

use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::webhook_attempt;
use crate::entity::webhook_delivery::{Column, Entity};
use crate::webhooks::delivery_state::{DELIVERED, FAILED, unsettled};

/// Number of deliveries that one transaction deletes.
const CLEANUP_BATCH_SIZE: u64 = 1_000;

impl Store {
    /// Deletes the settled deliveries from before this instant and returns their number. Unsettled ones are never
    /// deleted.
    pub async fn remove_old_deliveries(&self, before: Instant) -> Result<u64, StoreError> {
        let mut old = Query::select();
        old.column(Column::Id)
            .from(Entity)
            .and_where(Column::State.is_in([DELIVERED, FAILED]))
            .and_where(Column::CreatedAt.lt(before));
        self.delete_in_batches(Entity, Expr::col(Column::Id), old, CLEANUP_BATCH_SIZE).await
    }
}

/// Removes the clients' external references for erased registrations from deliveries, in the transaction that erases
/// the registrations. Settled deliveries are deleted. Unsettled ones are sent without the reference, as the feed then
/// shows them, and the log of their attempts is deleted because responses may repeat the reference.
pub(crate) async fn erase_references<C: ConnectionTrait>(
    transaction: &C,
    registrations: Vec<Uuid>,
) -> Result<(), StoreError> {
    let is_affected = || Column::Subject.is_in(registrations.clone());
    let settled = Column::State.is_in([DELIVERED, FAILED]);
    Entity::delete_many().filter(is_affected()).filter(settled).exec(transaction).await?;
    for row in Entity::find().filter(is_affected()).filter(unsettled()).all(transaction).await? {
        webhook_attempt::Entity::delete_many()
            .filter(webhook_attempt::Column::DeliveryId.eq(row.id))
            .exec(transaction)
            .await?;
        let payload: Result<serde_json::Value, _> = serde_json::from_str(&row.payload);
        let mut payload = payload.map_err(|error| StoreError::corrupt("webhook_deliveries", error))?;
        if let Some(reference) = payload.pointer_mut("/data/registration/external_reference") {
            *reference = serde_json::Value::Null;
        }
        let mut changed = row.into_active_model();
        changed.payload = Set(payload.to_string());
        changed.update(transaction).await?;
    }
    Ok(())
}
