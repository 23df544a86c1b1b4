//! Schedules the message after an event (`follow_up` in its definition), and queues it when it is due.
//!
//! Publishing writes when the message is due. A worker marks the event's row as queued in the transaction that queues the
//! messages, so that of several workers only one does it. Ids of these messages follow from the event's and the
//! registration's, so that a database that loses the transaction in a crash gets the same messages again.
//!
//! A registration gets this message once, which its row says. If the event is moved to a later time after the message was
//! queued and takes place again, people get it who did not get it before: those who have registered since, and those who
//! missed the first date where attendance was recorded.

use chrono::TimeDelta;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::follow_up::{Column, Entity};
use crate::mail::from_feed::{INSERTED_COLUMNS, empty_json_sql, id_time, registration_id_sql};
use crate::mail::queue::MailQueue;
use crate::seats;

/// For how long after it was due a message is still queued: after an interruption, and when a definition gets its
/// `follow_up` after the event.
const MAX_DELAY: TimeDelta = TimeDelta::days(30);

/// The registrations `r` of the event `$1`, also `$2`, that get its message: all who have a seat, or only those who attended
/// where attendance was recorded for anybody.
const RECIPIENTS: &str = "r.event_id = $1 AND r.status = 'confirmed' AND r.erased_at IS NULL AND r.followed_up_at IS NULL \
     AND (r.attended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM registrations AS a \
         WHERE a.event_id = $2 AND a.attended_at IS NOT NULL))";

impl MailQueue {
    /// Queues the follow-ups that are due, and returns the number of messages. Nothing is sent about an event that is
    /// cancelled or a draft.
    pub async fn enqueue_follow_ups(&self, now: Instant) -> Result<u64, StoreError> {
        let mut queued = 0;
        for (event, due_at) in self.follow_ups_due(now).await? {
            queued += self
                .store
                .write(|transaction| Box::pin(async move { enqueue(transaction, event, due_at, now).await }))
                .await?;
        }
        Ok(queued)
    }

    /// Returns the events whose follow-up is due and has not been queued, and when it was due.
    async fn follow_ups_due(&self, now: Instant) -> Result<Vec<(Uuid, Instant)>, StoreError> {
        use crate::entity::event;
        let mut query = Query::select();
        query
            .columns([(Entity, Column::EventId), (Entity, Column::DueAt)])
            .from(Entity)
            .inner_join(event::Entity, Expr::col((event::Entity, event::Column::Id)).equals((Entity, Column::EventId)))
            .and_where(Expr::col((Entity, Column::DueAt)).lte(now))
            .and_where(Expr::col((Entity, Column::DueAt)).gt(now - MAX_DELAY))
            .and_where(Expr::col((Entity, Column::QueuedAt)).is_null())
            .and_where(Expr::col((event::Entity, event::Column::Status)).eq("published"));
        let rows = self.store.reads().query_all(&query).await?;
        rows.iter().map(|row| Ok((row.try_get("", "event_id")?, row.try_get("", "due_at")?))).collect()
    }
}

/// Marks the follow-up as queued, and queues its messages unless another worker has done so, or it is due at another
/// time now. Where attendance was recorded for anybody, only those who attended get it.
async fn enqueue(
    transaction: &DatabaseTransaction,
    event: Uuid,
    due_at: Instant,
    now: Instant,
) -> Result<u64, StoreError> {
    let mut mark = Query::update();
    mark.table(Entity)
        .value(Column::QueuedAt, now)
        .and_where(Expr::col(Column::EventId).eq(event))
        .and_where(Expr::col(Column::DueAt).eq(due_at))
        .and_where(Expr::col(Column::QueuedAt).is_null());
    if transaction.execute(&mark).await?.rows_affected() == 0 {
        return Ok(0);
    }
    if seats::lock_one(transaction, EventId(event)).await?.is_none() {
        return Ok(0);
    }
    let backend = transaction.get_database_backend();
    let (registration, follow_up) = (registration_id_sql(backend), MessageKind::FollowUp.as_str());
    let insert = format!(
        "INSERT INTO messages ({INSERTED_COLUMNS}) \
         SELECT {}, '{follow_up}', r.id, r.event_id, r.language, $3, $4, 0, 'pending', {}, '{follow_up}:' || {registration} \
         FROM registrations AS r WHERE {RECIPIENTS} ON CONFLICT DO NOTHING",
        id_sql(backend, due_at),
        empty_json_sql(backend),
    );
    let values = [event.into(), event.into(), now.into(), now.into()];
    let queued =
        transaction.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?.rows_affected();
    let update = format!("UPDATE registrations AS r SET followed_up_at = $3 WHERE {RECIPIENTS}");
    let values = [event.into(), event.into(), now.into()];
    transaction.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
    Ok(queued)
}

/// SQL for a message's id (UUID version 7) of that time, with the random part of the registration's id.
fn id_sql(backend: DbBackend, at: Instant) -> String {
    let time = id_time(at);
    if backend == DbBackend::Postgres {
        let (first, second) = time.split_at(8);
        format!("CAST('{first}-{second}-7' || substr(CAST(r.id AS text), 16) AS uuid)")
    } else {
        format!("unhex('{time}7' || substr(hex(r.id), 14))")
    }
}

/// Writes when the follow-up of an event with this definition and this end is due. Once queued it stays so, whatever
/// changes, except when the event is moved to a later time: then people who have not got it get it after that.
pub(crate) async fn schedule(
    transaction: &DatabaseTransaction,
    event: EventId,
    definition: &Definition,
    ends_at: Instant,
) -> Result<(), StoreError> {
    let Some(follow_up) = &definition.follow_up else {
        let mut update = Query::update();
        let nothing_due = update.table(Entity).value(Column::DueAt, Option::<Instant>::None);
        transaction.execute(nothing_due.and_where(Expr::col(Column::EventId).eq(event.0))).await?;
        return Ok(());
    };
    let due_at = ends_at + TimeDelta::hours(follow_up.hours_after.into());
    let column = |column: Column| Expr::col((Entity, column));
    let queued_before_end = column(Column::QueuedAt).lt(ends_at);
    let mut insert = Query::insert();
    insert
        .into_table(Entity)
        .columns([Column::EventId, Column::DueAt])
        .values_panic([event.0.into(), due_at.into()])
        .on_conflict(
            OnConflict::column(Column::EventId)
                .update_column(Column::DueAt)
                .value(
                    Column::QueuedAt,
                    Expr::case(queued_before_end, Option::<Instant>::None).finally(column(Column::QueuedAt)),
                )
                .to_owned(),
        );
    transaction.execute(&insert).await?;
    Ok(())
}
