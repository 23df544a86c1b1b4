//! Stores requests for registrations that take a seat only once the address is confirmed
//! (`docs/decisions/0017-email-confirmation.md`).
//!
//! Each request is a row of its own with the status `pending`. Its token confirms exactly the details of that request,
//! even if others send requests for the same address later. A pending row holds no seat. Its `active_email` is the
//! address with a slot number (`crate::registrations::active_email`), so the unique index limits the pending requests
//! for one address.
//!
//! The response is the same whether the address is registered or not, and so is the work: whatever is found, a row is
//! written and a message queued, so that timing reveals nothing either.

use std::sync::Arc;

use plenaria_domain::registration::message::{MessageKind, Requester};
use plenaria_domain::registration::{CONFIRMATION_TIMEOUT, RegistrationStatus};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::database::error::{Constraint, StoreError};
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity, Model};
use crate::entity::{event_seats, message};
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};
use crate::mail::enqueue;
use crate::registrations::active_email::{MAX_PENDING, pending_slots};
use crate::registrations::new_registration::{NewRegistration, RegistrationError};
use crate::registrations::new_row;
use crate::seats;

/// How often a request is attempted that collides with others for the same address; each of those takes one slot.
const MAX_ATTEMPTS: usize = MAX_PENDING + 5;
/// How many unconfirmed requests one transaction removes.
const CLEANUP_BATCH_SIZE: u64 = 256;

/// The result of a request; it does not depend on whether the address is registered.
#[derive(Clone, Debug)]
pub enum PendingOutcome {
    /// A mail is on its way, if there is a reason to send one.
    Pending,
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The request fails for any address.
    Rejected(RegistrationError),
}

impl Store {
    /// Stores a request until its address is confirmed, and queues the mail that asks for the confirmation; or, if the
    /// address is registered already, a mail that says so. `new.idempotency` is ignored in favour of `guard`.
    pub async fn request_confirmation(
        &self,
        new: NewRegistration,
        guard: Option<IdempotencyGuard<PendingOutcome>>,
    ) -> Result<PendingOutcome, StoreError> {
        let request = Arc::new((new, guard));
        let mut attempts = 1;
        loop {
            let outcome = self.write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move { request_idempotently(transaction, &request.0, request.1.as_ref()).await })
            });
            match outcome.await {
                // A concurrent request took the slot or the key; the next attempt finds it.
                Err(StoreError::Conflict(Constraint::ActiveEmail | Constraint::IdempotencyKey))
                    if attempts < MAX_ATTEMPTS =>
                {
                    attempts += 1;
                }
                result => {
                    let result = self.count_withheld(result);
                    if let Some(metrics) = self.metrics() {
                        metrics.registrations.count(&result);
                    }
                    return result;
                }
            }
        }
    }

    /// Queues a mail for an address: with the link to manage its active registration, or, if only pending requests
    /// exist, asking to confirm the newest of them. Does nothing if there are neither.
    pub async fn resend(
        &self,
        event: EventId,
        email: &EmailAddress,
        requester: Requester,
        now: Instant,
        guard: Option<IdempotencyGuard<PendingOutcome>>,
    ) -> Result<PendingOutcome, StoreError> {
        let request = Arc::new((email.key().to_owned(), guard));
        let result = self
            .write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move {
                    let (address, guard) = &*request;
                    if let Some(outcome) = repeated(transaction, guard.as_ref(), now).await? {
                        return Ok((outcome, 0));
                    }
                    let mut withheld = 0;
                    let subject = if let Some(active) = active_registration(transaction, event, address).await? {
                        Some((MessageKind::ManageLink, active))
                    } else {
                        let newest = pending_requests(transaction, event, address).await?.pop();
                        newest.map(|request| (MessageKind::ConfirmAddress, request))
                    };
                    if let Some((kind, row)) = subject {
                        withheld = enqueue::enqueue(transaction, kind, &row, requester, now).await?;
                    }
                    idempotency::record(transaction, guard.as_ref(), &PendingOutcome::Pending, now).await?;
                    Ok((PendingOutcome::Pending, withheld))
                })
            })
            .await;
        self.count_withheld(result)
    }

    /// Removes the requests whose address was not confirmed in time, and returns their number.
    pub async fn remove_unconfirmed(&self, now: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let batch =
                self.write(|transaction| Box::pin(remove_expired(transaction, now - CONFIRMATION_TIMEOUT))).await?;
            removed += batch;
            if batch < CLEANUP_BATCH_SIZE {
                return Ok(removed);
            }
        }
    }

    /// Counts the messages that were withheld because a mailbox had used up its budget.
    fn count_withheld<T>(&self, result: Result<(T, u64), StoreError>) -> Result<T, StoreError> {
        let (value, withheld) = result?;
        if let Some(metrics) = self.metrics() {
            metrics.delivery.count_withheld(withheld);
        }
        Ok(value)
    }
}

/// The outcome of a request whose key was used before.
async fn repeated(
    transaction: &DatabaseTransaction,
    guard: Option<&IdempotencyGuard<PendingOutcome>>,
    now: Instant,
) -> Result<Option<PendingOutcome>, StoreError> {
    let Some(guard) = guard else { return Ok(None) };
    Ok(idempotency::look_up(transaction, guard.key, now).await?.map(|lookup| match lookup {
        IdempotencyLookup::Found(response) => PendingOutcome::Replayed(response),
        IdempotencyLookup::KeyReused => PendingOutcome::Rejected(RegistrationError::IdempotencyKeyReused),
    }))
}

/// The active registration of an address, locked.
pub(crate) async fn active_registration(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<Option<Model>, StoreError> {
    let query = Entity::find().filter(Column::ActiveEmail.eq(address)).filter(Column::EventId.eq(event.0));
    Ok(query.lock_exclusive().one(transaction).await?)
}

/// The pending requests for an address, locked, the newest last.
pub(crate) async fn pending_requests(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<Vec<Model>, StoreError> {
    let query = Entity::find()
        .filter(Column::ActiveEmail.is_in(pending_slots(address)))
        .filter(Column::EventId.eq(event.0))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id);
    Ok(query.lock_exclusive().all(transaction).await?)
}

/// Whether a request has the same details and the same caller as an earlier one.
fn is_repetition(new: &Model, earlier: &Model) -> bool {
    let compared = Model {
        id: earlier.id,
        active_email: earlier.active_email.clone(),
        created_at: earlier.created_at,
        updated_at: earlier.updated_at,
        privacy_accepted_at: earlier.privacy_accepted_at,
        revision: earlier.revision,
        ..new.clone()
    };
    compared == *earlier
}

/// Returns the outcome, and the number of messages that were withheld.
async fn request_idempotently(
    transaction: &DatabaseTransaction,
    new: &NewRegistration,
    guard: Option<&IdempotencyGuard<PendingOutcome>>,
) -> Result<(PendingOutcome, u64), StoreError> {
    let now = new.received_at;
    if let Some(outcome) = repeated(transaction, guard, now).await? {
        return Ok((outcome, 0));
    }
    let (outcome, withheld) = match error_for_any_address(transaction, new).await? {
        Some(error) => (PendingOutcome::Rejected(error), 0),
        None => (PendingOutcome::Pending, store_and_notify(transaction, new).await?),
    };
    idempotency::record(transaction, guard, &outcome, now).await?;
    Ok((outcome, withheld))
}

/// Stores the request and queues its message, or queues the message that the address is registered already. Returns the
/// number of messages that were withheld.
async fn store_and_notify(transaction: &DatabaseTransaction, new: &NewRegistration) -> Result<u64, StoreError> {
    let now = new.received_at;
    let address = new.attendee.email.key();
    let requester = if new.client.is_some() { Requester::Client } else { Requester::Public };
    let active = active_registration(transaction, new.event_id, address).await?;
    let pending = pending_requests(transaction, new.event_id, address).await?;
    let mut row = new_row::row(new, RegistrationStatus::Pending, None);
    row.requested_reference = row.external_reference.take();
    let (kind, subject) = if let Some(active) = active {
        touch(transaction, active.id).await?;
        (MessageKind::AlreadyRegistered, active)
    } else {
        let Some(row) = store_request(transaction, row, pending, now).await? else { return Ok(0) };
        (MessageKind::ConfirmAddress, row)
    };
    enqueue::enqueue(transaction, kind, &subject, requester, now).await
}

/// Stores a request beside those that are pending for the same address; a repetition of one of them renews that one
/// instead. `None`: no slot is left.
async fn store_request(
    transaction: &DatabaseTransaction,
    mut row: Model,
    pending: Vec<Model>,
    now: Instant,
) -> Result<Option<Model>, StoreError> {
    if let Some(same) = pending.iter().find(|earlier| is_repetition(&row, earlier)) {
        let mut renewed = same.clone().into_active_model();
        renewed.created_at = Set(now);
        renewed.updated_at = Set(now);
        renewed.privacy_accepted_at = Set(now);
        renewed.revision = Set(same.revision + 1);
        return Ok(Some(renewed.update(transaction).await?));
    }
    let used: Vec<&str> = pending.iter().filter_map(|row| row.active_email.as_deref()).collect();
    let address = row.active_email.take().unwrap_or_default();
    let free = match pending_slots(&address).find(|slot| !used.contains(&slot.as_str())) {
        Some(free) => Some(free),
        None => free_slot(transaction, &pending).await?,
    };
    let Some(free) = free else {
        if let Some(oldest) = pending.first() {
            touch(transaction, oldest.id).await?;
        }
        return Ok(None);
    };
    row.active_email = Some(free);
    bulk_insert::insert(transaction, vec![row.clone()]).await?;
    Ok(Some(row))
}

/// Removes the oldest request whose mail was withheld, so that no one can confirm it, and returns its slot. Otherwise
/// ten requests from anyone would keep an address out of an event. A mailbox gets fewer confirmation mails within 48
/// hours than there are slots, so `None` (every request was mailed) occurs only if clients send requests too.
async fn free_slot(transaction: &DatabaseTransaction, pending: &[Model]) -> Result<Option<String>, StoreError> {
    let mailed: Vec<Option<Uuid>> = message::Entity::find()
        .select_only()
        .column(message::Column::RegistrationId)
        .filter(message::Column::RegistrationId.is_in(pending.iter().map(|row| row.id)))
        .into_tuple()
        .all(transaction)
        .await?;
    let Some(unmailed) = pending.iter().find(|row| !mailed.contains(&Some(row.id))) else { return Ok(None) };
    Entity::delete_by_id(unmailed.id).exec(transaction).await?;
    Ok(unmailed.active_email.clone())
}

/// Writes a row without changing it, so that this case costs as much as one that writes.
async fn touch(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), StoreError> {
    let mut touch = Query::update();
    touch.table(Entity).value(Column::Revision, Expr::col(Column::Revision)).and_where(Expr::col(Column::Id).eq(id));
    transaction.execute(&touch).await?;
    Ok(())
}

/// The error that the request has for any address: the event takes no registrations, or the client's external reference
/// is in use.
async fn error_for_any_address(
    transaction: &DatabaseTransaction,
    new: &NewRegistration,
) -> Result<Option<RegistrationError>, StoreError> {
    let row = event_seats::Entity::find_by_id(new.event_id.0).one(transaction).await?;
    let Some(row) = row else { return Ok(Some(RegistrationError::EventNotFound)) };
    if let Err(closed) = seats::window(&row)?.check(new.received_at) {
        return Ok(Some(closed.into()));
    }
    let seats = seats::counts(&row)?;
    if seats.is_full() && !seats.waitlist {
        return Ok(Some(RegistrationError::EventFull { seats }));
    }
    let Some((event, client, reference)) = new.reference() else { return Ok(None) };
    let used = is_reference_used(transaction, event, client, &reference).await?;
    Ok(used.then_some(RegistrationError::DuplicateExternalReference))
}

/// Whether the client has a registration for the event with this external reference. Pending requests do not count,
/// because whether one exists depends on the requests of others.
pub(crate) async fn is_reference_used(
    transaction: &DatabaseTransaction,
    event: Uuid,
    client: Uuid,
    reference: &str,
) -> Result<bool, StoreError> {
    let used = Entity::find()
        .filter(Column::ExternalReference.eq(reference))
        .filter(Column::ClientId.eq(client))
        .filter(Column::EventId.eq(event))
        .one(transaction)
        .await?;
    Ok(used.is_some())
}

/// Removes the pending requests for an address. The one that has just been confirmed is no longer pending.
pub(crate) async fn remove_pending(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<(), StoreError> {
    let requests = pending_requests(transaction, event, address).await?;
    let ids: Vec<Uuid> = requests.into_iter().map(|row| row.id).collect();
    if !ids.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(ids.clone())).exec(transaction).await?;
        enqueue::delete_for_registrations(transaction, ids).await?;
    }
    Ok(())
}

/// Removes the oldest requests that were created at or before `created_until`, and returns their number. The deletion
/// repeats the conditions, because a request may be renewed or confirmed while this waits for its row lock.
async fn remove_expired(transaction: &DatabaseTransaction, created_until: Instant) -> Result<u64, StoreError> {
    let expired: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        // Literally the condition of the partial index; SQLite would not use the index otherwise.
        .filter(Expr::cust("status = 'pending'"))
        .filter(Column::CreatedAt.lte(created_until))
        .order_by_asc(Column::CreatedAt)
        .limit(CLEANUP_BATCH_SIZE)
        .into_tuple()
        .all(transaction)
        .await?;
    if expired.is_empty() {
        return Ok(0);
    }
    let mut delete = Query::delete();
    delete
        .from_table(Entity)
        .and_where(Expr::col(Column::Id).is_in(pad_to_statement_size(expired)))
        .and_where(Expr::col(Column::Status).eq(RegistrationStatus::Pending.as_str()))
        .and_where(Expr::col(Column::CreatedAt).lte(created_until))
        .returning(Query::returning().columns([Column::Id]));
    let removed = transaction.query_all(&delete).await?;
    let removed: Vec<Uuid> = removed.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let number = removed.len() as u64;
    enqueue::delete_for_registrations(transaction, removed).await?;
    Ok(number)
}
