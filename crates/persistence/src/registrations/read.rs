//! Reads single registrations, and locks them for a change. Erased registrations are not found.

use std::collections::HashMap;

use plenaria_domain::registration::{Attendee, Registration, RegistrationStatus};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::country::Country;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Select,
};

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity, Model};
use crate::idempotency::{self, IdempotencyLookup, Key, StoredResponse};
use crate::seats::waitlist;
use crate::seats::{self, LockedSeats};

impl Store {
    /// A registration by its id, with its waiting list position.
    pub async fn registration(&self, id: RegistrationId) -> Result<Option<Registration>, StoreError> {
        read(self.reads(), id, None).await
    }

    /// The registrations with these ids that the organisation may see, by id.
    pub async fn visible_registrations(
        &self,
        access: &Access,
        ids: Vec<RegistrationId>,
    ) -> Result<HashMap<RegistrationId, Registration>, StoreError> {
        let mut registrations = HashMap::with_capacity(ids.len());
        if ids.is_empty() {
            return Ok(registrations);
        }
        let ids = pad_to_statement_size(ids.into_iter().map(|id| id.0).collect());
        let rows = Entity::find().filter(Column::Id.is_in(ids)).filter(Column::ErasedAt.is_null());
        let rows = rows.filter(access.registrations());
        for row in rows.all(self.reads()).await? {
            registrations.insert(RegistrationId(row.id), with_position(self.reads(), row).await?);
        }
        Ok(registrations)
    }

    /// A registration by its id, if the organisation may see it.
    pub async fn visible_registration(
        &self,
        access: &Access,
        id: RegistrationId,
    ) -> Result<Option<Registration>, StoreError> {
        read(self.reads(), id, Some(access.registrations())).await
    }
}

/// A registration with its waiting list position, if it matches the condition.
pub(crate) async fn read<C: ConnectionTrait>(
    connection: &C,
    id: RegistrationId,
    condition: Option<Condition>,
) -> Result<Option<Registration>, StoreError> {
    let Some(row) = find(id, condition).one(connection).await? else { return Ok(None) };
    with_position(connection, row).await.map(Some)
}

/// Converts a row, and computes its waiting list position.
async fn with_position<C: ConnectionTrait>(connection: &C, row: Model) -> Result<Registration, StoreError> {
    let position = match row.waitlist_number {
        Some(number) => Some(waitlist::position(connection, EventId(row.event_id), number).await?),
        None => None,
    };
    from_row(row, position)
}

/// Selects a registration, if it matches the condition.
fn find(id: RegistrationId, condition: Option<Condition>) -> Select<Entity> {
    Entity::find_by_id(id.0).filter(Column::ErasedAt.is_null()).filter(condition.unwrap_or_else(Condition::all))
}

/// Locks the seat row of a registration's event, which every change of a registration does first. `None`: no
/// registration matches the id and the condition.
pub(crate) async fn lock_event(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
    condition: Option<Condition>,
) -> Result<Option<LockedSeats>, StoreError> {
    let query = find(id, condition).select_only().column(Column::EventId);
    let event: Option<uuid::Uuid> = query.into_tuple().one(transaction).await?;
    let Some(event) = event.map(EventId) else { return Ok(None) };
    let locked = seats::lock_one(transaction, event).await?;
    locked.map(Some).ok_or_else(|| StoreError::corrupt("event_seats", "the event has no seat row"))
}

/// Reads a registration once its event is locked, because it may have changed while the lock was awaited. Locks its row
/// too: the removal of unconfirmed requests does not lock the event.
pub(crate) async fn read_locked(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
) -> Result<Option<(Model, Registration)>, StoreError> {
    let Some(row) = find(id, None).lock_exclusive().one(transaction).await? else { return Ok(None) };
    let current = with_position(transaction, row.clone()).await?;
    Ok(Some((row, current)))
}

/// The result of [`begin_change`].
pub(crate) enum ChangeStart {
    /// The event is locked, and the change may proceed.
    Locked(LockedSeats),
    /// The registration does not exist, or may not be seen.
    NotFound,
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

/// Begins a change of a registration that matches the condition: locks its event, then looks up the idempotency key. A
/// concurrent request with the same key waits for the lock, and then finds the stored response.
pub(crate) async fn begin_change(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
    condition: Option<Condition>,
    key: Option<Key>,
    now: Instant,
) -> Result<ChangeStart, StoreError> {
    let Some(locked) = lock_event(transaction, id, condition).await? else { return Ok(ChangeStart::NotFound) };
    let Some(key) = key else { return Ok(ChangeStart::Locked(locked)) };
    Ok(match idempotency::look_up(transaction, key, now).await? {
        Some(IdempotencyLookup::Found(response)) => ChangeStart::Replayed(response),
        Some(IdempotencyLookup::KeyReused) => ChangeStart::IdempotencyKeyReused,
        None => ChangeStart::Locked(locked),
    })
}

fn corrupt(refusal: InvalidValue) -> StoreError {
    StoreError::corrupt("registrations", refusal.code())
}

/// Converts a row into a registration.
pub(crate) fn from_row(row: Model, waitlist_position: Option<u32>) -> Result<Registration, StoreError> {
    let serde_json::Value::Object(answers) = row.answers else {
        return Err(StoreError::corrupt("registrations", "the answers are not an object"));
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
        address_version: row.address_version,
    })
}
