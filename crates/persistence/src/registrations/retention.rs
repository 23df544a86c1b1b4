//! Anonymises the registrations of events whose retention period is over, and removes the history of their definitions, which
//! may name speakers who were removed since.

use chrono::TimeDelta;
use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::desk::locked as desk;
use crate::entity::{event, registration};
use crate::events::publish::revision;
use crate::seats;

/// How many registrations one transaction anonymises.
const BATCH_SIZE: u64 = 256;

impl Store {
    /// Anonymises the registrations of all events that ended longer ago than their retention period, and returns their
    /// number. `default` is the period of events whose definition has none; `None` means without limit. Several
    /// instances may run this at once: each registration is anonymised by one of them, under the lock on its event.
    pub async fn anonymise_expired(&self, default: Option<TimeDelta>, now: Instant) -> Result<u64, StoreError> {
        let ended: Vec<(Uuid, Instant, Option<i64>)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Id, event::Column::EndsAt, event::Column::RetentionDays])
            .filter(event::Column::AnonymisedAt.is_null())
            .filter(event::Column::EndsAt.lte(now))
            .order_by_asc(event::Column::EndsAt)
            .into_tuple()
            .all(self.reads())
            .await?;
        let mut total = 0;
        for (id, ends_at, days) in ended {
            let Some(retention) = days.map(TimeDelta::days).or(default) else { continue };
            if ends_at + retention > now {
                continue;
            }
            let (id, mut after) = (EventId(id), None);
            loop {
                let batch = self
                    .write(|transaction| {
                        Box::pin(async move { anonymise_batch(transaction, id, after, retention, now).await })
                    })
                    .await?;
                let Some((number, last)) = batch else { break };
                total += number;
                after = Some(last);
            }
        }
        Ok(total)
    }
}

/// Anonymises the next registrations after the id `after`, and returns their number and the last id. Returns `None` if
/// none are left, after marking the event as anonymised, or if the event is not due: it is checked again under the
/// lock, because the event may have been postponed meanwhile.
async fn anonymise_batch(
    transaction: &DatabaseTransaction,
    event: EventId,
    after: Option<Uuid>,
    retention: TimeDelta,
    now: Instant,
) -> Result<Option<(u64, Uuid)>, StoreError> {
    use registration::{Column, Entity};
    let Some(locked) = seats::lock_one(transaction, event).await? else { return Ok(None) };
    if locked.window.ends_at + retention > now {
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
    let ids: Vec<Uuid> = next.order_by_asc(Column::Id).limit(BATCH_SIZE).into_tuple().all(transaction).await?;
    let Some(last) = ids.last().copied() else {
        let mut mark = Query::update();
        mark.table(event::Entity)
            .value(event::Column::AnonymisedAt, now)
            .and_where(Expr::col(event::Column::Id).eq(event.0));
        transaction.execute(&mark).await?;
        revision::remove_history(transaction, event).await?;
        return Ok(None);
    };
    let number = ids.len() as u64;
    desk::anonymise(transaction, locked, ids, now).await?;
    let entry = AuditRecord::of_event(Action::RegistrationsAnonymised, event, json!({ "registrations": number }));
    record(transaction, &AuditContext::system(), vec![entry], now).await?;
    Ok(Some((number, last)))
}
