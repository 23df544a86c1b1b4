//! Cancelling registrations.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::message::Requester;
use plenaria_domain::registration::{Cancellation, Registration, RegistrationStatus};
use plenaria_domain::seats::Held;
use plenaria_domain::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};

use crate::entity::registration::Model;
use crate::idempotency::{self, Once, Recorded};
use crate::promotion::promote;
use crate::registrations::{self, Begun, registration, under_lock};
use crate::seats::{self, LockedSeats};
use crate::{Access, Store, StoreError, confirmation_requests, outbox, rows};

/// What cancelling came to.
#[derive(Debug)]
pub enum Cancelled {
    /// It is cancelled, now or before; `freed` tells which event's seats changed.
    Done {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// The event whose seats changed, if any did.
        freed: Option<EventId>,
    },
    /// The event is over.
    TooLate,
    /// There is no such registration.
    NotFound,
    /// It is not what the caller thinks it is.
    Changed(Box<Registration>),
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

/// What is to be cancelled, and how.
#[derive(Clone)]
pub struct Cancel {
    /// The registration.
    pub id: RegistrationId,
    /// Among what it must be; `None`: anywhere.
    pub within: Option<Access>,
    /// Why.
    pub reason: Option<String>,
    /// Who asks.
    pub requester: Requester,
    /// When.
    pub now: Instant,
    /// Whether the registration, under its lock, is what the caller thinks it is.
    pub expected: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// If the request has a key: it is to have one effect, however often it comes.
    pub once: Option<Once<Cancelled>>,
}

impl Store {
    /// Cancels a registration; what it held goes to the head of the queue in the same transaction.
    pub async fn cancel(&self, request: Cancel) -> Result<Cancelled, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { cancel_once(transaction, &request).await })
        })
        .await
    }
}

async fn cancel_once(transaction: &DatabaseTransaction, request: &Cancel) -> Result<Cancelled, StoreError> {
    let Cancel { id, within, now, once, .. } = request;
    let key = once.as_ref().map(|once| once.key);
    let locked = match registrations::begin(transaction, *id, within.as_ref(), key, *now).await? {
        Begun::Locked(locked) => locked,
        Begun::NotFound => return Ok(Cancelled::NotFound),
        Begun::Replayed(recorded) => return Ok(Cancelled::Replayed(recorded)),
        Begun::KeyOfAnother => return Ok(Cancelled::KeyOfAnother),
    };
    let cancelled = cancel(transaction, request, locked).await?;
    idempotency::record(transaction, once.as_ref(), &cancelled, *now).await?;
    Ok(cancelled)
}

async fn cancel(
    transaction: &DatabaseTransaction,
    request: &Cancel,
    mut locked: LockedSeats,
) -> Result<Cancelled, StoreError> {
    let Some((row, current)) = under_lock(transaction, request.id).await? else { return Ok(Cancelled::NotFound) };
    if !(request.expected)(&current) {
        return Ok(Cancelled::Changed(Box::new(current)));
    }
    let held = match current.status.cancel(request.now, locked.window.ends_at) {
        Err(_) => return Ok(Cancelled::TooLate),
        Ok(Cancellation::AlreadyCancelled) => {
            return Ok(Cancelled::Done { registration: Box::new(current), freed: None });
        }
        Ok(Cancellation::GivesBack(held)) => held,
    };
    let event = locked.event;
    let reason = request.reason.clone();
    let (row, mut changes) = give_back(transaction, row, held, &mut locked, reason, request.now).await?;
    if request.requester == Requester::Client {
        changes.iter_mut().for_each(outbox::by_client);
    }
    rows::insert(transaction, changes).await?;
    Ok(Cancelled::Done { registration: Box::new(registration(row, None)?), freed: Some(event) })
}

/// Gives back what a registration held, under the lock of its event; the head of the queue gets it. The caller writes the
/// changes given back.
pub(crate) async fn give_back(
    transaction: &DatabaseTransaction,
    row: Model,
    held: Option<Held>,
    locked: &mut LockedSeats,
    reason: Option<String>,
    now: Instant,
) -> Result<(Model, Vec<outbox::Change>), StoreError> {
    let (id, revision) = (RegistrationId(row.id), row.revision + 1);
    let former_email = row.live_email.as_deref().map(|email| confirmation_requests::address(email).to_owned());
    let mut changed = row.into_active_model();
    changed.former_email = Set(former_email);
    changed.status = Set(RegistrationStatus::Cancelled.as_str().to_owned());
    changed.live_email = Set(None);
    changed.requested_reference = Set(None);
    changed.queue_number = Set(None);
    changed.cancelled_at = Set(Some(now));
    changed.cancellation_reason = Set(reason);
    changed.updated_at = Set(now);
    changed.revision = Set(revision);
    let row = changed.update(transaction).await?;
    let kind = ChangeType::RegistrationCancelled;
    let mut changes = vec![outbox::of_registration(kind, locked.event, id, revision, "cancelled", now)];
    if let Some(held) = held {
        locked.seats.release(held);
        changes.extend(promote(transaction, locked, now).await?);
        seats::save(transaction, locked).await?;
    }
    Ok((row, changes))
}
