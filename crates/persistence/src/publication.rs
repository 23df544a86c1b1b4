//! Publishing definitions: what they say becomes what is shown, in one transaction for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::definition::Definition;
use plenaria_domain::event::EventStatus;
use plenaria_domain::ids::{EventId, SessionId, SpeakerId};
use plenaria_domain::programme::Schedule;
use plenaria_domain::search;
use plenaria_domain::slug::Slug;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
};

use crate::entity::{catalogue, event, event_organisation, event_seats, event_speaker, event_topic, session, speaker};
use crate::promotion::promote;
use crate::store::Work;
use crate::{Store, StoreError, outbox, rows, seats};

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
    let schedule = definition.schedule().map_err(|e| StoreError::corrupt("events", e))?;
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
    save_event(transaction, stored, id, definition, &schedule, (revision, version, now)).await?;
    save_topics(transaction, id, definition).await?;
    save_organisations(transaction, id, definition).await?;
    save_speakers(transaction, id, definition, version, now).await?;
    save_sessions(transaction, id, definition, now).await?;
    let mut changes = Vec::new();
    let promoted = save_seats(transaction, id, definition, &schedule, now, &mut changes).await?;
    let changed = match &outcome {
        Outcome::Changed(changed) => changed.as_slice(),
        _ => &[],
    };
    if let Some(kind) = told(before.as_ref().map(|b| b.status), definition.status) {
        changes.push(outbox::of_event(kind, id, revision, changed, now));
    }
    rows::insert(transaction, changes).await?;
    Ok(Published { id, outcome, revision, promoted })
}

fn stored_definition(row: &event::Model) -> Result<Definition, StoreError> {
    serde_json::from_value(row.document.clone()).map_err(|e| StoreError::corrupt("events", e))
}

/// What the world is told of a change, by the status before and after.
const fn told(before: Option<EventStatus>, after: EventStatus) -> Option<ChangeType> {
    use EventStatus::{Cancelled, Draft, Published};
    match (before, after) {
        (Some(Published | Cancelled | Draft) | None, Draft) => None,
        (None | Some(Draft | Cancelled), Published) => Some(ChangeType::EventPublished),
        (Some(Cancelled), Cancelled) | (Some(Published), Published) => Some(ChangeType::EventUpdated),
        (_, Cancelled) => Some(ChangeType::EventCancelled),
    }
}

async fn save_event(
    transaction: &DatabaseTransaction,
    stored: Option<event::Model>,
    id: EventId,
    definition: &Definition,
    schedule: &Schedule,
    (revision, version, now): (i64, i64, Instant),
) -> Result<(), StoreError> {
    let row = event::Model {
        id: id.0,
        slug: definition.slug.to_string(),
        series: definition.series.as_ref().map(ToString::to_string),
        status: definition.status.as_str().to_owned(),
        language: definition.language.to_string(),
        starts_at: schedule.starts_at,
        ends_at: schedule.ends_at,
        document: serde_json::to_value(definition).map_err(|e| StoreError::corrupt("events", e))?,
        search_words: search::words(definition),
        revision,
        changed_in: version,
        created_at: stored.as_ref().map_or(now, |row| row.created_at),
        updated_at: now,
        retention_days: definition.registration.retention_days.map(i64::from),
        // It may end later now than when it was made anonymous.
        anonymised_at: None,
    };
    let row = row.into_active_model().reset_all();
    match stored {
        Some(_) => row.update(transaction).await?,
        None => row.insert(transaction).await?,
    };
    Ok(())
}

async fn save_topics(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
) -> Result<(), StoreError> {
    event_topic::Entity::delete_many().filter(event_topic::Column::EventId.eq(id.0)).exec(transaction).await?;
    for topic in search::topics(definition) {
        event_topic::Model { event_id: id.0, topic }.into_active_model().insert(transaction).await?;
    }
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

/// The newest definition's cards win; every other event that shows a changed card is marked as changed too.
async fn save_speakers(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    version: i64,
    now: Instant,
) -> Result<(), StoreError> {
    let keys: Vec<&str> = definition.speakers.iter().map(|s| s.key.as_str()).collect();
    let stored = match keys.as_slice() {
        [] => Vec::new(),
        _ => speaker::Entity::find().filter(speaker::Column::Key.is_in(keys)).all(transaction).await?,
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
                mark_events_of(transaction, SpeakerId(speaker_id), version).await?;
            }
            speaker_id
        } else {
            let row = speaker::Model {
                id: SpeakerId::new(now).0,
                key: definition_card.key.to_string(),
                language,
                card,
                created_at: now,
                updated_at: now,
            };
            row.into_active_model().insert(transaction).await?.id
        };
        let part = event_speaker::Model { event_id: id.0, speaker_id, position };
        part.into_active_model().insert(transaction).await?;
    }
    Ok(())
}

async fn mark_events_of(transaction: &DatabaseTransaction, speaker: SpeakerId, version: i64) -> Result<(), StoreError> {
    let showing = event_speaker::Entity::find()
        .select_only()
        .column(event_speaker::Column::EventId)
        .filter(event_speaker::Column::SpeakerId.eq(speaker.0))
        .into_query();
    let mut update = sea_orm::sea_query::Query::update();
    update
        .table(event::Entity)
        .value(event::Column::ChangedIn, version)
        .and_where(Expr::col(event::Column::Id).in_subquery(showing));
    transaction.execute(&update).await?;
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

/// Brings the seat row up to date under its lock; seats that were added go to the head of the queue.
async fn save_seats(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    schedule: &Schedule,
    now: Instant,
    changes: &mut Vec<outbox::Change>,
) -> Result<u32, StoreError> {
    let window =
        definition.window(schedule.starts_at, schedule.ends_at).map_err(|e| StoreError::corrupt("event_seats", e))?;
    let capacity = definition.registration.capacity;
    let locked = seats::lock_one(transaction, id).await?;
    let facts = event_seats::ActiveModel {
        event_id: Set(id.0),
        status: Set(window.status.as_str().to_owned()),
        opens_at: Set(window.opens_at),
        closes_at: Set(window.closes_at),
        starts_at: Set(schedule.starts_at),
        ends_at: Set(schedule.ends_at),
        capacity: Set(capacity.map(i64::from)),
        waitlist: Set(definition.registration.waitlist),
        ..Default::default()
    };
    let Some(mut locked) = locked else {
        let row = event_seats::ActiveModel {
            ceiling: Set(capacity.map(i64::from)),
            confirmed: Set(0),
            waitlisted: Set(0),
            last_queue_number: Set(0),
            ..facts
        };
        row.insert(transaction).await?;
        return Ok(0);
    };
    locked.seats.capacity = capacity;
    locked.seats.waitlist = definition.registration.waitlist;
    locked.window = window;
    locked.starts_at = schedule.starts_at;
    let waiting = locked.seats.waitlisted;
    let mut promoted = promote(transaction, &mut locked, now).await?;
    promoted.iter_mut().for_each(outbox::by_client);
    changes.append(&mut promoted);
    let row = event_seats::ActiveModel {
        ceiling: Set(locked.seats.ceiling().map(i64::from)),
        confirmed: Set(i64::from(locked.seats.confirmed)),
        waitlisted: Set(i64::from(locked.seats.waitlisted)),
        ..facts
    };
    row.update(transaction).await?;
    Ok(waiting - locked.seats.waitlisted)
}
