//! Derives stored columns from definitions again when time zone rules, or this program's derivation, have changed.
//!
//! A definition contains wall-clock times. The instants that follow from them are stored, and so are search words. One
//! row of the database records the versions by which they were derived. A program with newer versions derives
//! everything again at its start, in one transaction under the lock that publishing takes, so that of several instances
//! that start at once only one does it. An event whose times move is changed as if a corrected definition had been
//! published, so that the feed, caches, calendars and mail follow. A program with older versions changes nothing.

use std::collections::HashMap;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::{Instant, rfc3339};
use plenaria_domain::values::time_zone;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::entity::{catalogue, derivation, event, event_seats, event_topic};
use crate::events::derived::{Derived, save_seats, save_topics};
use crate::events::publish::revision;
use crate::events::publish::transaction::change_type;
use crate::feed::outbox;
use crate::mail::follow_ups;

/// The version of this program's derivation (`derived.rs`), apart from time zone rules. It must be increased with every
/// change to the derivation, so that stored columns are updated.
pub const DERIVATION: i64 = 1;

/// Number of events that are read at a time.
const PAGE_SIZE: u64 = 100;

/// The versions by which stored columns were derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivationVersion {
    /// The version of the IANA time zone rules, like `2026f`.
    pub zone_rules: String,
    /// The version of the program's derivation, like [`DERIVATION`].
    pub derivation: i64,
}

/// How a database's version compares with this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionAge {
    /// Older than this program's.
    Older,
    /// The same as this program's.
    Same,
    /// Newer than this program's.
    Newer,
}

impl DerivationVersion {
    /// Returns this program's version.
    pub fn of_program() -> Self {
        Self { zone_rules: time_zone::rules_version().to_owned(), derivation: DERIVATION }
    }

    /// Compares a version with this program's. A version of which any part is newer counts as newer.
    pub(crate) fn age(&self) -> VersionAge {
        let program = Self::of_program();
        if *self == program {
            VersionAge::Same
        } else if self.zone_rules <= program.zone_rules && self.derivation <= program.derivation {
            VersionAge::Older
        } else {
            VersionAge::Newer
        }
    }
}

/// When to derive again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RederiveIf {
    /// Only if the database's version is older than the program's.
    Outdated,
    /// Also if it is the same, because something else may have changed the stored columns.
    NotNewer,
}

/// The result of deriving again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerivationOutcome {
    /// The database's version is this program's, so nothing was derived.
    Current,
    /// A newer program derived the stored columns, so nothing was changed.
    Newer(DerivationVersion),
    /// Everything was derived again, and these events were corrected.
    Done(Vec<Correction>),
}

/// One event whose stored times or words were corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The event.
    pub event: EventId,
    /// Its slug.
    pub slug: String,
    /// The stored start and end.
    pub before: (Instant, Instant),
    /// The correct start and end.
    pub after: (Instant, Instant),
    /// The parts of the definition whose times moved; empty if only search words were corrected.
    pub moved: Vec<String>,
    /// Whether the event has a new revision and a change in the feed.
    pub announced: bool,
}

impl Store {
    /// Derives stored columns from all definitions again, and logs the corrections.
    pub async fn rederive(&self, condition: RederiveIf, now: Instant) -> Result<DerivationOutcome, StoreError> {
        // Most starts find the same version, without taking a lock.
        if condition == RederiveIf::Outdated && version(self.reads()).await?.age() == VersionAge::Same {
            return Ok(DerivationOutcome::Current);
        }
        let (outcome, unreadable) =
            self.write(|transaction| Box::pin(async move { derive_all(transaction, condition, now).await })).await?;
        for (event, error) in unreadable {
            tracing::error!(%event, %error, "an event's times cannot be derived; they are left as they are");
        }
        log(&outcome);
        Ok(outcome)
    }
}

/// Reads the database's version, whose row must exist.
async fn version<C: ConnectionTrait>(connection: &C) -> Result<DerivationVersion, StoreError> {
    stored_version(connection).await?.ok_or_else(|| StoreError::corrupt("derivation", "its row is missing"))
}

/// Reads the database's version; `None` if its row is missing.
pub(crate) async fn stored_version<C: ConnectionTrait>(
    connection: &C,
) -> Result<Option<DerivationVersion>, StoreError> {
    let row = derivation::Entity::find_by_id(1).one(connection).await?;
    Ok(row.map(|row| DerivationVersion { zone_rules: row.zone_rules, derivation: row.version }))
}

/// Returns the events whose stored times differ from those that follow from their definitions.
pub(crate) async fn events_with_wrong_times(transaction: &DatabaseTransaction) -> Result<Vec<Uuid>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = read_page(transaction, after).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.event.id);
        for stored in page {
            // A definition that cannot be read has no times to compare with.
            if let Ok((definition, derived)) = stored.derive()
                && !stored.moved_parts(&definition, &derived).is_empty()
            {
                found.push(stored.event.id);
            }
        }
    }
}

/// An event's row, with the other rows that were derived from its definition.
struct StoredEvent {
    event: event::Model,
    seats: Option<event_seats::Model>,
    topics: Vec<String>,
}

/// Reads the next events in the order of their ids.
async fn read_page(transaction: &DatabaseTransaction, after: Option<Uuid>) -> Result<Vec<StoredEvent>, StoreError> {
    let mut query = event::Entity::find().order_by_asc(event::Column::Id).limit(PAGE_SIZE);
    if let Some(after) = after {
        query = query.filter(event::Column::Id.gt(after));
    }
    let events = query.all(transaction).await?;
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of_these = event_seats::Column::EventId.is_in(ids.iter().copied());
    let seats = event_seats::Entity::find().filter(of_these).all(transaction).await?;
    let mut seats: HashMap<Uuid, event_seats::Model> = seats.into_iter().map(|row| (row.event_id, row)).collect();
    let of_these = event_topic::Column::EventId.is_in(ids);
    let mut topics: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in event_topic::Entity::find().filter(of_these).all(transaction).await? {
        topics.entry(row.event_id).or_default().push(row.topic);
    }
    let stored = |event: event::Model| {
        let mut topics = topics.remove(&event.id).unwrap_or_default();
        topics.sort_unstable();
        StoredEvent { seats: seats.remove(&event.id), topics, event }
    };
    Ok(events.into_iter().map(stored).collect())
}

impl StoredEvent {
    fn derive(&self) -> Result<(Definition, Derived), StoreError> {
        let definition: Definition =
            serde_json::from_value(self.event.document.clone()).map_err(|e| StoreError::corrupt("events", e))?;
        let derived = Derived::of(&definition)?;
        Ok((definition, derived))
    }

    /// Returns the parts of the definition whose derived times differ from the stored ones.
    fn moved_parts(&self, definition: &Definition, derived: &Derived) -> Vec<String> {
        let Derived { schedule, window, .. } = derived;
        let mut parts = Vec::new();
        if self.event.starts_at != schedule.starts_at {
            parts.push("starts");
        } else if self.event.ends_at != schedule.ends_at {
            // The start is correct, so sessions with a start of their own have moved.
            parts.push("programme");
        }
        let differs = |row: &event_seats::Model| row.opens_at != window.opens_at || row.closes_at != window.closes_at;
        let rules = &definition.registration;
        // Without times of its own, registration closes when the event starts, and moves with it.
        let has_own_times = rules.opens.is_some() || rules.closes.is_some();
        if self.seats.as_ref().is_some_and(differs) && (has_own_times || parts.is_empty()) {
            parts.push("registration");
        }
        parts.into_iter().map(str::to_owned).collect()
    }

    /// Whether the derived columns that `moved_parts` does not compare are correct.
    fn is_otherwise_current(&self, derived: &Derived) -> bool {
        let times = (derived.schedule.starts_at, derived.schedule.ends_at);
        self.event.search_words == derived.search_words
            && self.topics == derived.topics
            && self.seats.as_ref().is_none_or(|row| (row.starts_at, row.ends_at) == times)
    }
}

type Unreadable = Vec<(Uuid, StoreError)>;

async fn derive_all(
    transaction: &DatabaseTransaction,
    condition: RederiveIf,
    now: Instant,
) -> Result<(DerivationOutcome, Unreadable), StoreError> {
    // Publishers wait for this lock, and so do other instances that start.
    let catalogue = catalogue::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let catalogue = catalogue.ok_or_else(|| StoreError::corrupt("catalogue", "its row is missing"))?;
    let version = version(transaction).await?;
    match version.age() {
        VersionAge::Newer => return Ok((DerivationOutcome::Newer(version), Vec::new())),
        VersionAge::Same if condition == RederiveIf::Outdated => return Ok((DerivationOutcome::Current, Vec::new())),
        VersionAge::Same | VersionAge::Older => {}
    }
    let next = catalogue.version + 1;
    let (mut corrections, mut unreadable, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = read_page(transaction, after).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.event.id);
        for stored in page {
            match stored.derive() {
                Ok((definition, derived)) => {
                    let corrected = correct(transaction, stored, &definition, &derived, (next, now), &mut changes);
                    corrections.extend(corrected.await?);
                }
                Err(error) => unreadable.push((stored.event.id, error)),
            }
        }
    }
    bulk_insert::insert(transaction, changes).await?;
    let entry = |corrected: &Correction| {
        let details = serde_json::json!({ "changed": corrected.moved });
        AuditRecord::of_event(Action::EventTimesCorrected, corrected.event, details)
    };
    record(transaction, &AuditContext::system(), corrections.iter().map(entry).collect(), now).await?;
    if !corrections.is_empty() {
        let mut catalogue = catalogue.into_active_model();
        catalogue.version = Set(next);
        catalogue.update(transaction).await?;
    }
    if version.age() == VersionAge::Older {
        let DerivationVersion { zone_rules, derivation: version } = DerivationVersion::of_program();
        let row = derivation::ActiveModel { id: Set(1), zone_rules: Set(zone_rules), version: Set(version) };
        row.update(transaction).await?;
    }
    Ok((DerivationOutcome::Done(corrections), unreadable))
}

/// Corrects the derived columns of one event if they are wrong. An event that has ended by both its old and its new
/// times is corrected without a change in the feed.
async fn correct(
    transaction: &DatabaseTransaction,
    stored: StoredEvent,
    definition: &Definition,
    derived: &Derived,
    (version, now): (i64, Instant),
    changes: &mut Vec<outbox::OutboxRow>,
) -> Result<Option<Correction>, StoreError> {
    let moved = stored.moved_parts(definition, derived);
    if moved.is_empty() && stored.is_otherwise_current(derived) {
        return Ok(None);
    }
    let StoredEvent { event, seats, topics } = stored;
    let (id, slug, document) = (EventId(event.id), event.slug.clone(), event.document.clone());
    let before = (event.starts_at, event.ends_at);
    let after = (derived.schedule.starts_at, derived.schedule.ends_at);
    let has_ended = before.1 <= now && after.1 <= now;
    let announced = !moved.is_empty() && !has_ended;
    let revision = event.revision + i64::from(announced);
    let mut row = event.into_active_model();
    (row.starts_at, row.ends_at) = (Set(after.0), Set(after.1));
    row.search_words = Set(derived.search_words.clone());
    row.catalogue_version = Set(version);
    if announced {
        row.revision = Set(revision);
        row.updated_at = Set(now);
        // Its registrations are made anonymous again, because the event may now end later.
        row.anonymised_at = Set(None);
    }
    // The seat row is locked before the event's row, as everywhere, and only if its times are wrong, because
    // registrations wait for that lock. A missing seat row is not created, because its counts are unknown.
    let has_wrong_times = |seats: &event_seats::Model| !moved.is_empty() || (seats.starts_at, seats.ends_at) != after;
    if seats.as_ref().is_some_and(has_wrong_times) {
        save_seats(transaction, id, definition, derived, now).await?;
    }
    row.update(transaction).await?;
    follow_ups::schedule(transaction, id, definition, after.1).await?;
    if topics != derived.topics {
        save_topics(transaction, id, derived).await?;
    }
    if announced {
        let kind = change_type(Some(definition.status), false, definition.status);
        changes.extend(kind.map(|kind| outbox::event_change(kind, id, revision, &moved, now)));
        revision::save(transaction, id, revision, document, &[], &AuditContext::system(), now).await?;
    }
    Ok(Some(Correction { event: id, slug, before, after, moved, announced }))
}

/// Logs the result. Corrections with a change in the feed are warnings.
fn log(outcome: &DerivationOutcome) {
    let program = DerivationVersion::of_program();
    match outcome {
        DerivationOutcome::Current => {}
        DerivationOutcome::Newer(database) => tracing::warn!(
            database_rules = database.zone_rules,
            program_rules = program.zone_rules,
            "the stored times were derived by a newer program, and are left as they are"
        ),
        DerivationOutcome::Done(corrections) => {
            for Correction { slug, before, after, moved, announced, .. } in corrections {
                let (from, to) = (rfc3339(before.0), rfc3339(after.0));
                let (end_from, end_to) = (rfc3339(before.1), rfc3339(after.1));
                let moved = moved.join(", ");
                if *announced {
                    tracing::warn!(
                        slug,
                        moved,
                        from,
                        to,
                        end_from,
                        end_to,
                        "an event's time has moved with the rules of its zone"
                    );
                } else {
                    tracing::info!(slug, moved, from, to, "what is stored of an event was derived again");
                }
            }
            tracing::info!(
                rules = program.zone_rules,
                derivation = program.derivation,
                corrected = corrections.len(),
                "what is stored beside definitions was derived again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_with_any_newer_part_is_newer() {
        let program = DerivationVersion::of_program();
        let version =
            |zone_rules: &str, derivation| DerivationVersion { zone_rules: zone_rules.to_owned(), derivation };
        let rules = program.zone_rules.as_str();
        for (other, age) in [
            (version(rules, DERIVATION), VersionAge::Same),
            (version("2025b", DERIVATION), VersionAge::Older),
            (version("2025b", 0), VersionAge::Older),
            (version(rules, DERIVATION - 1), VersionAge::Older),
            (version("2099a", DERIVATION), VersionAge::Newer),
            (version(rules, DERIVATION + 1), VersionAge::Newer),
            (version("2099a", DERIVATION - 1), VersionAge::Newer),
            (version("2025b", DERIVATION + 1), VersionAge::Newer),
        ] {
            assert_eq!(other.age(), age, "{other:?}");
        }
    }
}
