//! The transaction of a publication: writes an event as its definition states, its history, the change in the feed and
//! the entry of the audit log.

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::definition::diff;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect,
};
use serde_json::{Value, json};

use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::database::transaction::TransactionFuture;
use crate::entity::{catalogue, event, event_slug};
use crate::events::derived::{Derived, save_seats, save_topics};
use crate::events::publish::effects::attendees_to_notify;
use crate::events::publish::outcome::{Effects, PublishMode, PublishOutcome, Published};
use crate::events::publish::revision;
use crate::events::publish::speakers::SpeakerChanges;
use crate::events::publish::tables::{save_event, save_former_slug, save_organisations, save_sessions};
use crate::feed::outbox;
use crate::mail::event_news::unannounced_parts;
use crate::mail::follow_ups;

/// The catalogue's row, locked until the transaction ends.
pub(crate) struct LockedCatalogue(catalogue::Model);

impl LockedCatalogue {
    /// Waits for other publications.
    pub(crate) async fn lock(transaction: &DatabaseTransaction) -> Result<Self, StoreError> {
        let row = catalogue::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
        row.map(Self).ok_or_else(|| StoreError::corrupt("catalogue", "its row is missing"))
    }

    /// The version of this publication.
    pub(crate) const fn next_version(&self) -> i64 {
        self.0.version + 1
    }

    /// Makes the publication's version the catalogue's.
    pub(crate) async fn advance(self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        let next = self.next_version();
        let mut row = self.0.into_active_model();
        row.version = Set(next);
        row.update(transaction).await?;
        Ok(())
    }
}

/// What is published beside the definition.
pub(crate) struct Publication<'a> {
    /// Who publishes, for the audit log and the history.
    pub(crate) audit: &'a AuditContext,
    /// What is done, for the audit log.
    pub(crate) action: Action,
    /// The reason for a cancellation.
    pub(crate) reason: Option<&'a Translated>,
    /// The catalogue's version after it.
    pub(crate) version: i64,
    /// The time of the request.
    pub(crate) now: Instant,
}

/// Finds an event by its current slug.
pub(crate) async fn find_by_slug<C: ConnectionTrait>(
    connection: &C,
    slug: &Slug,
) -> Result<Option<event::Model>, StoreError> {
    Ok(event::Entity::find().filter(event::Column::Slug.eq(slug.as_str())).one(connection).await?)
}

/// Finds the event that had this slug before it was renamed.
pub(crate) async fn find_by_former_slug<C: ConnectionTrait>(
    connection: &C,
    slug: &Slug,
) -> Result<Option<EventId>, StoreError> {
    let row = event_slug::Entity::find_by_id(slug.to_string()).one(connection).await?;
    Ok(row.map(|row| EventId(row.event_id)))
}

/// The definition that a row holds.
pub(crate) fn stored_definition(row: &event::Model) -> Result<Definition, StoreError> {
    serde_json::from_value(row.document.clone()).map_err(|e| StoreError::corrupt("events", e))
}

/// The document that stores a definition.
pub(crate) fn document_of(definition: &Definition) -> Result<Value, StoreError> {
    serde_json::to_value(definition).map_err(|e| StoreError::corrupt("events", e))
}

/// Returns the definition that was public last: the stored one, or if that is a draft, the last one before it, if any.
pub(crate) fn last_public_document(stored: &event::Model) -> Option<&Value> {
    if stored.status == EventStatus::Draft.as_str() {
        stored.last_public_document.as_ref()
    } else {
        Some(&stored.document)
    }
}

impl Store {
    /// Runs a publication, after those of this process that asked before it. Afterwards this process reads a replica only
    /// if it has this version too.
    pub(crate) async fn run_publication<T, F>(&self, mode: PublishMode, work: F) -> Result<T, StoreError>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> TransactionFuture<'t, T>,
    {
        let _turn = self.publishing.lock().await;
        if mode == PublishMode::DryRun {
            return self.dry_run(work).await;
        }
        let result = self.write(work).await?;
        if self.replica.is_some()
            && let Err(error) = self.catalogue_version().await
        {
            tracing::debug!(%error, "the catalogue version could not be read after publishing");
        }
        Ok(result)
    }
}

/// Publishes a definition, as a new event or in place of the definition in `stored`, whose slug it may change.
pub(crate) async fn publish_one(
    transaction: &DatabaseTransaction,
    stored: Option<event::Model>,
    definition: &Definition,
    derived: &Derived,
    publication: &Publication<'_>,
) -> Result<Published, StoreError> {
    let &Publication { audit, action, reason, version, now } = publication;
    let document = document_of(definition)?;
    let before = stored.as_ref().map(stored_definition).transpose()?;
    let before_document = before.as_ref().map(document_of).transpose()?;
    let (id, outcome, number, changed_parts) = match (&stored, &before_document) {
        (Some(row), Some(before)) => {
            let parts = changed_parts(before, &document);
            let (outcome, number) = if parts.is_empty() {
                (PublishOutcome::Unchanged, row.revision)
            } else {
                (PublishOutcome::Changed, row.revision + 1)
            };
            (EventId(row.id), outcome, number, parts)
        }
        _ => (EventId::new(now), PublishOutcome::Created, 1, Vec::new()),
    };
    let changes = before_document.as_ref().map(|before| diff::diff(before, &document)).unwrap_or_default();
    let slug = definition.slug.clone();
    let mut published =
        Published { id, slug, outcome, revision: number, changes, changed_parts, effects: Effects::default() };
    if outcome == PublishOutcome::Unchanged {
        return Ok(published);
    }

    // A change of the status or the slug alone is no newer version of the speakers' cards.
    let is_rewritten = outcome == PublishOutcome::Created
        || published.changed_parts.iter().any(|part| part != "status" && part != "slug");

    let public = match &stored {
        Some(row) if row.status == EventStatus::Draft.as_str() => row.last_public_document.clone(),
        _ => before_document,
    };
    let is_new = stored.is_none();
    let row = event_row(stored.as_ref(), (id, number, version, now), definition, derived, &document, reason)?;
    if is_new {
        save_event(transaction, row.clone(), true).await?;
    }
    if is_rewritten {
        save_topics(transaction, id, derived).await?;
        save_organisations(transaction, id, definition).await?;
        SpeakerChanges::find(transaction, definition, now).await?.save(transaction, id, version).await?;
        save_sessions(transaction, id, definition, now).await?;
        follow_ups::schedule(transaction, id, definition, derived.schedule.ends_at).await?;
    }
    if let Some(former) = stored.as_ref().filter(|row| row.slug != definition.slug.as_str()) {
        save_former_slug(transaction, id, &former.slug, &definition.slug, now).await?;
    }
    let was_draft = before.is_some_and(|before| before.status == EventStatus::Draft);
    let change = change_type(status_in(public.as_ref())?, was_draft, definition.status).map(|kind| {
        let parts = public.as_ref().map(|public| self::changed_parts(public, &document)).unwrap_or_default();
        let mut change = outbox::event_change(kind, id, number, &parts, now);
        let unannounced = public.as_ref().map(|public| unannounced_parts(public, &document)).unwrap_or_default();
        if !unannounced.is_empty() {
            outbox::mark_unannounced(&mut change, &unannounced);
        }
        change
    });
    let attendees_to_notify = match &change {
        Some(change) if !is_new && derived.schedule.ends_at > now => attendees_to_notify(transaction, change).await?,
        _ => 0,
    };
    // The seat row is locked as late as possible, because registrations wait for it, and before the event's row, as
    // everywhere.
    let mut rows = Vec::new();
    let seats = save_seats(transaction, id, definition, derived, now).await?;
    if !is_new {
        save_event(transaction, row, false).await?;
    }
    published.effects = Effects { promoted: seats.promoted, over_capacity: seats.over_capacity, attendees_to_notify };
    rows.extend(change);
    bulk_insert::insert(transaction, rows).await?;
    revision::save(transaction, id, number, document, &published.changes, audit, now).await?;
    let details = json!({ "outcome": outcome.as_str(), "revision": number, "changed": published.changed_parts });
    record(transaction, audit, vec![AuditRecord::of_event(action, id, details)], now).await?;
    Ok(published)
}

/// The names of the top-level parts in which two documents differ.
fn changed_parts(before: &Value, after: &Value) -> Vec<String> {
    let names = |document: &Value| -> Vec<String> {
        document.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect()
    };
    let mut parts = names(after);
    parts.extend(names(before).into_iter().filter(|name| after.get(name).is_none()));
    parts.retain(|name| before.get(name) != after.get(name));
    parts
}

/// The status of a document that was public.
fn status_in(document: Option<&Value>) -> Result<Option<EventStatus>, StoreError> {
    let status = document.map(|document| EventStatus::parse(document["status"].as_str().unwrap_or_default()));
    status.transpose().map_err(|e| StoreError::corrupt("events", e))
}

/// The row of an event with this definition.
fn event_row(
    stored: Option<&event::Model>,
    (id, revision, version, now): (EventId, i64, i64, Instant),
    definition: &Definition,
    derived: &Derived,
    document: &Value,
    reason: Option<&Translated>,
) -> Result<event::Model, StoreError> {
    let reason = reason.map(serde_json::to_value).transpose().map_err(|e| StoreError::corrupt("events", e))?;
    let is_draft = definition.status == EventStatus::Draft;
    Ok(event::Model {
        id: id.0,
        slug: definition.slug.to_string(),
        series: definition.series.as_ref().map(ToString::to_string),
        status: definition.status.as_str().to_owned(),
        title: serde_json::to_value(&definition.title).map_err(|e| StoreError::corrupt("events", e))?,
        owner: definition.owner.as_ref().map(ToString::to_string),
        language: definition.language.to_string(),
        starts_at: derived.schedule.starts_at,
        ends_at: derived.schedule.ends_at,
        document: document.clone(),
        search_words: derived.search_words.clone(),
        revision,
        catalogue_version: version,
        created_at: stored.map_or(now, |row| row.created_at),
        updated_at: now,
        retention_days: definition.registration.retention_days.map(i64::from),
        // Its registrations are made anonymous again, because the event may now end later.
        anonymised_at: None,
        last_public_document: stored.filter(|_| is_draft).and_then(last_public_document).cloned(),
        // A definition has no reason, so one that leaves the event cancelled keeps the reason that was given.
        cancellation_reason: if definition.status == EventStatus::Published {
            None
        } else {
            reason.or_else(|| stored.and_then(|row| row.cancellation_reason.clone()))
        },
    })
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
