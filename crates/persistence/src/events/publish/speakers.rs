//! Writes the speakers of a published definition, in a few statements whatever their number.

use std::collections::{HashMap, HashSet};

use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::speaker::slugs;
use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::values::ids::{EventId, SpeakerId};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, QueryTrait,
};
use serde_json::json;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::entity::{event, event_speaker, speaker};

/// What a definition changes of its owner's speakers. Speakers belong to the owner of the event; events without an owner
/// share theirs. Among the events of one owner, the card of the definition published last applies to all.
pub(crate) struct SpeakerChanges {
    /// The ids of the definition's speakers, in its order.
    order: Vec<Uuid>,
    /// The rows of new speakers, and of those whose card changes.
    rows: Vec<speaker::Model>,
    /// The speakers whose card changes, by their position in the definition.
    changed: Vec<(usize, Uuid)>,
}

impl SpeakerChanges {
    /// Compares the definition's cards with the stored ones.
    pub(crate) async fn find(
        transaction: &DatabaseTransaction,
        definition: &Definition,
        now: Instant,
    ) -> Result<Self, StoreError> {
        let owner = definition.owner.as_ref().map_or("", Slug::as_str);
        let keys: Vec<&str> = definition.speakers.iter().map(|s| s.key.as_str()).collect();
        let stored = if keys.is_empty() {
            Vec::new()
        } else {
            let of_owner = speaker::Entity::find().filter(speaker::Column::Owner.eq(owner));
            of_owner.filter(speaker::Column::Key.is_in(keys)).all(transaction).await?
        };
        let mut stored: HashMap<String, speaker::Model> = stored.into_iter().map(|s| (s.key.clone(), s)).collect();
        let new = definition.speakers.iter().map(|s| &s.key).filter(|key| !stored.contains_key(key.as_str()));
        let mut new_slugs = free_slugs(transaction, new.collect(), definition.owner.as_ref()).await?;
        let language = definition.language.to_string();
        let mut changes = Self { order: Vec::new(), rows: Vec::new(), changed: Vec::new() };
        for (index, definition_card) in definition.speakers.iter().enumerate() {
            let card = serde_json::to_value(definition_card).map_err(|e| StoreError::corrupt("speakers", e))?;
            let key = definition_card.key.as_str();
            let row = match stored.remove(key) {
                Some(row) if row.card == card && row.language == language => {
                    changes.order.push(row.id);
                    continue;
                }
                Some(row) => {
                    changes.changed.push((index, row.id));
                    speaker::Model { card, language: language.clone(), updated_at: now, ..row }
                }
                None => speaker::Model {
                    id: SpeakerId::new(now).0,
                    owner: owner.to_owned(),
                    key: key.to_owned(),
                    slug: new_slugs.remove(key).ok_or_else(|| StoreError::corrupt("speakers", "no slug is free"))?,
                    language: language.clone(),
                    card,
                    created_at: now,
                    updated_at: now,
                },
            };
            changes.order.push(row.id);
            changes.rows.push(row);
        }
        Ok(changes)
    }

    /// Writes the speakers of the event. Every other event that shows a changed card is marked as changed too. Speakers whom
    /// no event shows any more lose their card; id and slug stay theirs.
    pub(crate) async fn save(
        self,
        transaction: &DatabaseTransaction,
        id: EventId,
        version: i64,
    ) -> Result<(), StoreError> {
        use event_speaker::Column as OfEvent;
        let before = event_speaker::Entity::find().select_only().column(OfEvent::SpeakerId);
        let mut removed: HashSet<Uuid> =
            before.filter(OfEvent::EventId.eq(id.0)).into_tuple().all(transaction).await?.into_iter().collect();
        for speaker in &self.order {
            removed.remove(speaker);
        }
        event_speaker::Entity::delete_many().filter(OfEvent::EventId.eq(id.0)).exec(transaction).await?;
        if !self.changed.is_empty() {
            mark_events_changed(transaction, self.changed_ids(), version).await?;
        }
        if !self.rows.is_empty() {
            use speaker::Column;
            let rows = self.rows.into_iter().map(|row| row.into_active_model().reset_all());
            let or_change = OnConflict::column(Column::Id)
                .update_columns([Column::Card, Column::Language, Column::UpdatedAt])
                .to_owned();
            speaker::Entity::insert_many(rows).on_conflict(or_change).exec_without_returning(transaction).await?;
        }
        let of_event = (0i64..).zip(self.order);
        let of_event =
            of_event.map(|(position, speaker_id)| event_speaker::Model { event_id: id.0, speaker_id, position });
        bulk_insert::insert(transaction, of_event.collect()).await?;
        if !removed.is_empty() {
            remove_unused_cards(transaction, removed).await?;
        }
        Ok(())
    }

    fn changed_ids(&self) -> Vec<Uuid> {
        self.changed.iter().map(|(_, id)| *id).collect()
    }
}

/// The errors of a publication for an event that another organisation owns: it may not change the card of a speaker who
/// speaks at another event too.
pub(crate) async fn forbidden_changes(
    transaction: &DatabaseTransaction,
    event: EventId,
    definition: &Definition,
    now: Instant,
) -> Result<Vec<FieldError>, StoreError> {
    use event_speaker::Column;
    let changes = SpeakerChanges::find(transaction, definition, now).await?;
    if changes.changed.is_empty() {
        return Ok(Vec::new());
    }
    let shown: Vec<Uuid> = event_speaker::Entity::find()
        .select_only()
        .column(Column::SpeakerId)
        .filter(Column::SpeakerId.is_in(changes.changed_ids()))
        .filter(Column::EventId.ne(event.0))
        .into_tuple()
        .all(transaction)
        .await?;
    let shown: HashSet<Uuid> = shown.into_iter().collect();
    let shown = changes.changed.iter().filter(|(_, speaker)| shown.contains(speaker));
    Ok(shown.map(|(index, _)| FieldError::new(format!("/speakers/{index}"), InvalidValue::OwnerOnly)).collect())
}

/// Returns for each key of a new speaker the first slug that no other speaker has, among those that a speaker of this
/// owner may have. It cannot be taken concurrently, because only one transaction publishes at a time, and stays taken,
/// because speakers are never deleted.
async fn free_slugs(
    transaction: &DatabaseTransaction,
    keys: Vec<&Slug>,
    owner: Option<&Slug>,
) -> Result<HashMap<String, String>, StoreError> {
    let mut waiting: Vec<_> = keys.into_iter().map(|key| (key, slugs(key, owner))).collect();
    let (mut found, mut taken) = (HashMap::new(), HashSet::new());
    while !waiting.is_empty() {
        // Nearly always the first slugs are free, so this runs once.
        let candidates: Vec<_> = waiting
            .into_iter()
            .filter_map(|(key, mut slugs)| slugs.next().map(|slug| (key, slug.to_string(), slugs)))
            .collect();
        let query = speaker::Entity::find().select_only().column(speaker::Column::Slug);
        let query = query.filter(speaker::Column::Slug.is_in(candidates.iter().map(|(_, slug, _)| slug.as_str())));
        taken.extend(query.into_tuple::<String>().all(transaction).await?);
        waiting = Vec::new();
        for (key, slug, slugs) in candidates {
            if taken.insert(slug.clone()) {
                found.insert(key.to_string(), slug);
            } else {
                waiting.push((key, slugs));
            }
        }
    }
    Ok(found)
}

/// Removes the cards of those of these speakers whom no event shows. Nothing reads them.
async fn remove_unused_cards(transaction: &DatabaseTransaction, speakers: HashSet<Uuid>) -> Result<(), StoreError> {
    let speaker_id = Expr::col((speaker::Entity, speaker::Column::Id));
    let mut events = Query::select();
    events
        .expr(Expr::val(1))
        .from(event_speaker::Entity)
        .and_where(Expr::col(event_speaker::Column::SpeakerId).eq(speaker_id.clone()));
    let mut update = Query::update();
    update
        .table(speaker::Entity)
        .value(speaker::Column::Card, json!({}))
        .and_where(speaker_id.is_in(speakers))
        .and_where(Expr::exists(events).not());
    transaction.execute(&update).await?;
    Ok(())
}

async fn mark_events_changed(
    transaction: &DatabaseTransaction,
    speakers: Vec<Uuid>,
    version: i64,
) -> Result<(), StoreError> {
    let their_events = event_speaker::Entity::find()
        .select_only()
        .column(event_speaker::Column::EventId)
        .filter(event_speaker::Column::SpeakerId.is_in(speakers))
        .into_query();
    let mut update = Query::update();
    update
        .table(event::Entity)
        .value(event::Column::CatalogueVersion, version)
        .and_where(Expr::col(event::Column::Id).in_subquery(their_events));
    transaction.execute(&update).await?;
    Ok(())
}
