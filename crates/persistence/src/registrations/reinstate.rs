//! Reinstates cancelled registrations: an organiser takes a cancellation back.
//!
//! A reinstated registration gets what a new one would get at that moment, under the same rules and the same lock: a seat
//! if one is free and nobody waits, else a place at the end of the waiting list.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::seats::Admission;
use plenaria_domain::registration::{Registration, Reinstatement};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};
use serde_json::json;

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::entity::registration::Model;
use crate::feed::outbox;
use crate::idempotency::{self, IdempotencyGuard, StoredResponse};
use crate::registrations::confirmation::requests;
use crate::registrations::new_registration::RegistrationError;
use crate::registrations::read::{ChangeStart, read_locked};
use crate::registrations::{new_row, read};
use crate::seats::{self, LockedSeats};

/// The result of reinstating a registration.
#[derive(Debug)]
pub enum Reinstated {
    /// The registration is active, now or before.
    Done {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// The event whose seats changed; `None` if the registration was active before.
        admitted_to: Option<EventId>,
    },
    /// The person cannot be registered again.
    Rejected(RegistrationError),
    /// The address is not confirmed yet.
    AddressNotConfirmed,
    /// The registration does not exist, or the organisation does not organise its event.
    NotFound,
    /// The precondition does not hold; this is the current registration.
    PreconditionFailed(Box<Registration>),
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

/// A request of an organiser to reinstate a registration.
#[derive(Clone)]
pub struct Reinstate {
    /// The registration's id.
    pub id: RegistrationId,
    /// The access rights of an organisation that owns or co-organises the event.
    pub access: Access,
    /// Who asks for it.
    pub audit: AuditContext,
    /// The time of the request; it is compared with the event's registration window.
    pub now: Instant,
    /// The precondition (`If-Match`), checked against the registration once it is locked.
    pub precondition: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<Reinstated>>,
}

impl Store {
    /// Reinstates a cancelled registration. If it is active already, it writes nothing.
    pub async fn reinstate(&self, request: Reinstate) -> Result<Reinstated, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { reinstate_idempotently(transaction, &request).await })
        })
        .await
    }
}

async fn reinstate_idempotently(
    transaction: &DatabaseTransaction,
    request: &Reinstate,
) -> Result<Reinstated, StoreError> {
    let Reinstate { id, access, now, idempotency: guard, .. } = request;
    let key = guard.as_ref().map(|guard| guard.key);
    let condition = Some(access.organised_registrations());
    let locked = match read::begin_change(transaction, *id, condition, key, *now).await? {
        ChangeStart::Locked(locked) => locked,
        ChangeStart::NotFound => return Ok(Reinstated::NotFound),
        ChangeStart::Replayed(response) => return Ok(Reinstated::Replayed(response)),
        ChangeStart::IdempotencyKeyReused => return Ok(Reinstated::IdempotencyKeyReused),
    };
    let reinstated = reinstate(transaction, request, locked).await?;
    idempotency::record(transaction, guard.as_ref(), &reinstated, *now).await?;
    Ok(reinstated)
}

async fn reinstate(
    transaction: &DatabaseTransaction,
    request: &Reinstate,
    mut locked: LockedSeats,
) -> Result<Reinstated, StoreError> {
    let now = request.now;
    let Some((row, current)) = read_locked(transaction, request.id).await? else { return Ok(Reinstated::NotFound) };
    if !(request.precondition)(&current) {
        return Ok(Reinstated::PreconditionFailed(Box::new(current)));
    }
    match current.status.reinstate() {
        Err(_) => return Ok(Reinstated::AddressNotConfirmed),
        Ok(Reinstatement::AlreadyActive) => {
            return Ok(Reinstated::Done { registration: Box::new(current), admitted_to: None });
        }
        Ok(Reinstatement::Admits) => {}
    }
    if let Err(closed) = locked.window.check(now) {
        return Ok(Reinstated::Rejected(closed.into()));
    }
    let email = &current.attendee.email;
    if let Some(active) = requests::active_registration(transaction, locked.event, email.key()).await? {
        return Ok(Reinstated::Rejected(RegistrationError::AlreadyRegistered {
            id: RegistrationId(active.id),
            registration_source: active.source,
        }));
    }
    let Ok(admission) = locked.seats.admit() else {
        return Ok(Reinstated::Rejected(RegistrationError::EventFull { seats: locked.seats }));
    };
    let row = admit(transaction, row, email, admission, &mut locked, now).await?;
    seats::save(transaction, &locked).await?;
    let kind = ChangeType::RegistrationReinstated;
    let mut change = outbox::registration_change(kind, locked.event, request.id, row.revision, &row.status, now);
    outbox::mark_caused_by_client(&mut change);
    bulk_insert::insert(transaction, vec![change]).await?;
    let details = json!({ "status": row.status });
    let entry = AuditRecord::of_registration(Action::RegistrationReinstated, request.id, locked.event, details);
    record(transaction, &request.audit, vec![entry], now).await?;
    let position = match admission {
        Admission::Confirmed => None,
        Admission::Waitlisted { position } => Some(position),
    };
    let registration = Box::new(read::from_row(row, position)?);
    Ok(Reinstated::Done { registration, admitted_to: Some(locked.event) })
}

/// Makes the row of a cancelled registration an active one again, with what the person was admitted to.
async fn admit(
    transaction: &DatabaseTransaction,
    row: Model,
    email: &EmailAddress,
    admission: Admission,
    locked: &mut LockedSeats,
    now: Instant,
) -> Result<Model, StoreError> {
    let revision = row.revision + 1;
    let mut row = row.into_active_model();
    let (confirmed_at, waitlist_number) = match admission {
        Admission::Confirmed => (Some(now), None),
        Admission::Waitlisted { .. } => (None, Some(locked.next_waitlist_number())),
    };
    row.status = Set(new_row::status(admission).as_str().to_owned());
    row.confirmed_at = Set(confirmed_at);
    row.waitlist_number = Set(waitlist_number);
    row.active_email = Set(Some(email.key().to_owned()));
    row.former_email = Set(None);
    row.cancelled_at = Set(None);
    row.cancellation_reason = Set(None);
    row.updated_at = Set(now);
    row.revision = Set(revision);
    Ok(row.update(transaction).await?)
}
