//! Deletes changes from the beginning of the feed once their retention time is over.

use plenaria_domain::values::time::Instant;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::{change, feed};

/// Number of changes that one transaction deletes. No change gets a position while it runs.
const CLEANUP_BATCH_SIZE: u64 = 1_000;

impl Store {
    /// Deletes the changes from before this instant and returns their number. It stops at the first younger change, so
    /// that the rest of the feed has no gap.
    pub async fn remove_old_changes(&self, before: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let batch = self.write(|transaction| Box::pin(remove_batch(transaction, before))).await?;
            removed += batch;
            if batch < CLEANUP_BATCH_SIZE {
                return Ok(removed);
            }
        }
    }
}

async fn remove_batch(transaction: &DatabaseTransaction, before: Instant) -> Result<u64, StoreError> {
    let feed = feed::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let feed = feed.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))?;
    let oldest: Vec<(i64, Instant)> = change::Entity::find()
        .select_only()
        .columns([change::Column::Position, change::Column::OccurredAt])
        // The condition skips index entries of rows that were deleted a moment ago.
        .filter(change::Column::Position.gt(feed.removed_through))
        .order_by_asc(change::Column::Position)
        .limit(CLEANUP_BATCH_SIZE)
        .into_tuple()
        .all(transaction)
        .await?;
    let Some((through, _)) = oldest.into_iter().take_while(|(_, at)| *at < before).last() else { return Ok(0) };
    let removed = change::Entity::delete_many()
        .filter(change::Column::Position.gt(feed.removed_through))
        .filter(change::Column::Position.lte(through))
        .exec(transaction)
        .await?
        .rows_affected;
    let mut feed = feed.into_active_model();
    feed.removed_through = Set(through);
    feed.update(transaction).await?;
    Ok(removed)
}
