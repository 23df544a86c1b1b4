//! Removing messages that have been settled for long enough, with the log of their attempts; and what is left of people.

use plenaria_domain::ids::RegistrationId;
use plenaria_domain::time::Instant;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, QueryTrait,
};

use super::{DELIVERED, FAILED, open};
use crate::entity::webhook_delivery::{Column, Entity};
use crate::{Store, StoreError};

/// How many messages one transaction removes.
const SWEEP: u64 = 1_000;

impl Store {
    /// Removes settled messages from before this instant, and says how many. What waits, waits on.
    pub async fn remove_old_deliveries(&self, before: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let old = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::State.is_in([DELIVERED, FAILED]))
                .filter(Column::CreatedAt.lt(before))
                .limit(SWEEP);
            let old = QueryTrait::into_query(old);
            let swept = self
                .write(|transaction| {
                    let statement = Entity::delete_many().filter(Column::Id.in_subquery(old.clone()));
                    Box::pin(async move { Ok(statement.exec(transaction).await?.rows_affected) })
                })
                .await?;
            removed += swept;
            if swept < SWEEP {
                return Ok(removed);
            }
        }
    }
}

/// Takes a client's own name for a registration out of its messages, for whoever erases the registration, in the same
/// transaction: those that were settled go, those that wait are sent without it, as the feed then tells of it.
pub async fn forget<C: ConnectionTrait>(transaction: &C, registration: RegistrationId) -> Result<(), StoreError> {
    let of_it = || Column::Subject.eq(registration.0);
    let settled = Column::State.is_in([DELIVERED, FAILED]);
    Entity::delete_many().filter(of_it()).filter(settled).exec(transaction).await?;
    for row in Entity::find().filter(of_it()).filter(open()).all(transaction).await? {
        let payload: Result<serde_json::Value, _> = serde_json::from_str(&row.payload);
        let mut payload = payload.map_err(|error| StoreError::corrupt("webhook_deliveries", error))?;
        if let Some(name) = payload.pointer_mut("/data/registration/external_reference") {
            *name = serde_json::Value::Null;
        }
        let mut changed = row.into_active_model();
        changed.payload = Set(payload.to_string());
        changed.update(transaction).await?;
    }
    Ok(())
}
