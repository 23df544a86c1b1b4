//! Publishing definitions: what they say becomes what is shown, in one transaction for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::definition::Definition;
use plenaria_domain::event::EventStatus;
use plenaria_domain::ids::{EventId, SessionId};
use plenaria_domain::slug::Slug;
use plenaria_domain::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use crate::derived::{Derived, save_seats, save_topics};
use crate::entity::{catalogue, event, event_organisation, session};
use crate::publication_speakers::save_speakers;
use crate::store::Work;
use crate::{Store, StoreError, outbox, rows};

/// What publishing a definition came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The event is new.
    Created,
    /// These top-level parts of its definition changed.
    Changed(Vec<String>),
    /// The definition says what it said before.
    Unchanged,
}

/// A published definition.
#[derive(Clone, Debug)]
pub struct Published {
    /// The event.
    pub id: EventId,
    /// What it came to.
    pub outcome: Outcome,
    /// The event's revision now.
    pub revision: i64,
    /// How many of the queue got a seat by it.
    pub promoted: u32,
}

/// Whether to do it, or only to say what would be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Do it.
    Apply,
    /// Only say.
    DryRun,
}

impl Store {
    /// The definition of the event with this slug as it was published last, draft or not; from the primary, never a
    /// replica, since what is published next builds on it.
    pub async fn published_definition(&self, slug: &Slug) -> Result<Option<Definition>, StoreError> {
        let row = event::Entity::find().filter(event::Column::Slug.eq(slug.as_str())).one(self.reads()).await?;
        row.as_ref().map(stored_definition).transpose()
    }

    /// Publishes all of these definitions, or none of them on an error. Publishers wait for each other.
    pub async fn publish(
        &self,
        definitions: &[Definition],
        now: Instant,
        mode: Mode,
    ) -> Result<Vec<Published>, StoreError> {
        let work = publishing(definitions.into(), now);
        match mode {
            Mode::Apply => {
                let published = self.write(work).await?;
                // From now on this process shows it, wherever it reads.
                if self.replica.is_some()
                    && let Err(error) = self.catalogue_version().await
                {
                    tracing::debug!(%error, "the catalogue's version is read later");
                }
                Ok(published)
            }
            Mode::DryRun => self.rehearse(work).await,
        }
    }
}

/// The work of publishing, as a transaction may do it more than once.
fn publishing(
    definitions: Arc<[Definition]>,
    now: Instant,
) -> impl for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, Vec<Published>> {
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
    if published.iter().any(|p| p.outcome != Outcome::Unchanged) {
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
            let changed = definition.differences(before);
            let (outcome, revision) = if changed.is_empty() {
                (Outcome::Unchanged, row.revision)
            } else {
                (Outcome::Changed(changed), row.revision + 1)
            };
            (EventId(row.id), outcome, revision)
        }
        _ => (EventId::new(now), Outcome::Created, 1),
    };
    if outcome == Outcome::Unchanged {
        return Ok(Published { id, outcome, revision, promoted: 0 });
    }
    let shown = stored.as_ref().and_then(last_shown).map(|document| serde_json::from_value(document.clone()));
    let shown: Option<Definition> = shown.transpose().map_err(|e| StoreError::corrupt("events", e))?;
    save_event(transaction, stored, id, definition, &derived, (revision, version, now)).await?;
    save_topics(transaction, id, &derived).await?;
    save_organisations(transaction, id, definition).await?;
    save_speakers(transaction, id, definition, version, now).await?;
    save_sessions(transaction, id, definition, now).await?;
    let mut changes = Vec::new();
    let promoted = save_seats(transaction, id, definition, &derived, now, &mut changes).await?;
    let was_draft = before.is_some_and(|before| before.status == EventStatus::Draft);
    if let Some(kind) = told(shown.as_ref().map(|shown| shown.status), was_draft, definition.status) {
        let changed = shown.map(|shown| definition.differences(&shown)).unwrap_or_default();
        changes.push(outbox::of_event(kind, id, revision, &changed, now));
    }
    rows::insert(transaction, changes).await?;
    Ok(Published { id, outcome, revision, promoted })
}

fn stored_definition(row: &event::Model) -> Result<Definition, StoreError> {
    serde_json::from_value(row.document.clone()).map_err(|e| StoreError::corrupt("events", e))
}

/// The definition that people saw last: the stored one, or, where that is a draft, the one before it, if there was one.
fn last_shown(stored: &event::Model) -> Option<&serde_json::Value> {
    if stored.status == EventStatus::Draft.as_str() { stored.last_shown.as_ref() } else { Some(&stored.document) }
}

/// What the world is told of a change, by the status that it saw last, whether a draft came in between, and the status
/// now. Drafts are told to nobody. A cancelled event that was made a draft is still a cancelled one for those who were
/// told so: when it is published again, it is reinstated, and when it is cancelled again, they know already.
pub(crate) const fn told(shown: Option<EventStatus>, was_draft: bool, now: EventStatus) -> Option<ChangeType> {
    use EventStatus::{Cancelled, Draft, Published};
    match (shown, now) {
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
        changed_in: version,
        created_at: stored.as_ref().map_or(now, |row| row.created_at),
        updated_at: now,
        retention_days: definition.registration.retention_days.map(i64::from),
        // It may end later now than when it was made anonymous.
        anonymised_at: None,
        last_shown: stored.as_ref().filter(|_| definition.status == EventStatus::Draft).and_then(last_shown).cloned(),
    };
    let row = row.into_active_model().reset_all();
    match stored {
        Some(_) => row.update(transaction).await?,
        None => row.insert(transaction).await?,
    };
    Ok(())
}

/// Who owns the event, and who organises it with them.
async fn save_organisations(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
) -> Result<(), StoreError> {
    use event_organisation::{Column, Entity, Model};
    Entity::delete_many().filter(Column::EventId.eq(id.0)).exec(transaction).await?;
    let owner = definition.owner.iter().map(|key| (key, "owner"));
    let others = definition.co_organisers.iter().filter(|key| definition.owner.as_ref() != Some(key));
    for (key, role) in owner.chain(others.map(|key| (key, "co_organiser"))) {
        let row = Model { event_id: id.0, organisation: key.to_string(), role: role.to_owned() };
        row.into_active_model().insert(transaction).await?;
    }
    Ok(())
}

/// A session's id stays while its key does.
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
    for gone in stored.into_values() {
        session::Entity::delete_by_id(gone.id).exec(transaction).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_depends_on_what_was_seen_last() {
        use ChangeType::{EventCancelled, EventPublished, EventReinstated, EventUpdated};
        use EventStatus::{Cancelled, Draft, Published};
        for (shown, was_draft, now, expected) in [
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
            assert_eq!(told(shown, was_draft, now), expected, "{shown:?} {was_draft} {now:?}");
            assert_eq!(told(shown, was_draft, Draft), None);
        }
    }
}
