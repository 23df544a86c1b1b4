//! Seating the head of the queue when seats come free: by cancelling, by erasing, by a raised capacity. Whoever frees seats
//! calls this under the lock of the event, in the same transaction.

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::registration::{Column, Entity};
use crate::seats::LockedSeats;
use crate::{StoreError, outbox};

#[derive(FromQueryResult)]
struct Promoted {
    id: Uuid,
    revision: i64,
}

/// Seats the head of the queue while there is room, unless the event has started or was called off; the caller saves the
/// counts and writes the changes given back. Two statements, however many are seated.
pub(crate) async fn promote(
    transaction: &DatabaseTransaction,
    locked: &mut LockedSeats,
    now: Instant,
) -> Result<Vec<outbox::Change>, StoreError> {
    let promoted = if locked.promotes_at(now) { locked.seats.promote() } else { 0 };
    if promoted == 0 {
        return Ok(Vec::new());
    }
    let short = || StoreError::corrupt("event_seats", "the queue is shorter than its count");
    let last: Option<i64> = Entity::find()
        .select_only()
        .column(Column::QueueNumber)
        .filter(Column::EventId.eq(locked.event.0))
        .filter(Column::QueueNumber.is_not_null())
        .order_by_asc(Column::QueueNumber)
        .offset(u64::from(promoted) - 1)
        .limit(1)
        .into_tuple()
        .one(transaction)
        .await?;
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::Status, RegistrationStatus::Confirmed.as_str())
        .value(Column::QueueNumber, None::<i64>)
        .value(Column::ConfirmedAt, now)
        .value(Column::UpdatedAt, now)
        .value(Column::Revision, Expr::col(Column::Revision).add(1))
        .and_where(Expr::col(Column::EventId).eq(locked.event.0))
        .and_where(Expr::col(Column::QueueNumber).lte(last.ok_or_else(short)?))
        .returning(Query::returning().columns([Column::Id, Column::Revision]));
    let statement = transaction.get_database_backend().build(&update);
    let seated = Promoted::find_by_statement(statement).all(transaction).await?;
    if seated.len() != promoted as usize {
        return Err(short());
    }
    let kind = ChangeType::RegistrationPromoted;
    let change = |row: Promoted| {
        outbox::of_registration(kind, locked.event, RegistrationId(row.id), row.revision, "confirmed", now)
    };
    Ok(seated.into_iter().map(change).collect())
}
