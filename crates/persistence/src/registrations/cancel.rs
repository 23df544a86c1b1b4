//! Cancels registrations. A seat that becomes free goes to the first person on the waiting list in the same
//! transaction.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::message::Requester;
use plenaria_domain::registration::seats::Released;
use plenaria_domain::registration::{Cancellation, Registration, RegistrationStatus};
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
use crate::registrations::active_email;
use crate::registrations::read;
use crate::registrations::read::{ChangeStart, read_locked};
use crate::seats::promote::promote;
use crate::seats::{self, LockedSeats};

/// The result of a cancellation.
#[derive(Debug)]
pub enum Cancelled {
    /// The registration is cancelled, or was cancelled before.
    Done {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// The event whose seats changed; `None` if the registration was cancelled before.
        freed: Option<EventId>,
    },
    /// The event has ended.
    TooLate,
    /// The registration does not exist, or may not be seen.
    NotFound,
    /// The precondition does not hold; this is the current registration.
    PreconditionFailed(Box<Registration>),
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

/// A request to cancel a registration.
#[derive(Clone)]
pub struct Cancel {
    /// The registration's id.
    pub id: RegistrationId,
    /// The caller's access rights; `None` for the registered person.
    pub access: Option<Access>,
    /// The reason that the caller gave.
    pub reason: Option<String>,
    /// The kind of caller.
    pub requester: Requester,
    /// The time of the request.
    pub now: Instant,
    /// The precondition (`If-Match`), checked against the registration once it is locked.
    pub precondition: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<Cancelled>>,
}

impl Store {
    /// Cancels a registration, and promotes from the waiting list if that frees a seat.
    pub async fn cancel(&self, request: Cancel) -> Result<Cancelled, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { cancel_idempotently(transaction, &request).await })
        })
        .await
    }
}

async fn cancel_idempotently(transaction: &DatabaseTransaction, request: &Cancel) -> Result<Cancelled, StoreError> {
    let Cancel { id, access, now, idempotency: guard, .. } = request;
    let key = guard.as_ref().map(|guard| guard.key);
    let locked =
        match read::begin_change(transaction, *id, access.as_ref().map(Access::registrations), key, *now).await? {
            ChangeStart::Locked(locked) => locked,
            ChangeStart::NotFound => return Ok(Cancelled::NotFound),
            ChangeStart::Replayed(response) => return Ok(Cancelled::Replayed(response)),
            ChangeStart::IdempotencyKeyReused => return Ok(Cancelled::IdempotencyKeyReused),
        };
    let cancelled = cancel(transaction, request, locked).await?;
    idempotency::record(transaction, guard.as_ref(), &cancelled, *now).await?;
    Ok(cancelled)
}

async fn cancel(
    transaction: &DatabaseTransaction,
    request: &Cancel,
    mut locked: LockedSeats,
) -> Result<Cancelled, StoreError> {
    let Some((row, current)) = read_locked(transaction, request.id).await? else { return Ok(Cancelled::NotFound) };
    if !(request.precondition)(&current) {
        return Ok(Cancelled::PreconditionFailed(Box::new(current)));
    }
    let held = match current.status.cancel(request.now, locked.window.ends_at) {
        Err(_) => return Ok(Cancelled::TooLate),
        Ok(Cancellation::AlreadyCancelled) => {
            return Ok(Cancelled::Done { registration: Box::new(current), freed: None });
        }
        Ok(Cancellation::Releases(held)) => held,
    };
    let (event, status) = (locked.event, current.status);
    let reason = request.reason.clone();
    let (row, mut changes) = release(transaction, row, held, &mut locked, reason, request.now).await?;
    if request.requester == Requester::Client {
        changes.iter_mut().for_each(outbox::mark_caused_by_client);
    }
    bulk_insert::insert(transaction, changes).await?;
    let details = json!({ "status_before": status });
    let entry = AuditRecord::of_registration(Action::RegistrationCancelled, request.id, event, details);
    record(transaction, &request.audit, vec![entry], request.now).await?;
    Ok(Cancelled::Done { registration: Box::new(read::from_row(row, None)?), freed: Some(event) })
}

/// Marks a registration as cancelled, and gives back its seat or its waiting list place, under the lock on the event. A
/// free seat goes to the first person on the waiting list. Recorded attendance is removed, because only people with a seat
/// attend; once reinstated, the person is recorded anew. The caller must write the returned changes.
pub(crate) async fn release(
    transaction: &DatabaseTransaction,
    row: Model,
    held: Option<Released>,
    locked: &mut LockedSeats,
    reason: Option<String>,
    now: Instant,
) -> Result<(Model, Vec<outbox::OutboxRow>), StoreError> {
    let (id, revision) = (RegistrationId(row.id), row.revision + 1);
    let former_email = row.active_email.as_deref().map(|email| active_email::address(email).to_owned());
    let mut row = row.into_active_model();
    row.former_email = Set(former_email);
    row.status = Set(RegistrationStatus::Cancelled.as_str().to_owned());
    row.active_email = Set(None);
    row.requested_reference = Set(None);
    row.waitlist_number = Set(None);
    row.cancelled_at = Set(Some(now));
    row.cancellation_reason = Set(reason);
    row.attended_at = Set(None);
    row.updated_at = Set(now);
    row.revision = Set(revision);
    let row = row.update(transaction).await?;
    let kind = ChangeType::RegistrationCancelled;
    let mut changes = vec![outbox::registration_change(kind, locked.event, id, revision, "cancelled", now)];
    if let Some(held) = held {
        locked.seats.release(held);
        changes.extend(promote(transaction, locked, now).await?);
        seats::save(transaction, locked).await?;
    }
    Ok((row, changes))
}
