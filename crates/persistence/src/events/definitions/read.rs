//! Reads the definition of one event.

use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::ownership;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use sea_orm::EntityTrait;

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::event;
use crate::events::publish::transaction::{find_by_former_slug, find_by_slug, stored_definition};

/// An event as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKey {
    /// By its id.
    Id(EventId),
    /// By its slug, or by one that it had before it was renamed.
    Slug(Slug),
}

/// The definition of an event, draft or not.
#[derive(Clone, Debug)]
pub struct StoredDefinition {
    /// The event.
    pub id: EventId,
    /// Its slug now, which differs from the one in the request if the event was renamed.
    pub slug: Slug,
    /// The number of the definition's current version.
    pub revision: i64,
    /// The definition.
    pub definition: Definition,
    /// Its status.
    pub status: EventStatus,
    /// Why the event was cancelled.
    pub cancellation_reason: Option<Translated>,
    /// When the definition last changed.
    pub updated_at: Instant,
}

impl Store {
    /// Returns the definition of an event, for the organisations that organise it, or for an operator (`None`). It is
    /// read from the primary, never from a replica, because the next publication builds on it.
    pub async fn definition(
        &self,
        access: Option<&Access>,
        event: &EventKey,
    ) -> Result<Option<StoredDefinition>, StoreError> {
        let id = match event {
            EventKey::Id(id) => Some(*id),
            EventKey::Slug(slug) => match find_by_slug(self.reads(), slug).await? {
                Some(row) => return read(row, access),
                None => find_by_former_slug(self.reads(), slug).await?,
            },
        };
        let Some(id) = id else { return Ok(None) };
        match event::Entity::find_by_id(id.0).one(self.reads()).await? {
            Some(row) => read(row, access),
            None => Ok(None),
        }
    }
}

/// The definition in a row, if it may be seen.
fn read(row: event::Model, access: Option<&Access>) -> Result<Option<StoredDefinition>, StoreError> {
    let definition = stored_definition(&row)?;
    if access.is_some_and(|access| ownership::role_in(&definition, access.organisation()).is_none()) {
        return Ok(None);
    }
    let reason = row.cancellation_reason.map(serde_json::from_value).transpose();
    Ok(Some(StoredDefinition {
        id: EventId(row.id),
        slug: definition.slug.clone(),
        revision: row.revision,
        status: definition.status,
        definition,
        cancellation_reason: reason.map_err(|e| StoreError::corrupt("events", e))?,
        updated_at: row.updated_at,
    }))
}
