//! Removing messages that have been settled for long enough, with the log of their attempts.

use plenaria_domain::time::Instant;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait};

use super::{DELIVERED, FAILED};
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
