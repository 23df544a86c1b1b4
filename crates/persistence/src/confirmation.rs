//! Confirming an address: a request that was pending (`confirmation_requests.rs`) takes a seat, or a place on the waiting
//! list. Of several requests for one address the first one to be confirmed wins, and the others go.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::seats::Admission;
use plenaria_domain::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait as _, IntoActiveModel, QuerySelect as _,
};

use crate::desk::Refused;
use crate::entity::registration;
use crate::idempotency::{self, Known, Once, Recorded};
use crate::registrations::{self, lock_event, under_lock};
use crate::{Constraint, Store, StoreError, confirmation_requests, outbox, rows, seats};

/// How often confirming is tried again that met another registration of the same address.
const TRIES: u32 = 3;

/// What confirming came to.
#[derive(Debug)]
pub enum Confirmed {
    /// It is confirmed; `first`: now, and not before.
    Done {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether it was pending until now.
        first: bool,
    },
    /// No seat for it now.
    Refused(Refused),
    /// It was cancelled meanwhile.
    Cancelled,
    /// There is no such registration any more.
    NotFound,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

/// What is to be confirmed.
#[derive(Clone)]
pub struct Confirm {
    /// The registration.
    pub id: RegistrationId,
    /// When: the window is checked against it.
    pub now: Instant,
    /// If the request has a key: it is to have one effect, however often it comes.
    pub once: Option<Once<Confirmed>>,
}

impl Store {
    /// Confirms an address: the registration takes its seat, or a place in the queue.
    pub async fn confirm(&self, request: Confirm) -> Result<Confirmed, StoreError> {
        let request = Arc::new(request);
        let mut tries = 1;
        let result = loop {
            let confirmed = self.write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move { confirm_once(transaction, &request).await })
            });
            match confirmed.await {
                // The desk has just registered the same address; now it is seen.
                Err(StoreError::Conflict(Constraint::LiveAddress | Constraint::ExternalReference)) if tries < TRIES => {
                    tries += 1;
                }
                result => break result,
            }
        };
        if let Some(figures) = self.figures() {
            figures.registrations.confirmed(&result);
        }
        result
    }
}

/// Locks the event, then looks for the key: whoever comes with the same one meanwhile waits here, and finds it.
async fn confirm_once(transaction: &DatabaseTransaction, request: &Confirm) -> Result<Confirmed, StoreError> {
    let Confirm { id, now, once } = request;
    let Some(locked) = lock_event(transaction, *id, None).await? else { return Ok(Confirmed::NotFound) };
    if let Some(once) = once {
        match idempotency::find_one(transaction, once.key, *now).await? {
            Some(Known::Answered(recorded)) => return Ok(Confirmed::Replayed(recorded)),
            Some(Known::OfAnother) => return Ok(Confirmed::KeyOfAnother),
            None => {}
        }
    }
    let confirmed = confirm(transaction, request, locked).await?;
    if let Some((once, kept)) = once.as_ref().and_then(|once| Some((once, (once.record)(&confirmed)?))) {
        rows::insert(transaction, vec![idempotency::row(once.key, &kept, *now)]).await?;
    }
    Ok(confirmed)
}

async fn confirm(
    transaction: &DatabaseTransaction,
    request: &Confirm,
    mut locked: seats::LockedSeats,
) -> Result<Confirmed, StoreError> {
    let (id, now) = (request.id, request.now);
    // The requests for one address are locked in one order by all, this one among them.
    let found = registration::Entity::find_by_id(id.0).select_only().column(registration::Column::LiveEmail);
    if let Some(Some(live_email)) = found.into_tuple::<Option<String>>().one(transaction).await? {
        let address = confirmation_requests::address(&live_email);
        confirmation_requests::requests(transaction, locked.event, address).await?;
    }
    let Some((row, current)) = under_lock(transaction, id).await? else { return Ok(Confirmed::NotFound) };
    match current.status {
        RegistrationStatus::Pending => {}
        RegistrationStatus::Cancelled => return Ok(Confirmed::Cancelled),
        RegistrationStatus::Confirmed | RegistrationStatus::Waitlisted => {
            return Ok(Confirmed::Done { registration: Box::new(current), first: false });
        }
    }
    if let Err(closed) = locked.window.check(now) {
        return Ok(Confirmed::Refused(closed.into()));
    }
    let address = row.live_email.as_deref().map(confirmation_requests::address).unwrap_or_default().to_owned();
    if let Some(live) = confirmation_requests::live(transaction, locked.event, &address).await? {
        let id = RegistrationId(live.id);
        return Ok(Confirmed::Refused(Refused::AlreadyRegistered { id, made_by: live.source }));
    }
    if let (Some(client), Some(name)) = (row.client_id, &row.requested_reference)
        && confirmation_requests::is_reference_used(transaction, row.event_id, client, name).await?
    {
        return Ok(Confirmed::Refused(Refused::ReferenceTaken));
    }
    let Ok(admission) = locked.seats.admit() else {
        return Ok(Confirmed::Refused(Refused::EventFull { seats: locked.seats }));
    };
    let (revision, reference) = (row.revision + 1, row.requested_reference.clone());
    let mut changed = row.into_active_model();
    changed.live_email = Set(Some(address.clone()));
    changed.external_reference = Set(reference);
    changed.requested_reference = Set(None);
    let (kind, status, position) = match admission {
        Admission::Confirmed => {
            changed.confirmed_at = Set(Some(now));
            (ChangeType::RegistrationConfirmed, RegistrationStatus::Confirmed, None)
        }
        Admission::Waitlisted { position } => {
            changed.queue_number = Set(Some(locked.next_queue_number()));
            (ChangeType::RegistrationWaitlisted, RegistrationStatus::Waitlisted, Some(position))
        }
    };
    changed.status = Set(status.as_str().to_owned());
    changed.updated_at = Set(now);
    changed.revision = Set(revision);
    let row = changed.update(transaction).await?;
    confirmation_requests::remove_others(transaction, locked.event, &address).await?;
    seats::save(transaction, &locked).await?;
    let told = outbox::of_registration(kind, locked.event, id, revision, status.as_str(), now);
    rows::insert(transaction, vec![told]).await?;
    Ok(Confirmed::Done { registration: Box::new(registrations::registration(row, position)?), first: true })
}
