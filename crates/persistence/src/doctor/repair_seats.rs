//! Mending an event's seats.

use plenaria_domain::doctor::{Counts, Finding, Kind};
use plenaria_domain::ids::EventId;
use plenaria_domain::time::Instant;
use sea_orm::DatabaseTransaction;

use super::repair::{Mended, Repair};
use super::seats::recount;
use crate::promotion::promote;
use crate::{Store, StoreError, outbox, rows, seats};

impl Store {
    /// Recounts an event under the lock that the desk takes, sets its seat row to that, and seats the head of the queue if
    /// there is room: one transaction. Nobody is evicted. An event whose queue is in disorder is left alone.
    pub(super) async fn mend_seats(&self, event: EventId, now: Instant) -> Result<Repair, StoreError> {
        self.write(|transaction| Box::pin(async move { mend(transaction, event, now).await })).await
    }
}

async fn mend(transaction: &DatabaseTransaction, event: EventId, now: Instant) -> Result<Repair, StoreError> {
    let mut repair = Repair::default();
    let Some(mut locked) = seats::lock_one(transaction, event).await? else { return Ok(repair) };
    let Some(counted) = recount(transaction, event.0).await? else { return Ok(repair) };
    let corrupt = |error| StoreError::corrupt("registrations", error);
    let count = |number: i64| u32::try_from(number).map_err(corrupt);
    let before = (locked.seats.confirmed, locked.seats.waitlisted, locked.last_queue_number);
    let ceiling = locked.seats.ceiling();
    let Counts { confirmed, waitlisted, last_queue_number } = counted;
    (locked.seats.confirmed, locked.seats.waitlisted) = (count(confirmed)?, count(waitlisted)?);
    locked.last_queue_number = locked.last_queue_number.max(last_queue_number);
    let after = (locked.seats.confirmed, locked.seats.waitlisted, locked.last_queue_number);
    let mut mended = |kind, what: String| repair.mended.push(Mended { kind, what, id: Some(event.0) });
    if (before.0, before.1) != (after.0, after.1) {
        let what = format!("the seat row says {} confirmed and {} waiting, as they are", after.0, after.1);
        mended(Kind::SeatCounts, what);
    }
    if before.2 != after.2 {
        mended(Kind::QueueCounter, format!("the last place in the queue is {}", after.2));
    }
    let mut changes = promote(transaction, &mut locked, now).await?;
    changes.iter_mut().for_each(outbox::by_client);
    if !changes.is_empty() {
        mended(Kind::EmptySeats, format!("{} of the queue have got a seat", changes.len()));
    }
    seats::save(transaction, &locked).await?;
    rows::insert(transaction, changes).await?;
    // With the counts right it looks as it does after lowering the capacity: now is the time to tell.
    if let (Some(ceiling), Some(capacity)) = (ceiling, locked.seats.capacity)
        && locked.seats.confirmed > ceiling
    {
        let what = format!("{confirmed} are confirmed for an event whose capacity is {capacity}");
        repair.left.push(Finding::of(Kind::OverCapacity, event.0, what));
    }
    Ok(repair)
}
