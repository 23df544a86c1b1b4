//! Retention: the personal data of an event are made anonymous some time after its end.

use chrono::TimeDelta;
use plenaria_domain::ids::EventId;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::{event, registration};
use crate::{Store, StoreError, erasure, rows, seats};

/// How many registrations one transaction makes anonymous.
const BATCH: u64 = 256;

impl Store {
    /// Makes the registrations anonymous of all events that have been over for as long as their definition says, or for
    /// `default` where it says nothing (`None`: for ever), and says how many. Several instances may do it at once: each
    /// registration is done by one of them, under the lock of its event.
    pub async fn make_anonymous(&self, default: Option<TimeDelta>, now: Instant) -> Result<u64, StoreError> {
        let over: Vec<(Uuid, Instant, Option<i64>)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::EndsAt, event::Column::RetentionDays])
            .filter(event::Column::AnonymisedAt.is_null())
            .filter(event::Column::EndsAt.lte(now))
            .order_by_asc(event::Column::EndsAt)
            .into_tuple()
            .all(self.reads())
            .await?;
        let mut total = 0;
        for (id, ends_at, days) in over {
            let Some(kept) = days.map(TimeDelta::days).or(default) else { continue };
            if ends_at + kept > now {
                continue;
            }
            let (id, mut after) = (EventId(id), None);
            loop {
                let done = self
                    .write(|transaction| Box::pin(async move { some(transaction, id, after, kept, now).await }))
                    .await?;
                let Some((number, last)) = done else { break };
                total += number;
                after = Some(last);
            }
        }
        Ok(total)
    }
}

/// Makes the next ones anonymous: how many, and the last one's id; `None` if there are none left, which is noted. It is
/// looked at again under the lock whether the event is over: it may have been put off meanwhile.
async fn some(
    transaction: &DatabaseTransaction,
    event: EventId,
    after: Option<Uuid>,
    kept: TimeDelta,
    now: Instant,
) -> Result<Option<(u64, Uuid)>, StoreError> {
    use registration::{Column, Entity};
    let Some(locked) = seats::lock_one(transaction, event).await? else { return Ok(None) };
    if locked.window.ends_at + kept > now {
        return Ok(None);
    }
    let mut next = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::EventId.eq(event.0))
        .filter(Column::ErasedAt.is_null());
    if let Some(after) = after {
        next = next.filter(Column::Id.gt(after));
    }
    let ids: Vec<Uuid> = next.order_by_asc(Column::Id).limit(BATCH).into_tuple().all(transaction).await?;
    let Some(last) = ids.last().copied() else {
        let mut done = Query::update();
        done.table(event::Entity)
            .value(event::Column::AnonymisedAt, now)
            .and_where(Expr::col(event::Column::Id).eq(event.0));
        transaction.execute(&done).await?;
        return Ok(None);
    };
    let number = ids.len() as u64;
    let changes = erasure::forget(transaction, event, ids, now).await?;
    rows::insert(transaction, changes).await?;
    Ok(Some((number, last)))
}
