//! Removes entries of the audit log once their retention time is over. Nothing else changes or removes entries.

use plenaria_domain::values::time::Instant;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait};

use crate::audit::list::first_id_at;
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::audit_entry::{Column, Entity};

/// Number of entries that one transaction deletes.
const CLEANUP_BATCH_SIZE: u64 = 1_000;

impl Store {
    /// Deletes the entries from before this instant, to the millisecond, and returns their number.
    pub async fn remove_old_audit_entries(&self, before: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let old = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::Id.lt(first_id_at(before)))
                .order_by_asc(Column::Id)
                .limit(CLEANUP_BATCH_SIZE);
            let old = QueryTrait::into_query(old);
            let batch = self
                .write(|transaction| {
                    let statement = Entity::delete_many().filter(Column::Id.in_subquery(old.clone()));
                    Box::pin(async move { Ok(statement.exec(transaction).await?.rows_affected) })
                })
                .await?;
            removed += batch;
            if batch < CLEANUP_BATCH_SIZE {
                return Ok(removed);
            }
        }
    }
}
