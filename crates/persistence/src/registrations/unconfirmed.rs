//! Removes requests for a registration whose address was not confirmed in time.

use plenaria_domain::registration::CONFIRMATION_TIMEOUT;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity};
use crate::mail::enqueue;
use crate::seats;

/// How many unconfirmed requests one transaction removes.
const CLEANUP_BATCH_SIZE: u64 = 256;

impl Store {
    /// Removes the requests whose address was not confirmed in time, and returns their number.
    pub async fn remove_unconfirmed(&self, now: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let batch =
                self.write(|transaction| Box::pin(remove_expired(transaction, now - CONFIRMATION_TIMEOUT))).await?;
            removed += batch;
            if batch < CLEANUP_BATCH_SIZE {
                return Ok(removed);
            }
        }
    }
}

/// Removes the oldest requests that were created at or before `created_until`, under the locks on their events, and
/// returns their number. The deletion repeats the conditions, because a request may be renewed or confirmed while this
/// waits for a lock.
async fn remove_expired(transaction: &DatabaseTransaction, created_until: Instant) -> Result<u64, StoreError> {
    let expired: Vec<(Uuid, Uuid)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::EventId])
        // Literally the condition of the partial index; SQLite would not use the index otherwise.
        .filter(Expr::cust("status = 'pending'"))
        .filter(Column::CreatedAt.lte(created_until))
        .order_by_asc(Column::CreatedAt)
        .limit(CLEANUP_BATCH_SIZE)
        .into_tuple()
        .all(transaction)
        .await?;
    if expired.is_empty() {
        return Ok(0);
    }
    let (expired, mut events): (Vec<Uuid>, Vec<EventId>) =
        expired.into_iter().map(|(id, event)| (id, EventId(event))).unzip();
    events.sort_unstable();
    events.dedup();
    seats::lock(transaction, &events).await?;
    let mut delete = Query::delete();
    delete
        .from_table(Entity)
        .and_where(Expr::col(Column::Id).is_in(pad_to_statement_size(expired)))
        .and_where(Expr::col(Column::Status).eq(RegistrationStatus::Pending.as_str()))
        .and_where(Expr::col(Column::CreatedAt).lte(created_until))
        .returning(Query::returning().columns([Column::Id]));
    let removed = transaction.query_all(&delete).await?;
    let removed: Vec<Uuid> = removed.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let number = removed.len() as u64;
    enqueue::delete_for_registrations(transaction, removed).await?;
    Ok(number)
}
