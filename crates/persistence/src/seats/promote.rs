//! Promotion: gives free seats to the first people on the waiting list.
//!
//! Cancelling, erasing and raising the capacity free seats. Each calls [`promote`] in its own transaction, under the
//! lock on the event's seat row.

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::registration::{Column, Entity};
use crate::feed::outbox;
use crate::seats::LockedSeats;

#[derive(FromQueryResult)]
struct Promoted {
    id: Uuid,
    revision: i64,
}

/// Confirms the first people on the waiting list while seats are free, unless the event has started or is cancelled.
/// Takes two statements for any number of people. The caller must save the counts and write the returned changes.
pub(crate) async fn promote(
    transaction: &DatabaseTransaction,
    locked: &mut LockedSeats,
    now: Instant,
) -> Result<Vec<outbox::OutboxRow>, StoreError> {
    let promoted = if locked.promotes_at(now) { locked.seats.promote() } else { 0 };
    if promoted == 0 {
        return Ok(Vec::new());
    }
    let too_short = || StoreError::corrupt("event_seats", "the waiting list is shorter than its count");
    let last: Option<i64> = Entity::find()
        .select_only()
        .column(Column::WaitlistNumber)
        .filter(Column::EventId.eq(locked.event.0))
        .filter(Column::WaitlistNumber.is_not_null())
        .order_by_asc(Column::WaitlistNumber)
        .offset(u64::from(promoted) - 1)
        .limit(1)
        .into_tuple()
        .one(transaction)
        .await?;
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::Status, RegistrationStatus::Confirmed.as_str())
        .value(Column::WaitlistNumber, None::<i64>)
        .value(Column::ConfirmedAt, now)
        .value(Column::UpdatedAt, now)
        .value(Column::Revision, Expr::col(Column::Revision).add(1))
        .and_where(Expr::col(Column::EventId).eq(locked.event.0))
        .and_where(Expr::col(Column::WaitlistNumber).lte(last.ok_or_else(too_short)?))
        .returning(Query::returning().columns([Column::Id, Column::Revision]));
    let statement = transaction.get_database_backend().build(&update);
    let confirmed = Promoted::find_by_statement(statement).all(transaction).await?;
    if confirmed.len() != promoted as usize {
        return Err(too_short());
    }
    let kind = ChangeType::RegistrationPromoted;
    let change = |row: Promoted| {
        outbox::registration_change(kind, locked.event, RegistrationId(row.id), row.revision, "confirmed", now)
    };
    Ok(confirmed.into_iter().map(change).collect())
}
