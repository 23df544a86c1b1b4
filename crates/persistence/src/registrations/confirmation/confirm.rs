//! Confirms addresses: turns a pending request (`crate::registrations::confirmation::requests`) into a registration with a seat or a
//! waiting list place.
//!
//! If several requests are pending for one address, the first one that is confirmed wins, and the others are removed.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::seats::Admission;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait as _, IntoActiveModel, QuerySelect as _,
};

use crate::database::error::{Constraint, StoreError};
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::entity::registration;
use crate::feed::outbox;
use crate::idempotency::{self, IdempotencyGuard, StoredResponse};
use crate::registrations::active_email;
use crate::registrations::confirmation::requests;
use crate::registrations::new_registration::RegistrationError;
use crate::registrations::read;
use crate::registrations::read::{ChangeStart, read_locked};
use crate::seats;

/// How often a confirmation is attempted that collides with another registration of the same address.
const MAX_ATTEMPTS: u32 = 3;

/// The result of a confirmation.
#[derive(Debug)]
pub enum Confirmed {
    /// The address is confirmed, now or before.
    Done {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether the registration was pending until now.
        first: bool,
    },
    /// The person cannot be registered.
    Rejected(RegistrationError),
    /// The registration has been cancelled.
    Cancelled,
    /// The registration does not exist.
    NotFound,
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

/// A request to confirm an address.
#[derive(Clone)]
pub struct Confirm {
    /// The registration's id.
    pub id: RegistrationId,
    /// The time of the request; it is compared with the event's registration window.
    pub now: Instant,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<Confirmed>>,
}

impl Store {
    /// Confirms the address of a pending registration, which then takes a seat or a waiting list place.
    pub async fn confirm(&self, request: Confirm) -> Result<Confirmed, StoreError> {
        let request = Arc::new(request);
        let mut attempts = 1;
        let result = loop {
            let confirmed = self.write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move { confirm_idempotently(transaction, &request).await })
            });
            match confirmed.await {
                // The desk has registered the same address meanwhile; the next attempt finds that registration.
                Err(StoreError::Conflict(Constraint::ActiveEmail | Constraint::ExternalReference))
                    if attempts < MAX_ATTEMPTS =>
                {
                    attempts += 1;
                }
                result => break result,
            }
        };
        if let Some(metrics) = self.metrics() {
            metrics.registrations.count(&result);
        }
        result
    }
}

async fn confirm_idempotently(transaction: &DatabaseTransaction, request: &Confirm) -> Result<Confirmed, StoreError> {
    let Confirm { id, now, idempotency: guard } = request;
    let key = guard.as_ref().map(|guard| guard.key);
    let locked = match read::begin_change(transaction, *id, None, key, *now).await? {
        ChangeStart::Locked(locked) => locked,
        ChangeStart::NotFound => return Ok(Confirmed::NotFound),
        ChangeStart::Replayed(response) => return Ok(Confirmed::Replayed(response)),
        ChangeStart::IdempotencyKeyReused => return Ok(Confirmed::IdempotencyKeyReused),
    };
    let confirmed = confirm(transaction, request, locked).await?;
    idempotency::record(transaction, guard.as_ref(), &confirmed, *now).await?;
    Ok(confirmed)
}

async fn confirm(
    transaction: &DatabaseTransaction,
    request: &Confirm,
    mut locked: seats::LockedSeats,
) -> Result<Confirmed, StoreError> {
    let (id, now) = (request.id, request.now);
    // All pending requests for the address, this one included, are locked in one order, to avoid deadlocks.
    let query = registration::Entity::find_by_id(id.0).select_only().column(registration::Column::ActiveEmail);
    if let Some(Some(active_email)) = query.into_tuple::<Option<String>>().one(transaction).await? {
        let address = active_email::address(&active_email);
        requests::pending_requests(transaction, locked.event, address).await?;
    }
    let Some((row, current)) = read_locked(transaction, id).await? else { return Ok(Confirmed::NotFound) };
    if current.address_version > 0 {
        // The request's token went to a mailbox that the registration no longer belongs to.
        return Ok(Confirmed::NotFound);
    }
    match current.status {
        RegistrationStatus::Pending => {}
        RegistrationStatus::Cancelled => return Ok(Confirmed::Cancelled),
        RegistrationStatus::Confirmed | RegistrationStatus::Waitlisted => {
            return Ok(Confirmed::Done { registration: Box::new(current), first: false });
        }
    }
    if let Err(closed) = locked.window.check(now) {
        return Ok(Confirmed::Rejected(closed.into()));
    }
    let address = row.active_email.as_deref().map(active_email::address).unwrap_or_default().to_owned();
    if let Some(active) = requests::active_registration(transaction, locked.event, &address).await? {
        let id = RegistrationId(active.id);
        return Ok(Confirmed::Rejected(RegistrationError::AlreadyRegistered {
            id,
            registration_source: active.source,
        }));
    }
    if let (Some(client), Some(reference)) = (row.client_id, &row.requested_reference)
        && requests::is_reference_used(transaction, row.event_id, client, reference).await?
    {
        return Ok(Confirmed::Rejected(RegistrationError::DuplicateExternalReference));
    }
    let Ok(admission) = locked.seats.admit() else {
        return Ok(Confirmed::Rejected(RegistrationError::EventFull { seats: locked.seats }));
    };
    let (revision, reference) = (row.revision + 1, row.requested_reference.clone());
    let mut row = row.into_active_model();
    row.active_email = Set(Some(address.clone()));
    row.external_reference = Set(reference);
    row.requested_reference = Set(None);
    let (kind, status, position) = match admission {
        Admission::Confirmed => {
            row.confirmed_at = Set(Some(now));
            (ChangeType::RegistrationConfirmed, RegistrationStatus::Confirmed, None)
        }
        Admission::Waitlisted { position } => {
            row.waitlist_number = Set(Some(locked.next_waitlist_number()));
            (ChangeType::RegistrationWaitlisted, RegistrationStatus::Waitlisted, Some(position))
        }
    };
    row.status = Set(status.as_str().to_owned());
    row.updated_at = Set(now);
    row.revision = Set(revision);
    let row = row.update(transaction).await?;
    requests::remove_pending(transaction, locked.event, &address).await?;
    seats::save(transaction, &locked).await?;
    let change = outbox::registration_change(kind, locked.event, id, revision, status.as_str(), now);
    bulk_insert::insert(transaction, vec![change]).await?;
    Ok(Confirmed::Done { registration: Box::new(read::from_row(row, position)?), first: true })
}
