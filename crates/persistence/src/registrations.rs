//! Reading registrations. What was erased is not there.

use plenaria_domain::country::Country;
use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::refusal::Refusal;
use plenaria_domain::registration::{Attendee, Registration, RegistrationStatus};
use plenaria_domain::slug::Slug;
use plenaria_domain::time::Instant;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Select,
};

use crate::entity::registration::{Column, Entity, Model};
use crate::idempotency::{self, Key, Known, Recorded};
use crate::seats::{self, LockedSeats};
use crate::{Access, Store, StoreError, queue};

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
        read(self.reads(), id, Some(access.registrations())).await
    }
}

/// A registration with its place in the queue, if it is among those with this condition.
pub(crate) async fn read<C: ConnectionTrait>(
    connection: &C,
    id: RegistrationId,
    within: Option<Condition>,
) -> Result<Option<Registration>, StoreError> {
    let Some(row) = find(id, within).one(connection).await? else { return Ok(None) };
    placed(connection, row).await.map(Some)
}

/// The registration of a row, with its place in the queue.
async fn placed<C: ConnectionTrait>(connection: &C, row: Model) -> Result<Registration, StoreError> {
    let position = match row.queue_number {
        Some(number) => Some(queue::place(connection, EventId(row.event_id), number).await?),
        None => None,
    };
    registration(row, position)
}

/// The query of a registration, if it is among those with this condition.
fn find(id: RegistrationId, within: Option<Condition>) -> Select<Entity> {
    Entity::find_by_id(id.0).filter(Column::ErasedAt.is_null()).filter(within.unwrap_or_else(Condition::all))
}

/// Locks the seats of a registration's event, which whoever changes a registration does first; `None` if the registration
/// is not among those with this condition.
pub(crate) async fn lock_event(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
    within: Option<Condition>,
) -> Result<Option<LockedSeats>, StoreError> {
    let found = find(id, within).select_only().column(Column::EventId);
    let event: Option<uuid::Uuid> = found.into_tuple().one(transaction).await?;
    let Some(event) = event.map(EventId) else { return Ok(None) };
    let locked = seats::lock_one(transaction, event).await?;
    locked.map(Some).ok_or_else(|| StoreError::corrupt("event_seats", "an event without seats"))
}

/// A registration whose event is locked, as it is now: it may have changed while the lock was waited for. Its row is locked
/// too, since what was never confirmed is removed without a look at the event.
pub(crate) async fn under_lock(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
) -> Result<Option<(Model, Registration)>, StoreError> {
    let Some(row) = find(id, None).lock_exclusive().one(transaction).await? else { return Ok(None) };
    let current = placed(transaction, row.clone()).await?;
    Ok(Some((row, current)))
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
    let within = within.map(Access::registrations);
    let Some(locked) = lock_event(transaction, id, within).await? else { return Ok(Begun::NotFound) };
    let Some(key) = key else { return Ok(Begun::Locked(locked)) };
    Ok(match idempotency::find_one(transaction, key, now).await? {
        Some(Known::Answered(recorded)) => Begun::Replayed(recorded),
        Some(Known::OfAnother) => Begun::KeyOfAnother,
        None => Begun::Locked(locked),
    })
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
        external_reference: row.external_reference.or(row.requested_reference),
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
