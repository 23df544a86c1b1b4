//! Publishes definitions: stores events, programmes and speakers as the definitions state, all in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::ids::{EventId, SessionId};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::database::transaction::TransactionFuture;
use crate::entity::{catalogue, event, event_organisation, session};
use crate::events::derived::{Derived, save_seats, save_topics};
use crate::events::publish_speakers::save_speakers;
use crate::feed::outbox;
use crate::mail::follow_ups;

/// What publishing a definition changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// The event is new.
    Created,
    /// These top-level parts of its definition changed.
    Changed(Vec<String>),
    /// The definition is the same as before.
    Unchanged,
}

/// A published definition.
#[derive(Clone, Debug)]
pub struct Published {
    /// The event.
    pub id: EventId,
    /// What changed.
    pub outcome: PublishOutcome,
    /// The event's revision now.
    pub revision: i64,
    /// The number of waitlisted registrations that were promoted because of it.
    pub promoted: u32,
}

/// Whether publishing takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishMode {
    /// The definitions are published.
    Apply,
    /// The transaction is rolled back; the result is what would have happened.
    DryRun,
}

impl Store {
    /// Returns the definition of the event with this slug as it was published last, draft or not. It is read from the
    /// primary, never from a replica, because the next publication builds on it.
    pub async fn published_definition(&self, slug: &Slug) -> Result<Option<Definition>, StoreError> {
        let row = event::Entity::find().filter(event::Column::Slug.eq(slug.as_str())).one(self.reads()).await?;
        row.as_ref().map(stored_definition).transpose()
    }

    /// Publishes all of these definitions, or none of them on an error. Only one transaction publishes at a time.
    pub async fn publish(
        &self,
        definitions: &[Definition],
        now: Instant,
        mode: PublishMode,
    ) -> Result<Vec<Published>, StoreError> {
        let work = publish_work(definitions.into(), now);
        match mode {
            PublishMode::Apply => {
                let published = self.write(work).await?;
                // From now on, this process reads a replica only if it has this version too.
                if self.replica.is_some()
                    && let Err(error) = self.catalogue_version().await
                {
                    tracing::debug!(%error, "the catalogue version could not be read after publishing");
                }
                Ok(published)
            }
            PublishMode::DryRun => self.dry_run(work).await,
        }
    }
}

/// Returns the work of publishing in a form that a transaction can repeat.
fn publish_work(
    definitions: Arc<[Definition]>,
    now: Instant,
) -> impl for<'t> Fn(&'t DatabaseTransaction) -> TransactionFuture<'t, Vec<Published>> {
    move |transaction| {
        let definitions = Arc::clone(&definitions);
        Box::pin(async move { publish_all(transaction, &definitions, now).await })
    }
}

async fn publish_all(
    transaction: &DatabaseTransaction,
    definitions: &[Definition],
    now: Instant,
) -> Result<Vec<Published>, StoreError> {
    let version = catalogue::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let version = version.ok_or_else(|| StoreError::corrupt("catalogue", "its row is missing"))?;
    let next = version.version + 1;
    let mut published = Vec::with_capacity(definitions.len());
    for definition in definitions {
        published.push(publish_one(transaction, definition, next, now).await?);
    }
    if published.iter().any(|p| p.outcome != PublishOutcome::Unchanged) {
        let mut version = version.into_active_model();
        version.version = Set(next);
        version.update(transaction).await?;
    }
    Ok(published)
}

async fn publish_one(
    transaction: &DatabaseTransaction,
    definition: &Definition,
    version: i64,
    now: Instant,
) -> Result<Published, StoreError> {
    let derived = Derived::of(definition)?;
    let stored =
        event::Entity::find().filter(event::Column::Slug.eq(definition.slug.as_str())).one(transaction).await?;
    let before = stored.as_ref().map(stored_definition).transpose()?;
    let (id, outcome, revision) = match (&stored, &before) {
        (Some(row), Some(before)) => {
            let changed_parts = definition.differences(before);
            let (outcome, revision) = if changed_parts.is_empty() {
                (PublishOutcome::Unchanged, row.revision)
            } else {
                (PublishOutcome::Changed(changed_parts), row.revision + 1)
            };
            (EventId(row.id), outcome, revision)
        }
        _ => (EventId::new(now), PublishOutcome::Created, 1),
    };
    if outcome == PublishOutcome::Unchanged {
        return Ok(Published { id, outcome, revision, promoted: 0 });
    }
    let public =
        stored.as_ref().and_then(last_public_document).map(|document| serde_json::from_value(document.clone()));
    let public: Option<Definition> = public.transpose().map_err(|e| StoreError::corrupt("events", e))?;
    save_event(transaction, stored, id, definition, &derived, (revision, version, now)).await?;
    save_topics(transaction, id, &derived).await?;
    save_organisations(transaction, id, definition).await?;
    save_speakers(transaction, id, definition, version, now).await?;
    save_sessions(transaction, id, definition, now).await?;
    let mut changes = Vec::new();
    let promoted = save_seats(transaction, id, definition, &derived, now, &mut changes).await?;
    follow_ups::schedule(transaction, id, definition, derived.schedule.ends_at).await?;
    let was_draft = before.is_some_and(|before| before.status == EventStatus::Draft);
    if let Some(kind) = change_type(public.as_ref().map(|public| public.status), was_draft, definition.status) {
        let changed_parts = public.map(|public| definition.differences(&public)).unwrap_or_default();
        changes.push(outbox::event_change(kind, id, revision, &changed_parts, now));
    }
    bulk_insert::insert(transaction, changes).await?;
    Ok(Published { id, outcome, revision, promoted })
}

fn stored_definition(row: &event::Model) -> Result<Definition, StoreError> {
    serde_json::from_value(row.document.clone()).map_err(|e| StoreError::corrupt("events", e))
}

/// Returns the definition that was public last: the stored one, or if that is a draft, the last one before it, if any.
fn last_public_document(stored: &event::Model) -> Option<&serde_json::Value> {
    if stored.status == EventStatus::Draft.as_str() {
        stored.last_public_document.as_ref()
    } else {
        Some(&stored.document)
    }
}

/// Returns the type of the change that publishing writes into the feed, given the status that was public last, whether
/// the event has been a draft since, and its status now. Making an event a draft writes no change. An event that was
/// cancelled and then made a draft is still cancelled as far as its public knows: publishing it reinstates it, and
/// cancelling it again is an update.
pub(crate) const fn change_type(
    last_public: Option<EventStatus>,
    was_draft: bool,
    now: EventStatus,
) -> Option<ChangeType> {
    use EventStatus::{Cancelled, Draft, Published};
    match (last_public, now) {
        (_, Draft) => None,
        (Some(Cancelled), Published) => Some(ChangeType::EventReinstated),
        (Some(Published), Published) if !was_draft => Some(ChangeType::EventUpdated),
        (_, Published) => Some(ChangeType::EventPublished),
        (Some(Cancelled), Cancelled) => Some(ChangeType::EventUpdated),
        (_, Cancelled) => Some(ChangeType::EventCancelled),
    }
}

async fn save_event(
    transaction: &DatabaseTransaction,
    stored: Option<event::Model>,
    id: EventId,
    definition: &Definition,
    derived: &Derived,
    (revision, version, now): (i64, i64, Instant),
) -> Result<(), StoreError> {
    let row = event::Model {
        id: id.0,
        slug: definition.slug.to_string(),
        series: definition.series.as_ref().map(ToString::to_string),
        status: definition.status.as_str().to_owned(),
        language: definition.language.to_string(),
        starts_at: derived.schedule.starts_at,
        ends_at: derived.schedule.ends_at,
        document: serde_json::to_value(definition).map_err(|e| StoreError::corrupt("events", e))?,
        search_words: derived.search_words.clone(),
        revision,
        catalogue_version: version,
        created_at: stored.as_ref().map_or(now, |row| row.created_at),
        updated_at: now,
        retention_days: definition.registration.retention_days.map(i64::from),
        // Its registrations are made anonymous again, because the event may now end later.
        anonymised_at: None,
        last_public_document: stored
            .as_ref()
            .filter(|_| definition.status == EventStatus::Draft)
            .and_then(last_public_document)
            .cloned(),
    };
    let row = row.into_active_model().reset_all();
    match stored {
        Some(_) => row.update(transaction).await?,
        None => row.insert(transaction).await?,
    };
    Ok(())
}

/// Writes which organisations own and co-organise the event.
async fn save_organisations(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
) -> Result<(), StoreError> {
    use event_organisation::{Column, Entity, Model};
    Entity::delete_many().filter(Column::EventId.eq(id.0)).exec(transaction).await?;
    let owner = definition.owner.iter().map(|key| (key, "owner"));
    let co_organisers = definition.co_organisers.iter().filter(|key| definition.owner.as_ref() != Some(key));
    for (key, role) in owner.chain(co_organisers.map(|key| (key, "co_organiser"))) {
        let row = Model { event_id: id.0, organisation: key.to_string(), role: role.to_owned() };
        row.into_active_model().insert(transaction).await?;
    }
    Ok(())
}

/// Writes the event's sessions. A session keeps its id as long as it keeps its key.
async fn save_sessions(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    now: Instant,
) -> Result<(), StoreError> {
    let stored = session::Entity::find().filter(session::Column::EventId.eq(id.0)).all(transaction).await?;
    let mut stored: HashMap<String, session::Model> = stored.into_iter().map(|s| (s.key.clone(), s)).collect();
    for (position, session) in (0i64..).zip(&definition.programme.sessions) {
        let key = session.key.to_string();
        match stored.remove(&key) {
            Some(row) if row.position == position => {}
            Some(row) => {
                let mut row = row.into_active_model();
                row.position = Set(position);
                row.update(transaction).await?;
            }
            None => {
                let row = session::Model { id: SessionId::new(now).0, event_id: id.0, key, position };
                row.into_active_model().insert(transaction).await?;
            }
        }
    }
    for removed in stored.into_values() {
        session::Entity::delete_by_id(removed.id).exec(transaction).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_type_depends_on_the_last_public_status() {
        use ChangeType::{EventCancelled, EventPublished, EventReinstated, EventUpdated};
        use EventStatus::{Cancelled, Draft, Published};
        for (last_public, was_draft, now, expected) in [
            (None, false, Published, Some(EventPublished)),
            (None, true, Published, Some(EventPublished)),
            (None, false, Cancelled, Some(EventCancelled)),
            (None, true, Cancelled, Some(EventCancelled)),
            (Some(Published), false, Published, Some(EventUpdated)),
            (Some(Published), true, Published, Some(EventPublished)),
            (Some(Published), false, Cancelled, Some(EventCancelled)),
            (Some(Published), true, Cancelled, Some(EventCancelled)),
            (Some(Cancelled), false, Published, Some(EventReinstated)),
            (Some(Cancelled), true, Published, Some(EventReinstated)),
            (Some(Cancelled), false, Cancelled, Some(EventUpdated)),
            (Some(Cancelled), true, Cancelled, Some(EventUpdated)),
        ] {
            assert_eq!(change_type(last_public, was_draft, now), expected, "{last_public:?} {was_draft} {now:?}");
            assert_eq!(change_type(last_public, was_draft, Draft), None);
        }
    }
}
