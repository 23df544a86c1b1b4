//! Locks, reads and writes the seat row of an event: its counts, its registration window and its waiting list's last
//! number.
//!
//! Every change of an event's registrations locks this row first; where several are locked, in the order of their ids,
//! so that transactions cannot deadlock.

pub(crate) mod waitlist;

use plenaria_domain::event::EventStatus;
use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::registration::seats::Seats;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query, UpdateStatement, Value};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::entity::event_seats::{Column, Entity, Model};

/// A seat row as read under its lock.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LockedSeats {
    pub(crate) event: EventId,
    pub(crate) seats: Seats,
    pub(crate) window: RegistrationWindow,
    pub(crate) starts_at: Instant,
    /// The highest waiting list number that has been given out.
    pub(crate) last_waitlist_number: i64,
}

impl LockedSeats {
    /// Gives out the waiting list number for the next person. Numbers only grow, so the waiting list keeps the
    /// order of arrival.
    pub(crate) const fn next_waitlist_number(&mut self) -> i64 {
        self.last_waitlist_number += 1;
        self.last_waitlist_number
    }

    /// Whether a seat that becomes free at `now` goes to the waiting list: only before the event starts, and not if it
    /// is cancelled.
    pub(crate) fn promotes_at(&self, now: Instant) -> bool {
        self.window.status == EventStatus::Published && now < self.starts_at
    }
}

/// Locks the seat rows of these events, in the order of their ids, until the transaction ends. Unknown events are left
/// out.
pub(crate) async fn lock(
    transaction: &DatabaseTransaction,
    events: &[EventId],
) -> Result<Vec<LockedSeats>, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|id| id.0).collect();
    let rows = Entity::find()
        .filter(Column::EventId.is_in(pad_to_statement_size(ids)))
        .order_by_asc(Column::EventId)
        .lock_exclusive()
        .all(transaction)
        .await?;
    rows.iter().map(from_row).collect()
}

/// Locks the seat row of one event; `None` if the event does not exist.
pub(crate) async fn lock_one(
    transaction: &DatabaseTransaction,
    event: EventId,
) -> Result<Option<LockedSeats>, StoreError> {
    Ok(lock(transaction, &[event]).await?.pop())
}

/// The statement that writes the counts.
pub(crate) fn update(locked: &LockedSeats) -> UpdateStatement {
    let seats = locked.seats;
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::MaxConfirmed, seats.max_confirmed().map(i64::from))
        .value(Column::Confirmed, i64::from(seats.confirmed))
        .value(Column::Waitlisted, i64::from(seats.waitlisted))
        .value(Column::LastWaitlistNumber, locked.last_waitlist_number)
        .and_where(Expr::col(Column::EventId).eq(locked.event.0));
    update
}

/// One statement for `PostgreSQL` that writes the counts of several events. Its array parameters are appended to
/// `values`, so that the caller can send it as part of a larger statement.
pub(crate) fn bulk_update_sql(locked: &[&LockedSeats], values: &mut Vec<Value>) -> String {
    let all = || locked.iter();
    let ids = bulk_insert::bind_uuid_array(all().map(|l| l.event.0), values);
    let confirmed = bulk_insert::bind_bigint_array(all().map(|l| i64::from(l.seats.confirmed)), values);
    let waitlisted = bulk_insert::bind_bigint_array(all().map(|l| i64::from(l.seats.waitlisted)), values);
    let last = bulk_insert::bind_bigint_array(all().map(|l| l.last_waitlist_number), values);
    format!(
        "UPDATE event_seats AS s SET confirmed = n.confirmed, waitlisted = n.waitlisted, \
         max_confirmed = CASE WHEN s.capacity IS NOT NULL THEN GREATEST(s.capacity, n.confirmed) END, \
         last_waitlist_number = n.last_waitlist_number FROM UNNEST({ids}, {confirmed}, {waitlisted}, {last}) \
         AS n (event_id, confirmed, waitlisted, last_waitlist_number) WHERE s.event_id = n.event_id"
    )
}

fn from_row(row: &Model) -> Result<LockedSeats, StoreError> {
    Ok(LockedSeats {
        event: EventId(row.event_id),
        seats: counts(row)?,
        window: window(row)?,
        starts_at: row.starts_at,
        last_waitlist_number: row.last_waitlist_number,
    })
}

/// The counts in a seat row.
pub(crate) fn counts(row: &Model) -> Result<Seats, StoreError> {
    let count = |n: i64| u32::try_from(n).map_err(|e| StoreError::corrupt("event_seats", e));
    Ok(Seats {
        capacity: row.capacity.map(count).transpose()?,
        waitlist: row.waitlist,
        confirmed: count(row.confirmed)?,
        waitlisted: count(row.waitlisted)?,
    })
}

/// The registration window in a seat row.
pub(crate) fn window(row: &Model) -> Result<RegistrationWindow, StoreError> {
    Ok(RegistrationWindow {
        status: EventStatus::parse(&row.status).map_err(|e| StoreError::corrupt("event_seats", e))?,
        opens_at: row.opens_at,
        closes_at: row.closes_at,
        ends_at: row.ends_at,
    })
}
