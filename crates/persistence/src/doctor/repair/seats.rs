//! Repairs the seat row of an event.

use std::sync::Arc;

use plenaria_domain::doctor::{Finding, Kind, SeatCounts};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::desk;
use crate::desk::reply::Outcome;
use crate::desk::request::{Command, Request};
use crate::doctor::checks::seats::recount;
use crate::doctor::report::{RepairReport, Repaired};
use crate::seats;

impl Store {
    /// In one transaction, recounts an event's registrations under the lock that the desk takes, writes the counts into
    /// the seat row, and promotes from the waiting list if there are free seats. No confirmed registration loses its
    /// seat. An event whose waiting list numbers are inconsistent is left unchanged.
    pub(crate) async fn repair_seats(&self, event: EventId, now: Instant) -> Result<RepairReport, StoreError> {
        self.write(|transaction| Box::pin(async move { repair(transaction, event, now).await })).await
    }
}

async fn repair(transaction: &DatabaseTransaction, event: EventId, now: Instant) -> Result<RepairReport, StoreError> {
    let mut report = RepairReport::default();
    let Some(mut locked) = seats::lock_one(transaction, event).await? else { return Ok(report) };
    let Some(counted) = recount(transaction, event.0).await? else { return Ok(report) };
    let corrupt = |error| StoreError::corrupt("registrations", error);
    let count = |number: i64| u32::try_from(number).map_err(corrupt);
    let before = (locked.seats.confirmed, locked.seats.waitlisted, locked.last_waitlist_number);
    let max_confirmed = locked.seats.max_confirmed();
    let SeatCounts { confirmed, waitlisted, last_waitlist_number } = counted;
    (locked.seats.confirmed, locked.seats.waitlisted) = (count(confirmed)?, count(waitlisted)?);
    locked.last_waitlist_number = locked.last_waitlist_number.max(last_waitlist_number);
    let after = (locked.seats.confirmed, locked.seats.waitlisted, locked.last_waitlist_number);
    let mut repaired = |kind, what: String| report.repaired.push(Repaired { kind, what, id: Some(event.0) });
    if (before.0, before.1) != (after.0, after.1) {
        let what = format!("the seat row says {} confirmed and {} waiting, as they are", after.0, after.1);
        repaired(Kind::SeatCounts, what);
    }
    if before.2 != after.2 {
        repaired(Kind::WaitlistCounter, format!("the last number on the waiting list is {}", after.2));
    }
    transaction.execute(&seats::update(&locked)).await?;
    let promotion = Request { event, now, idempotency: None, command: Command::Promote };
    if let Some(Ok(Outcome::Promoted(promoted @ 1..))) =
        desk::locked::serve_in(transaction, &Arc::new(promotion)).await?.replies.pop()
    {
        locked.seats.confirmed += promoted;
        repaired(Kind::WaitlistBesideFreeSeats, format!("{promoted} waitlisted registrations were promoted"));
    }
    // With correct counts, too many confirmed registrations look as if the capacity had been lowered on purpose, so the
    // next examination cannot find this.
    if let (Some(max_confirmed), Some(capacity)) = (max_confirmed, locked.seats.capacity)
        && locked.seats.confirmed > max_confirmed
    {
        let what = format!("{confirmed} are confirmed for an event whose capacity is {capacity}");
        report.remaining.push(Finding::about_row(Kind::OverCapacity, event.0, what));
    }
    Ok(report)
}
