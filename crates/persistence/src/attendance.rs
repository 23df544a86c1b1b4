//! Noting who was there.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::registration::{Attendance, Registration, RegistrationStatus};
use plenaria_domain::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};

use crate::idempotency::{self, Once, Recorded};
use crate::registrations::{self, Begun, under_lock};
use crate::seats::LockedSeats;
use crate::{Access, Store, StoreError, outbox, rows};

/// Whether somebody was there, and who says so.
#[derive(Clone)]
pub struct Attend {
    /// The registration.
    pub id: RegistrationId,
    /// Among what it must be.
    pub within: Access,
    /// Whether the person was there.
    pub attended: bool,
    /// When it is said.
    pub now: Instant,
    /// Whether the registration, under its lock, is what the caller thinks it is.
    pub expected: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// If the request has a key: it is to have one effect, however often it comes.
    pub once: Option<Once<Attended>>,
}

/// What noting it came to.
#[derive(Debug)]
pub enum Attended {
    /// It is noted, now or before.
    Done(Box<Registration>),
    /// The registration holds no seat.
    HoldsNoSeat {
        /// Whether it may still get one.
        may_get_one: bool,
    },
    /// There is no such registration.
    NotFound,
    /// It is not what the caller thinks it is.
    Changed(Box<Registration>),
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

impl Store {
    /// Notes whether somebody was there; what stands so already is not changed.
    pub async fn attend(&self, request: Attend) -> Result<Attended, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { attend_once(transaction, &request).await })
        })
        .await
    }
}

async fn attend_once(transaction: &DatabaseTransaction, request: &Attend) -> Result<Attended, StoreError> {
    let Attend { id, within, now, once, .. } = request;
    let key = once.as_ref().map(|once| once.key);
    let locked = match registrations::begin(transaction, *id, Some(within), key, *now).await? {
        Begun::Locked(locked) => locked,
        Begun::NotFound => return Ok(Attended::NotFound),
        Begun::Replayed(recorded) => return Ok(Attended::Replayed(recorded)),
        Begun::KeyOfAnother => return Ok(Attended::KeyOfAnother),
    };
    let attended = attend(transaction, request, &locked).await?;
    idempotency::record(transaction, once.as_ref(), &attended, *now).await?;
    Ok(attended)
}

async fn attend(
    transaction: &DatabaseTransaction,
    request: &Attend,
    locked: &LockedSeats,
) -> Result<Attended, StoreError> {
    let (id, now) = (request.id, request.now);
    // Read under the lock: it may have changed while the lock was waited for.
    let Some((row, current)) = under_lock(transaction, id).await? else { return Ok(Attended::NotFound) };
    if !(request.expected)(&current) {
        return Ok(Attended::Changed(Box::new(current)));
    }
    let attended_at = match current.attend(request.attended, now) {
        Err(_) => {
            let waits = current.status != RegistrationStatus::Cancelled;
            return Ok(Attended::HoldsNoSeat { may_get_one: waits && locked.promotes_at(now) });
        }
        Ok(Attendance::AsItWas) => return Ok(Attended::Done(Box::new(current))),
        Ok(Attendance::Changes(attended_at)) => attended_at,
    };
    let (status, revision) = (row.status.clone(), row.revision + 1);
    let mut changed = row.into_active_model();
    changed.attended_at = Set(attended_at);
    changed.updated_at = Set(now);
    changed.revision = Set(revision);
    let row = changed.update(transaction).await?;
    let kind = ChangeType::RegistrationAttended;
    let change = outbox::of_registration(kind, locked.event, id, revision, &status, now);
    rows::insert(transaction, vec![change]).await?;
    Ok(Attended::Done(Box::new(registrations::registration(row, None)?)))
}
