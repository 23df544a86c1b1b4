//! Removing what the feed has kept for long enough, from its beginning on.

use plenaria_domain::time::Instant;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::entity::{change, feed};
use crate::{Store, StoreError};

/// How many changes one transaction removes; while it does, no other gets a position.
const SWEEP: u64 = 1_000;

impl Store {
    /// Removes the changes from before this instant, and says how many. What stands behind one that is younger stays,
    /// so that what is kept has no gap.
    pub async fn remove_old_changes(&self, before: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let swept = self.write(|transaction| Box::pin(sweep(transaction, before))).await?;
            removed += swept;
            if swept < SWEEP {
                return Ok(removed);
            }
        }
    }
}

async fn sweep(transaction: &DatabaseTransaction, before: Instant) -> Result<u64, StoreError> {
    let feed = feed::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let feed = feed.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))?;
    let oldest: Vec<(i64, Instant)> = change::Entity::find()
        .select_only()
        .columns([change::Column::Position, change::Column::OccurredAt])
        // Not from the very beginning: an index remembers for a while what was removed there.
        .filter(change::Column::Position.gt(feed.removed_through))
        .order_by_asc(change::Column::Position)
        .limit(SWEEP)
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
