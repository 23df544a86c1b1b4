//! Reads single registrations. Erased ones are not found.

use std::collections::HashMap;

use plenaria_domain::registration::{Attendee, Registration, RegistrationStatus};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::country::Country;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::slug::Slug;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select};

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity, Model};
use crate::seats::waitlist;

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

    /// A registration by its id, if the organisation may see it or none is given, without its position on the waiting list.
    /// For those who want to change it: the desk reads it again.
    pub async fn registration_to_change(
        &self,
        access: Option<&Access>,
        id: RegistrationId,
    ) -> Result<Option<Registration>, StoreError> {
        let row = find(id, access.map(Access::registrations)).one(self.reads()).await?;
        row.map(|row| from_row(row, None)).transpose()
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
