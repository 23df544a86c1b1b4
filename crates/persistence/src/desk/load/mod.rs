//! Reads what a batch is decided on, under the locks on the seat rows of its events.
//!
//! Each kind of row is read with one statement for the whole batch, and only if a request needs it.

mod mail;
mod rows;

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::registration::seats::Seats;
use plenaria_domain::values::ids::EventId;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::desk::ledger::state::Ledger;
use crate::desk::ledger::waitlist::{Waiting, Waitlist};
use crate::desk::load::rows::Key;
use crate::desk::request::{AttendeeRef, Command, NewRegistration, Request, RequiredAccess};
use crate::entity::{event_organisation, registration};
use crate::idempotency;
use crate::seats::{LockedSeats, waitlist};

/// Fills a ledger with everything that this batch may read.
pub(crate) async fn fill(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    seats: Vec<LockedSeats>,
) -> Result<Ledger, StoreError> {
    let mut ledger = Ledger::new(seats, batch.iter().map(|request| request.size()).sum());
    let now = batch.iter().map(|request| request.now).max().unwrap_or_default();
    add_registrations(transaction, batch, &mut ledger).await?;
    add_references(transaction, batch, &mut ledger).await?;
    let keys = batch.iter().flat_map(|request| request.guards()).map(|guard| guard.key.key_digest).collect();
    let records = idempotency::find_current(transaction, keys, now).await?;
    ledger.records = records.into_iter().map(|record| (record.id, record)).collect();
    if batch.iter().any(|request| organisation_matters(request)) {
        add_roles(transaction, &mut ledger).await?;
    }
    add_waitlists(transaction, batch, &mut ledger).await?;
    add_positions(transaction, batch, &mut ledger).await?;
    mail::add(transaction, batch, now, &mut ledger).await?;
    Ok(ledger)
}

/// The registrations with these ids.
pub(crate) async fn registrations(
    transaction: &DatabaseTransaction,
    ids: Vec<Uuid>,
) -> Result<Vec<registration::Model>, StoreError> {
    rows::by_ids(transaction, ids).await
}

async fn add_registrations(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    let (mut ids, mut with_address) = (Vec::new(), Vec::new());
    let (mut addresses, mut address_ranges) = (Vec::new(), Vec::new());
    let (mut former_addresses, mut references) = (Vec::new(), Vec::new());
    for request in batch {
        let key = |text: &str| Key { text: text.to_owned(), event: request.event.0 };
        match &request.command {
            Command::Register(_) | Command::RegisterAll(_) => {
                addresses.extend(request.new_registrations().map(|new| key(new.attendee.email.key())));
            }
            Command::RequestConfirmation(new) => address_ranges.push(key(new.attendee.email.key())),
            Command::ResendLink { email, .. } => address_ranges.push(key(email.key())),
            Command::Confirm(id) => with_address.push(id.0),
            Command::Reinstate(target) => with_address.push(target.id.0),
            Command::Cancel { target, .. } | Command::Erase(target) | Command::Attend { target, .. } => {
                ids.push(target.id.0);
            }
            Command::Update { target, address, .. } => {
                ids.push(target.id.0);
                addresses.extend(address.iter().map(|address| key(address.key())));
            }
            Command::RecordAttendance(attendance) => {
                for entry in &attendance.entries {
                    match &entry.attendee {
                        AttendeeRef::Registration(id) => ids.push(id.0),
                        AttendeeRef::Email(email) => {
                            addresses.push(key(email.key()));
                            former_addresses.push(key(email.key()));
                        }
                        AttendeeRef::ExternalReference(reference) => references.push(key(reference)),
                    }
                }
            }
            Command::Promote => {}
        }
    }
    for found in [
        rows::by_ids(transaction, ids).await?,
        rows::by_ids_with_address(transaction, with_address).await?,
        rows::by_address_ranges(transaction, address_ranges).await?,
        rows::by_column(transaction, "active_email", addresses).await?,
        rows::by_column(transaction, "former_email", former_addresses).await?,
        rows::by_column(transaction, "external_reference", references).await?,
    ] {
        for row in found {
            ledger.add_stored(row);
        }
    }
    Ok(())
}

/// Finds those external references that are in use among the ones that the batch would take.
async fn add_references(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    let new = batch.iter().flat_map(|request| request.new_registrations());
    let mut references: Vec<String> =
        new.filter_map(NewRegistration::reference).map(|(.., reference)| reference).collect();
    for request in batch {
        if let Command::Confirm(id) = &request.command
            && let Some(index) = ledger.find(id.0)
        {
            references.extend(ledger.model(index).requested_reference.clone());
        }
    }
    ledger.references = rows::used_references(transaction, references).await?;
    Ok(())
}

fn organisation_matters(request: &Request) -> bool {
    match (&request.command, request.target()) {
        (Command::RecordAttendance(attendance), _) => attendance.access.is_some(),
        (_, Some(target)) => !matches!(target.access, RequiredAccess::Holder),
        _ => false,
    }
}

async fn add_roles(transaction: &DatabaseTransaction, ledger: &mut Ledger) -> Result<(), StoreError> {
    let events = pad_to_statement_size(ledger.seats.iter().map(|seats| seats.event.0).collect());
    let of_events = event_organisation::Column::EventId.is_in(events);
    ledger.add_roles(event_organisation::Entity::find().filter(of_events).all(transaction).await?);
    Ok(())
}

/// Reads, of each event whose seats the batch may free, as many people from the beginning of its waiting list as it can
/// promote: every request that gives up a seat or a place takes one of them at most.
async fn add_waitlists(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    let mut releases: HashMap<EventId, u32> = HashMap::new();
    for request in batch {
        match &request.command {
            Command::Cancel { .. } | Command::Erase(_) => *releases.entry(request.event).or_default() += 1,
            Command::Promote => {
                releases.entry(request.event).or_default();
            }
            _ => {}
        }
    }
    for (event, releases) in releases {
        let Some(seats) = ledger.seats_of(event).map(|index| ledger.seats[index].seats) else { continue };
        let promotable = promotable(seats, releases);
        let first = if promotable == 0 { Vec::new() } else { first_waiting(transaction, event, promotable).await? };
        ledger.waitlists.insert(event.0, Waitlist::new(first));
    }
    Ok(())
}

/// The greatest number of people whom a batch with so many requests to give up a seat or a place can promote.
pub(crate) fn promotable(seats: Seats, releases: u32) -> u32 {
    seats.left().unwrap_or(u32::MAX).saturating_add(releases).min(seats.waitlisted)
}

async fn first_waiting(
    transaction: &DatabaseTransaction,
    event: EventId,
    number: u32,
) -> Result<Vec<Waiting>, StoreError> {
    use registration::{Column, Entity};
    let first: Vec<(Uuid, i64, i64)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::WaitlistNumber, Column::Revision])
        .filter(Column::EventId.eq(event.0))
        .filter(Column::WaitlistNumber.is_not_null())
        .order_by_asc(Column::WaitlistNumber)
        .limit(u64::from(number))
        .into_tuple()
        .all(transaction)
        .await?;
    Ok(first.into_iter().map(|(id, waitlist_number, revision)| Waiting { id, waitlist_number, revision }).collect())
}

/// Counts the positions of registrations that a reply may show on the waiting list.
async fn add_positions(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    for request in batch {
        let shown: Vec<usize> = match &request.command {
            Command::Confirm(id) => ledger.find(id.0).into_iter().collect(),
            Command::Reinstate(target) | Command::Update { target, .. } => {
                ledger.find(target.id.0).into_iter().collect()
            }
            Command::Cancel { target, .. } | Command::Erase(target) | Command::Attend { target, .. }
                if target.compares_position =>
            {
                ledger.find(target.id.0).into_iter().collect()
            }
            // Rows of its own, if an earlier attempt was committed.
            _ => request.new_registrations().filter_map(|new| ledger.find(new.id.0)).collect(),
        };
        for index in shown {
            let row = ledger.model(index);
            if let Some(number) = row.waitlist_number {
                let position = waitlist::position(transaction, EventId(row.event_id), number).await?;
                ledger.set_stored_position(index, position);
            }
        }
    }
    Ok(())
}
