//! Writes the speakers of a published definition.

use std::collections::HashMap;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::ids::{EventId, SpeakerId};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::{event, event_speaker, speaker};

/// Writes an event's speakers. Speakers belong to the owner of the event; events without an owner share theirs. Among
/// the events of one owner, the card of the definition published last applies to all, and every other event with a
/// changed speaker is marked as changed too.
pub(crate) async fn save_speakers(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    version: i64,
    now: Instant,
) -> Result<(), StoreError> {
    let owner = definition.owner.as_ref().map_or("", Slug::as_str);
    let keys: Vec<&str> = definition.speakers.iter().map(|s| s.key.as_str()).collect();
    let stored = if keys.is_empty() {
        Vec::new()
    } else {
        let of_owner = speaker::Entity::find().filter(speaker::Column::Owner.eq(owner));
        of_owner.filter(speaker::Column::Key.is_in(keys)).all(transaction).await?
    };
    let mut stored: HashMap<String, speaker::Model> = stored.into_iter().map(|s| (s.key.clone(), s)).collect();
    event_speaker::Entity::delete_many().filter(event_speaker::Column::EventId.eq(id.0)).exec(transaction).await?;
    for (position, definition_card) in (0i64..).zip(&definition.speakers) {
        let card = serde_json::to_value(definition_card).map_err(|e| StoreError::corrupt("speakers", e))?;
        let language = definition.language.to_string();
        let speaker_id = if let Some(row) = stored.remove(definition_card.key.as_str()) {
            let speaker_id = row.id;
            if row.card != card || row.language != language {
                let mut row = row.into_active_model();
                row.card = Set(card);
                row.language = Set(language);
                row.updated_at = Set(now);
                row.update(transaction).await?;
                mark_events_changed(transaction, SpeakerId(speaker_id), version).await?;
            }
            speaker_id
        } else {
            let row = speaker::Model {
                id: SpeakerId::new(now).0,
                owner: owner.to_owned(),
                key: definition_card.key.to_string(),
                slug: free_slug(transaction, &definition_card.key, definition.owner.as_ref()).await?,
                language,
                card,
                created_at: now,
                updated_at: now,
            };
            row.into_active_model().insert(transaction).await?.id
        };
        let event_speaker = event_speaker::Model { event_id: id.0, speaker_id, position };
        event_speaker.into_active_model().insert(transaction).await?;
    }
    Ok(())
}

/// Returns the first slug that no speaker has, among those that a new speaker of this owner may have. It cannot be
/// taken concurrently, because only one transaction publishes at a time, and stays taken, because speakers are never
/// deleted.
async fn free_slug(transaction: &DatabaseTransaction, key: &Slug, owner: Option<&Slug>) -> Result<String, StoreError> {
    for slug in plenaria_domain::event::speaker::slugs(key, owner) {
        let query = speaker::Entity::find().select_only().column(speaker::Column::Id);
        let query = query.filter(speaker::Column::Slug.eq(slug.as_str()));
        if query.into_tuple::<Uuid>().one(transaction).await?.is_none() {
            return Ok(slug.into());
        }
    }
    Err(StoreError::corrupt("speakers", "no slug is free"))
}

async fn mark_events_changed(
    transaction: &DatabaseTransaction,
    speaker: SpeakerId,
    version: i64,
) -> Result<(), StoreError> {
    let their_events = event_speaker::Entity::find()
        .select_only()
        .column(event_speaker::Column::EventId)
        .filter(event_speaker::Column::SpeakerId.eq(speaker.0))
        .into_query();
    let mut update = sea_orm::sea_query::Query::update();
    update
        .table(event::Entity)
        .value(event::Column::CatalogueVersion, version)
        .and_where(Expr::col(event::Column::Id).in_subquery(their_events));
    transaction.execute(&update).await?;
    Ok(())
}
