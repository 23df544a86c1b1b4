//! Reading and cancelling registrations.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::country::Country;
use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::refusal::Refusal;
use plenaria_domain::registration::{Attendee, Cancellation, Registration, RegistrationStatus};
use plenaria_domain::slug::Slug;
use plenaria_domain::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::entity::registration::{Column, Entity, Model};
use crate::idempotency::{self, Key, Known, Once, Recorded};
use crate::seats::{self, LockedSeats};
use crate::{Access, Store, StoreError, outbox, rows};

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
    /// When.
    pub now: Instant,
    /// Whether the registration, under its lock, is what the caller thinks it is.
    pub expected: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// If the request has a key: it is to have one effect, however often it comes.
    pub once: Option<Once<Cancelled>>,
}

impl Store {
    /// A registration by its id, with its place in the queue.
    pub async fn registration(&self, id: RegistrationId) -> Result<Option<Registration>, StoreError> {
        read(self.reads(), id, None).await
    }

    /// A registration by its id, if it is among what the organisation may see.
    pub async fn registration_within(
        &self,
        access: &Access,
        id: RegistrationId,
    ) -> Result<Option<Registration>, StoreError> {
        read(self.reads(), id, Some(access)).await
    }

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

/// A registration with its place in the queue.
pub(crate) async fn read<C: ConnectionTrait>(
    connection: &C,
    id: RegistrationId,
    within: Option<&Access>,
) -> Result<Option<Registration>, StoreError> {
    let Some(row) = find(id, within).one(connection).await? else { return Ok(None) };
    let position = match row.queue_number {
        Some(number) => Some(queue_position(connection, EventId(row.event_id), number).await?),
        None => None,
    };
    registration(row, position).map(Some)
}

/// The query of a registration, if it is among what may be seen.
fn find(id: RegistrationId, within: Option<&Access>) -> Select<Entity> {
    let found = Entity::find_by_id(id.0);
    match within {
        Some(access) => found.filter(access.registrations()),
        None => found,
    }
}

/// A live place: those ahead, counted in the index of those who wait.
async fn queue_position<C: ConnectionTrait>(connection: &C, event: EventId, number: i64) -> Result<u32, StoreError> {
    let ahead = Entity::find()
        .filter(Column::EventId.eq(event.0))
        .filter(Column::QueueNumber.lte(number))
        .count(connection)
        .await?;
    u32::try_from(ahead).map_err(|e| StoreError::corrupt("registrations", e))
}

/// How a change to a registration begins.
pub(crate) enum Begun {
    /// Its event is locked.
    Locked(LockedSeats),
    /// It is not there, or not among what may be seen.
    NotFound,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

/// Locks the event, then looks for the key: whoever comes with the same one meanwhile waits here, and finds it.
pub(crate) async fn begin(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
    within: Option<&Access>,
    key: Option<Key>,
    now: Instant,
) -> Result<Begun, StoreError> {
    let event: Option<uuid::Uuid> =
        find(id, within).select_only().column(Column::EventId).into_tuple().one(transaction).await?;
    let Some(event) = event.map(EventId) else { return Ok(Begun::NotFound) };
    let Some(locked) = seats::lock_one(transaction, event).await? else {
        return Err(StoreError::corrupt("event_seats", "an event without seats"));
    };
    let Some(key) = key else { return Ok(Begun::Locked(locked)) };
    Ok(match idempotency::find_one(transaction, key, now).await? {
        Some(Known::Answered(recorded)) => Begun::Replayed(recorded),
        Some(Known::OfAnother) => Begun::KeyOfAnother,
        None => Begun::Locked(locked),
    })
}

async fn cancel_once(transaction: &DatabaseTransaction, request: &Cancel) -> Result<Cancelled, StoreError> {
    let Cancel { id, within, now, once, .. } = request;
    let key = once.as_ref().map(|once| once.key);
    let locked = match begin(transaction, *id, within.as_ref(), key, *now).await? {
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
    let (id, now, event) = (request.id, request.now, locked.event);
    // Read under the lock: it may have changed while the lock was waited for.
    let Some(row) = Entity::find_by_id(id.0).one(transaction).await? else { return Ok(Cancelled::NotFound) };
    let position = match row.queue_number {
        Some(number) => Some(queue_position(transaction, event, number).await?),
        None => None,
    };
    let current = registration(row.clone(), position)?;
    if !(request.expected)(&current) {
        return Ok(Cancelled::Changed(Box::new(current)));
    }
    let held = match status(&row)?.cancel(now, locked.window.ends_at) {
        Err(_) => return Ok(Cancelled::TooLate),
        Ok(Cancellation::AlreadyCancelled) => {
            let registration = Box::new(registration(row, None)?);
            return Ok(Cancelled::Done { registration, freed: None });
        }
        Ok(Cancellation::GivesBack(held)) => held,
    };
    let revision = row.revision + 1;
    let former_email = row.live_email.clone();
    let mut changed = row.into_active_model();
    changed.former_email = Set(former_email);
    changed.status = Set(RegistrationStatus::Cancelled.as_str().to_owned());
    changed.live_email = Set(None);
    changed.queue_number = Set(None);
    changed.cancelled_at = Set(Some(now));
    changed.cancellation_reason = Set(request.reason.clone());
    changed.updated_at = Set(now);
    changed.revision = Set(revision);
    let row = changed.update(transaction).await?;
    let kind = ChangeType::RegistrationCancelled;
    let mut changes = vec![outbox::of_registration(kind, event, id, revision, "cancelled", now)];
    if let Some(held) = held {
        locked.seats.release(held);
        if locked.promotes_at(now) {
            changes.extend(promote(transaction, &mut locked, now).await?);
        }
        seats::save(transaction, &locked).await?;
    }
    rows::insert(transaction, changes).await?;
    Ok(Cancelled::Done { registration: Box::new(registration(row, None)?), freed: Some(event) })
}

/// Seats the head of the queue while there is room; the caller saves the counts and the changes given back.
pub(crate) async fn promote(
    transaction: &DatabaseTransaction,
    locked: &mut LockedSeats,
    now: Instant,
) -> Result<Vec<outbox::Change>, StoreError> {
    let promoted = locked.seats.promote();
    if promoted == 0 {
        return Ok(Vec::new());
    }
    let head = Entity::find()
        .filter(Column::EventId.eq(locked.event.0))
        .filter(Column::QueueNumber.is_not_null())
        .order_by_asc(Column::QueueNumber)
        .limit(u64::from(promoted))
        .all(transaction)
        .await?;
    if head.len() != promoted as usize {
        return Err(StoreError::corrupt("event_seats", "the queue is shorter than its count"));
    }
    let mut changes = Vec::with_capacity(head.len());
    for row in head {
        let (id, revision) = (RegistrationId(row.id), row.revision + 1);
        let mut changed = row.into_active_model();
        changed.status = Set(RegistrationStatus::Confirmed.as_str().to_owned());
        changed.queue_number = Set(None);
        changed.confirmed_at = Set(Some(now));
        changed.updated_at = Set(now);
        changed.revision = Set(revision);
        changed.update(transaction).await?;
        let kind = ChangeType::RegistrationPromoted;
        changes.push(outbox::of_registration(kind, locked.event, id, revision, "confirmed", now));
    }
    Ok(changes)
}

fn status(row: &Model) -> Result<RegistrationStatus, StoreError> {
    RegistrationStatus::parse(&row.status).map_err(corrupt)
}

fn corrupt(refusal: Refusal) -> StoreError {
    StoreError::corrupt("registrations", refusal.code())
}

/// A registration from its row.
pub(crate) fn registration(row: Model, waitlist_position: Option<u32>) -> Result<Registration, StoreError> {
    let serde_json::Value::Object(answers) = row.answers else {
        return Err(StoreError::corrupt("registrations", "answers are no object"));
    };
    Ok(Registration {
        id: RegistrationId(row.id),
        event_id: EventId(row.event_id),
        status: RegistrationStatus::parse(&row.status).map_err(corrupt)?,
        waitlist_position,
        attendee: Attendee {
            email: EmailAddress::parse(&row.email).map_err(corrupt)?,
            name: row.name,
            organisation: row.organisation,
            position: row.position,
            city: row.city,
            country: row.country.as_deref().map(Country::parse).transpose().map_err(corrupt)?,
            audience: row.audience.as_deref().map(Slug::parse).transpose().map_err(corrupt)?,
            language: MessageLanguage::parse(&row.language).map_err(corrupt)?,
            newsletter: row.newsletter,
            access_needs: row.access_needs,
            answers,
        },
        external_reference: row.external_reference,
        source: row.source,
        created_at: row.created_at,
        updated_at: row.updated_at,
        confirmed_at: row.confirmed_at,
        cancelled_at: row.cancelled_at,
        cancellation_reason: row.cancellation_reason,
        attended_at: row.attended_at,
        revision: row.revision,
    })
}
