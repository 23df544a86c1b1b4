//! Removes entries of the audit log once their retention time is over. Nothing else changes or removes entries.

use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, Query};

use crate::audit::list::first_id_at;
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::audit_entry::{Column, Entity};

/// Number of entries that one transaction deletes.
const CLEANUP_BATCH_SIZE: u64 = 1_000;

impl Store {
    /// Deletes the entries from before this instant, to the millisecond, and returns their number.
    pub async fn remove_old_audit_entries(&self, before: Instant) -> Result<u64, StoreError> {
        let id = Expr::col(Column::Id);
        let mut old = Query::select();
        old.column(Column::Id)
            .from(Entity)
            .and_where(id.clone().lt(first_id_at(before)))
            .order_by(Column::Id, Order::Asc);
        self.delete_in_batches(Entity, id, old, CLEANUP_BATCH_SIZE).await
    }
}
