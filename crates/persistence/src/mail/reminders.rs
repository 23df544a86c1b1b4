//! Reminders into the queue.

use chrono::TimeDelta;
use plenaria_domain::ids::EventId;
use plenaria_domain::message::MessageKind;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Statement};
use uuid::Uuid;

use super::Mail;
use super::queueing::{COLUMNS, empty, ids};
use crate::StoreError;
use crate::entity::{event, reminder};

impl Mail {
    /// Queues the reminders whose time has come, so many minutes before the start; how many. Of an event that several are
    /// due for, after a long silence, only the last one is sent, and none once it has started. Who had no seat when the
    /// time came is not reminded: they have just been told.
    pub async fn remind(&self, minutes: &[u32], now: Instant) -> Result<u64, StoreError> {
        let mut minutes = minutes.to_vec();
        minutes.sort_unstable();
        let mut queued = 0;
        let mut nearer = now;
        for minutes in minutes {
            let before = TimeDelta::minutes(minutes.into());
            for (event, starts_at) in self.reminders_due(nearer, now + before, minutes).await? {
                queued += self
                    .store
                    .write(|transaction| {
                        Box::pin(
                            async move { remind(transaction, event, minutes, starts_at, starts_at - before).await },
                        )
                    })
                    .await?;
            }
            nearer = now + before;
        }
        Ok(queued)
    }

    /// Events that start after `nearer` and at most at `latest`, whose reminder has not been queued.
    async fn reminders_due(
        &self,
        nearer: Instant,
        latest: Instant,
        minutes: u32,
    ) -> Result<Vec<(EventId, Instant)>, StoreError> {
        use event::{Column, Entity};
        let mut done = Query::select();
        done.expr(Expr::val(1))
            .from(reminder::Entity)
            .and_where(Expr::col(reminder::Column::EventId).equals((Entity, Column::Id)))
            .and_where(Expr::col((reminder::Entity, reminder::Column::StartsAt)).equals((Entity, Column::StartsAt)))
            .and_where(Expr::col(reminder::Column::Minutes).eq(i64::from(minutes)));
        let rows: Vec<(Uuid, Instant)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::StartsAt])
            .filter(Column::Status.eq("published"))
            .filter(Column::StartsAt.gt(nearer))
            .filter(Column::StartsAt.lte(latest))
            .filter(Expr::exists(done).not())
            .into_tuple()
            .all(self.store.reads())
            .await?;
        Ok(rows.into_iter().map(|(id, starts_at)| (EventId(id), starts_at)).collect())
    }
}

/// Marks the reminder as queued, and queues it unless another worker has.
async fn remind(
    transaction: &DatabaseTransaction,
    event: EventId,
    minutes: u32,
    starts_at: Instant,
    due_at: Instant,
) -> Result<u64, StoreError> {
    let mut mark = Query::insert();
    mark.into_table(reminder::Entity)
        .columns([reminder::Column::EventId, reminder::Column::Minutes, reminder::Column::StartsAt])
        .values_panic([event.0.into(), i64::from(minutes).into(), starts_at.into()])
        .on_conflict(OnConflict::new().do_nothing().to_owned());
    if transaction.execute(&mark).await?.rows_affected() == 0 {
        return Ok(0);
    }
    let backend = transaction.get_database_backend();
    let (new_id, registration) = ids(backend, due_at);
    let sql = format!(
        "INSERT INTO messages ({COLUMNS}) \
         SELECT {new_id}, '{}', r.id, r.event_id, r.language, $1, $2, 0, 'pending', {}, \
             'reminder:{minutes}:{}:' || {registration} \
         FROM registrations AS r WHERE r.event_id = $3 AND r.status = 'confirmed' AND r.erased_at IS NULL \
             AND r.confirmed_at <= $4 ON CONFLICT (cause) WHERE cause IS NOT NULL DO NOTHING",
        MessageKind::Reminder.as_str(),
        empty(backend),
        starts_at.timestamp(),
    );
    let values = [due_at.into(), due_at.into(), event.0.into(), due_at.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(transaction.execute_raw(statement).await?.rows_affected())
}
