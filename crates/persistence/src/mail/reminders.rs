//! Queues reminders before events start.

use chrono::TimeDelta;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Statement};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::{event, reminder};
use crate::mail::from_feed::{INSERTED_COLUMNS, empty_json_sql, id_sql};
use crate::mail::queue::MailQueue;

impl MailQueue {
    /// Queues the reminders that are due, `minutes` before the start of their events, and returns the number of
    /// messages. If several reminders of one event are due, after a long interruption, only the last one is sent; none
    /// is sent once the event has started. A person who got a seat after the reminder was due gets none, because their
    /// confirmation is more recent.
    pub async fn enqueue_reminders(&self, minutes: &[u32], now: Instant) -> Result<u64, StoreError> {
        let mut minutes = minutes.to_vec();
        minutes.sort_unstable();
        let mut queued = 0;
        let mut earliest_start = now;
        for minutes in minutes {
            let before = TimeDelta::minutes(minutes.into());
            for (event, starts_at) in self.reminders_due(earliest_start, now + before, minutes).await? {
                queued += self
                    .store
                    .write(|transaction| {
                        Box::pin(
                            async move { enqueue(transaction, event, minutes, starts_at, starts_at - before).await },
                        )
                    })
                    .await?;
            }
            earliest_start = now + before;
        }
        Ok(queued)
    }

    /// Returns the events that start after `earliest_start` and not after `latest_start`, and whose reminder has not
    /// been queued, with their start.
    async fn reminders_due(
        &self,
        earliest_start: Instant,
        latest_start: Instant,
        minutes: u32,
    ) -> Result<Vec<(EventId, Instant)>, StoreError> {
        use event::{Column, Entity};
        let mut queued = Query::select();
        queued
            .expr(Expr::val(1))
            .from(reminder::Entity)
            .and_where(Expr::col(reminder::Column::EventId).equals((Entity, Column::Id)))
            .and_where(Expr::col((reminder::Entity, reminder::Column::StartsAt)).equals((Entity, Column::StartsAt)))
            .and_where(Expr::col(reminder::Column::MinutesBefore).eq(i64::from(minutes)));
        let rows: Vec<(Uuid, Instant)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::StartsAt])
            .filter(Column::Status.eq("published"))
            .filter(Column::StartsAt.gt(earliest_start))
            .filter(Column::StartsAt.lte(latest_start))
            .filter(Expr::exists(queued).not())
            .into_tuple()
            .all(self.store.reads())
            .await?;
        Ok(rows.into_iter().map(|(id, starts_at)| (EventId(id), starts_at)).collect())
    }
}

/// Records the reminder as queued, and queues its messages unless another worker has done so.
async fn enqueue(
    transaction: &DatabaseTransaction,
    event: EventId,
    minutes: u32,
    starts_at: Instant,
    due_at: Instant,
) -> Result<u64, StoreError> {
    let mut record = Query::insert();
    record
        .into_table(reminder::Entity)
        .columns([reminder::Column::EventId, reminder::Column::MinutesBefore, reminder::Column::StartsAt])
        .values_panic([event.0.into(), i64::from(minutes).into(), starts_at.into()])
        .on_conflict(OnConflict::new().do_nothing().to_owned());
    if transaction.execute(&record).await?.rows_affected() == 0 {
        return Ok(0);
    }
    let backend = transaction.get_database_backend();
    let (new_id, registration) = id_sql(backend, due_at);
    let sql = format!(
        "INSERT INTO messages ({INSERTED_COLUMNS}) \
         SELECT {new_id}, '{}', r.id, r.event_id, r.language, $1, $2, 0, 'pending', {}, \
             'reminder:{minutes}:{}:' || {registration} \
         FROM registrations AS r WHERE r.event_id = $3 AND r.status = 'confirmed' AND r.erased_at IS NULL \
             AND r.confirmed_at <= $4 ON CONFLICT (cause) WHERE cause IS NOT NULL DO NOTHING",
        MessageKind::Reminder.as_str(),
        empty_json_sql(backend),
        starts_at.timestamp(),
    );
    let values = [due_at.into(), due_at.into(), event.0.into(), due_at.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(transaction.execute_raw(statement).await?.rows_affected())
}
