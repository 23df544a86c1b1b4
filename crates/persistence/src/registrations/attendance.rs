//! Records whether a registered person attended the event.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{AttendanceChange, Registration, RegistrationStatus};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};
use serde_json::json;

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::feed::outbox;
use crate::idempotency::{self, IdempotencyGuard, StoredResponse};
use crate::registrations::read;
use crate::registrations::read::{ChangeStart, read_locked};
use crate::seats::LockedSeats;

/// A request to record attendance.
#[derive(Clone)]
pub struct Attend {
    /// The registration's id.
    pub id: RegistrationId,
    /// The caller's access rights.
    pub access: Access,
    /// Whether the person attended.
    pub attended: bool,
    /// The time of the request.
    pub now: Instant,
    /// The precondition (`If-Match`), checked against the registration once it is locked.
    pub precondition: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<Attended>>,
}

/// The result of recording attendance.
#[derive(Debug)]
pub enum Attended {
    /// The attendance is recorded, or was recorded before.
    Done(Box<Registration>),
    /// The registration holds no seat.
    HoldsNoSeat {
        /// Whether it may still get one.
        may_get_one: bool,
    },
    /// The registration does not exist, or may not be seen.
    NotFound,
    /// The precondition does not hold; this is the current registration.
    PreconditionFailed(Box<Registration>),
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

impl Store {
    /// Records whether a person attended. If that is already recorded, it writes nothing.
    pub async fn attend(&self, request: Attend) -> Result<Attended, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { attend_idempotently(transaction, &request).await })
        })
        .await
    }
}

async fn attend_idempotently(transaction: &DatabaseTransaction, request: &Attend) -> Result<Attended, StoreError> {
    let Attend { id, access, now, idempotency: guard, .. } = request;
    let key = guard.as_ref().map(|guard| guard.key);
    let locked = match read::begin_change(transaction, *id, Some(access), key, *now).await? {
        ChangeStart::Locked(locked) => locked,
        ChangeStart::NotFound => return Ok(Attended::NotFound),
        ChangeStart::Replayed(response) => return Ok(Attended::Replayed(response)),
        ChangeStart::IdempotencyKeyReused => return Ok(Attended::IdempotencyKeyReused),
    };
    let attended = attend(transaction, request, &locked).await?;
    idempotency::record(transaction, guard.as_ref(), &attended, *now).await?;
    Ok(attended)
}

async fn attend(
    transaction: &DatabaseTransaction,
    request: &Attend,
    locked: &LockedSeats,
) -> Result<Attended, StoreError> {
    let (id, now) = (request.id, request.now);
    let Some((row, current)) = read_locked(transaction, id).await? else { return Ok(Attended::NotFound) };
    if !(request.precondition)(&current) {
        return Ok(Attended::PreconditionFailed(Box::new(current)));
    }
    let attended_at = match current.record_attendance(request.attended, now) {
        Err(_) => {
            let active = current.status != RegistrationStatus::Cancelled;
            return Ok(Attended::HoldsNoSeat { may_get_one: active && locked.promotes_at(now) });
        }
        Ok(AttendanceChange::Unchanged) => return Ok(Attended::Done(Box::new(current))),
        Ok(AttendanceChange::Set(attended_at)) => attended_at,
    };
    let (status, revision) = (row.status.clone(), row.revision + 1);
    let mut row = row.into_active_model();
    row.attended_at = Set(attended_at);
    row.updated_at = Set(now);
    row.revision = Set(revision);
    let row = row.update(transaction).await?;
    let kind = ChangeType::RegistrationAttended;
    let change = outbox::registration_change(kind, locked.event, id, revision, &status, now);
    bulk_insert::insert(transaction, vec![change]).await?;
    let details = json!({ "attended": request.attended });
    let entry = AuditRecord::of_registration(Action::AttendanceRecorded, id, locked.event, details);
    record(transaction, &request.audit, vec![entry], now).await?;
    Ok(Attended::Done(Box::new(read::from_row(row, None)?)))
}
