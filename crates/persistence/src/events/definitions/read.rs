//! Reads the definition of one event.

use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::access::Access;
use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::event;
use crate::events::publish::transaction::{find_by_former_slug, stored_definition};

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
        // The condition is part of the query, so that a document which may not be seen is not even read: it may be large,
        // and the time that takes would show that there is one.
        let visible = access.map_or_else(Condition::all, Access::organised_events);
        let found = |key: Expr| event::Entity::find().filter(key).filter(visible.clone()).one(self.reads());
        let row = match event {
            EventKey::Id(id) => found(event::Column::Id.eq(id.0)).await?,
            EventKey::Slug(slug) => match found(event::Column::Slug.eq(slug.as_str())).await? {
                Some(row) => Some(row),
                None => match find_by_former_slug(self.reads(), slug).await? {
                    Some(id) => found(event::Column::Id.eq(id.0)).await?,
                    None => None,
                },
            },
        };
        row.map(read).transpose()
    }
}

/// The definition in a row.
fn read(row: event::Model) -> Result<StoredDefinition, StoreError> {
    let definition = stored_definition(&row)?;
    let reason = row.cancellation_reason.map(serde_json::from_value).transpose();
    Ok(StoredDefinition {
        id: EventId(row.id),
        slug: definition.slug.clone(),
        revision: row.revision,
        status: definition.status,
        definition,
        cancellation_reason: reason.map_err(|e| StoreError::corrupt("events", e))?,
        updated_at: row.updated_at,
    })
}
