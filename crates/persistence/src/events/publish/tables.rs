//! Writes the rows of an event, its organisations, its sessions and its former slugs.

use std::collections::HashMap;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::ownership::OrganiserRole;
use plenaria_domain::values::ids::{EventId, SessionId};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::entity::{event, event_organisation, event_slug, session};

/// Writes the row of an event.
pub(crate) async fn save_event(
    transaction: &DatabaseTransaction,
    row: event::Model,
    is_new: bool,
) -> Result<(), StoreError> {
    let row = row.into_active_model().reset_all();
    if is_new {
        row.insert(transaction).await?
    } else {
        row.update(transaction).await?
    };
    Ok(())
}

/// Keeps the slug that an event had, so that it still leads to the event. A slug that the event takes back is its
/// current one again.
pub(crate) async fn save_former_slug(
    transaction: &DatabaseTransaction,
    id: EventId,
    former: &str,
    current: &Slug,
    now: Instant,
) -> Result<(), StoreError> {
    event_slug::Entity::delete_by_id(current.to_string()).exec(transaction).await?;
    let row = event_slug::Model { slug: former.to_owned(), event_id: id.0, renamed_at: now };
    bulk_insert::insert(transaction, vec![row]).await
}

/// Writes which organisations own and co-organise the event.
pub(crate) async fn save_organisations(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
) -> Result<(), StoreError> {
    use event_organisation::{Column, Entity, Model};
    Entity::delete_many().filter(Column::EventId.eq(id.0)).exec(transaction).await?;
    let owner = definition.owner.iter().map(|key| (key, OrganiserRole::Owner));
    let co_organisers = definition.co_organisers.iter().filter(|key| definition.owner.as_ref() != Some(key));
    let rows = owner.chain(co_organisers.map(|key| (key, OrganiserRole::CoOrganiser))).map(|(key, role)| Model {
        event_id: id.0,
        organisation: key.to_string(),
        role: role.as_str().to_owned(),
    });
    bulk_insert::insert(transaction, rows.collect()).await
}

/// Writes the event's sessions, in a few statements whatever their number. A session keeps its id as long as it keeps
/// its key.
pub(crate) async fn save_sessions(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    now: Instant,
) -> Result<(), StoreError> {
    use session::{Column, Entity, Model};
    let stored = Entity::find().filter(Column::EventId.eq(id.0)).all(transaction).await?;
    let mut stored: HashMap<String, Model> = stored.into_iter().map(|s| (s.key.clone(), s)).collect();
    let mut changed = Vec::new();
    for (position, session) in (0i64..).zip(&definition.programme.sessions) {
        let key = session.key.to_string();
        match stored.remove(&key) {
            Some(row) if row.position == position => {}
            Some(row) => changed.push(Model { position, ..row }),
            None => changed.push(Model { id: SessionId::new(now).0, event_id: id.0, key, position }),
        }
    }
    if !stored.is_empty() {
        let removed = stored.into_values().map(|row| row.id);
        Entity::delete_many().filter(Column::Id.is_in(removed)).exec(transaction).await?;
    }
    if !changed.is_empty() {
        let rows = changed.into_iter().map(|row| row.into_active_model().reset_all());
        let or_move = OnConflict::column(Column::Id).update_column(Column::Position).to_owned();
        Entity::insert_many(rows).on_conflict(or_move).exec_without_returning(transaction).await?;
    }
    Ok(())
}
