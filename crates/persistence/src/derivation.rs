//! Deriving again what is stored beside definitions: when the rules of time zones have changed, or what this program makes
//! of a definition.
//!
//! A definition says wall-clock times; the instants that follow from them are stored, and so are search words. A row of
//! the database says by which versions they were derived. A program whose versions are newer derives everything again at its
//! start, in one transaction under the lock that publishers take: of several that start at once, one does it. An event
//! whose times move is changed as if a corrected definition had been published, so that the feed, caches, calendars and mail
//! follow. A program whose versions are older leaves everything as it is.

use std::collections::HashMap;

use plenaria_domain::definition::Definition;
use plenaria_domain::ids::EventId;
use plenaria_domain::time::{Instant, rfc3339};
use plenaria_domain::time_zone;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::derived::{Derived, save_seats, save_topics};
use crate::entity::{catalogue, derivation, event, event_seats, event_topic};
use crate::publication::told;
use crate::{Store, StoreError, outbox, rows};

/// The version of what this program derives from a definition (`derived.rs`), beside the rules of time zones. It grows with
/// every change of that, so that what is stored is derived again.
pub const DERIVATION: i64 = 1;

/// How many events are read at a time.
const PAGE: u64 = 100;

/// By what the stored times and words were derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The version of the rules of time zones, like `2026f`.
    pub zone_rules: String,
    /// The program's own part, as [`DERIVATION`].
    pub derivation: i64,
}

/// How a database's version compares with this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// The program knows better.
    Older,
    /// They are the same.
    Same,
    /// The database was derived from by a newer program.
    Newer,
}

impl Version {
    /// This program's.
    pub fn of_program() -> Self {
        Self { zone_rules: time_zone::rules_version().to_owned(), derivation: DERIVATION }
    }

    /// How this one compares with the program's. One that is newer in any part is newer.
    pub(crate) fn age(&self) -> Age {
        let program = Self::of_program();
        if *self == program {
            Age::Same
        } else if self.zone_rules <= program.zone_rules && self.derivation <= program.derivation {
            Age::Older
        } else {
            Age::Newer
        }
    }
}

/// When to derive again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// If the database's version is older than the program's.
    Outdated,
    /// Also if it is the same: something else may have changed what is stored.
    NotNewer,
}

/// What deriving again came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing to do.
    Current,
    /// A newer program has derived what is stored; it was left as it is.
    Newer(Version),
    /// Everything was derived again; this was corrected.
    Done(Vec<Correction>),
}

/// One event whose stored times or words were corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The event.
    pub event: EventId,
    /// Its slug.
    pub slug: String,
    /// When it was stored to start and to end.
    pub before: (Instant, Instant),
    /// When it starts and ends.
    pub after: (Instant, Instant),
    /// What moved, by the names of the definition's parts; nothing if only search words were corrected.
    pub moved: Vec<String>,
    /// Whether the event has a new revision, so that everybody learns of it.
    pub told: bool,
}

impl Store {
    /// Derives again what is stored beside definitions, and logs what that changed.
    pub async fn derive_again(&self, when: When, now: Instant) -> Result<Outcome, StoreError> {
        // Most starts have nothing to do, and take no lock to find that out.
        if when == When::Outdated && version(self.reads()).await?.age() == Age::Same {
            return Ok(Outcome::Current);
        }
        let (outcome, unreadable) =
            self.write(|transaction| Box::pin(async move { derive_all(transaction, when, now).await })).await?;
        for (event, error) in unreadable {
            tracing::error!(%event, %error, "an event's times cannot be derived; they are left as they are");
        }
        log(&outcome);
        Ok(outcome)
    }
}

/// By which version the database was derived from.
async fn version<C: ConnectionTrait>(connection: &C) -> Result<Version, StoreError> {
    stored_version(connection).await?.ok_or_else(|| StoreError::corrupt("derivation", "its row is missing"))
}

/// The same; `None`: its row is missing.
pub(crate) async fn stored_version<C: ConnectionTrait>(connection: &C) -> Result<Option<Version>, StoreError> {
    let row = derivation::Entity::find_by_id(1).one(connection).await?;
    Ok(row.map(|row| Version { zone_rules: row.zone_rules, derivation: row.version }))
}

/// The events whose stored times are not those that follow from their definitions.
pub(crate) async fn events_with_other_times(transaction: &DatabaseTransaction) -> Result<Vec<Uuid>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = page(transaction, after).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.event.id);
        for stored in page {
            // What cannot be read has no times to compare with.
            if let Ok((definition, derived)) = stored.derive()
                && !stored.moved(&definition, &derived).is_empty()
            {
                found.push(stored.event.id);
            }
        }
    }
}

/// An event as it is stored, with what was derived from its definition.
struct Stored {
    event: event::Model,
    seats: Option<event_seats::Model>,
    topics: Vec<String>,
}

/// Some events, in the order of their ids.
async fn page(transaction: &DatabaseTransaction, after: Option<Uuid>) -> Result<Vec<Stored>, StoreError> {
    let mut query = event::Entity::find().order_by_asc(event::Column::Id).limit(PAGE);
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
        Stored { seats: seats.remove(&event.id), topics, event }
    };
    Ok(events.into_iter().map(stored).collect())
}

impl Stored {
    fn derive(&self) -> Result<(Definition, Derived), StoreError> {
        let definition: Definition =
            serde_json::from_value(self.event.document.clone()).map_err(|e| StoreError::corrupt("events", e))?;
        let derived = Derived::of(&definition)?;
        Ok((definition, derived))
    }

    /// The parts of the definition from which other times follow than those stored.
    fn moved(&self, definition: &Definition, derived: &Derived) -> Vec<String> {
        let Derived { schedule, window, .. } = derived;
        let mut parts = Vec::new();
        if self.event.starts_at != schedule.starts_at {
            parts.push("starts");
        } else if self.event.ends_at != schedule.ends_at {
            // The start is right, so sessions with starts of their own have moved.
            parts.push("programme");
        }
        let other = |row: &event_seats::Model| row.opens_at != window.opens_at || row.closes_at != window.closes_at;
        let rules = &definition.registration;
        // Where the rules say no time, registration closes when the event starts, and moves with it.
        let says_a_time = rules.opens.is_some() || rules.closes.is_some();
        if self.seats.as_ref().is_some_and(other) && (says_a_time || parts.is_empty()) {
            parts.push("registration");
        }
        parts.into_iter().map(str::to_owned).collect()
    }

    /// Whether all else that is stored follows from the definition.
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
    when: When,
    now: Instant,
) -> Result<(Outcome, Unreadable), StoreError> {
    // Whoever publishes waits for this, and so does another instance that starts.
    let catalogue = catalogue::Entity::find_by_id(1).lock_exclusive().one(transaction).await?;
    let catalogue = catalogue.ok_or_else(|| StoreError::corrupt("catalogue", "its row is missing"))?;
    let version = version(transaction).await?;
    match version.age() {
        Age::Newer => return Ok((Outcome::Newer(version), Vec::new())),
        Age::Same if when == When::Outdated => return Ok((Outcome::Current, Vec::new())),
        Age::Same | Age::Older => {}
    }
    let next = catalogue.version + 1;
    let (mut corrections, mut unreadable, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = page(transaction, after).await?;
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
    rows::insert(transaction, changes).await?;
    if !corrections.is_empty() {
        let mut catalogue = catalogue.into_active_model();
        catalogue.version = Set(next);
        catalogue.update(transaction).await?;
    }
    if version.age() == Age::Older {
        let Version { zone_rules, derivation: version } = Version::of_program();
        let row = derivation::ActiveModel { id: Set(1), zone_rules: Set(zone_rules), version: Set(version) };
        row.update(transaction).await?;
    }
    Ok((Outcome::Done(corrections), unreadable))
}

/// Corrects what is stored of one event, if it is not as it should be. An event that was over and is over is corrected
/// silently: nobody's plans hang on it any more.
async fn correct(
    transaction: &DatabaseTransaction,
    stored: Stored,
    definition: &Definition,
    derived: &Derived,
    (version, now): (i64, Instant),
    changes: &mut Vec<outbox::Change>,
) -> Result<Option<Correction>, StoreError> {
    let moved = stored.moved(definition, derived);
    if moved.is_empty() && stored.is_otherwise_current(derived) {
        return Ok(None);
    }
    let Stored { event, seats, topics, .. } = stored;
    let (id, slug) = (EventId(event.id), event.slug.clone());
    let before = (event.starts_at, event.ends_at);
    let after = (derived.schedule.starts_at, derived.schedule.ends_at);
    let is_over = before.1 <= now && after.1 <= now;
    let is_told = !moved.is_empty() && !is_over;
    let revision = event.revision + i64::from(is_told);
    let mut row = event.into_active_model();
    (row.starts_at, row.ends_at) = (Set(after.0), Set(after.1));
    row.search_words = Set(derived.search_words.clone());
    row.changed_in = Set(version);
    if is_told {
        row.revision = Set(revision);
        row.updated_at = Set(now);
        // It may end later now than when it was made anonymous.
        row.anonymised_at = Set(None);
    }
    // The seats come first, as for all who change an event that people can be registered for; and only where their times
    // are others, since registering waits for it. A row that is missing is not made: nobody knows how many are confirmed.
    let has_other_times = |seats: &event_seats::Model| !moved.is_empty() || (seats.starts_at, seats.ends_at) != after;
    if seats.as_ref().is_some_and(has_other_times) {
        save_seats(transaction, id, definition, derived, now, changes).await?;
    }
    row.update(transaction).await?;
    if topics != derived.topics {
        save_topics(transaction, id, derived).await?;
    }
    if let Some(kind) = told(Some(definition.status), false, definition.status)
        && is_told
    {
        changes.push(outbox::of_event(kind, id, revision, &moved, now));
    }
    Ok(Some(Correction { event: id, slug, before, after, moved, told: is_told }))
}

/// Logs what was done. Only what has moved for people is worth a warning.
fn log(outcome: &Outcome) {
    let program = Version::of_program();
    match outcome {
        Outcome::Current => {}
        Outcome::Newer(database) => tracing::warn!(
            database_rules = database.zone_rules,
            program_rules = program.zone_rules,
            "the stored times were derived by a newer program, and are left as they are"
        ),
        Outcome::Done(corrections) => {
            for Correction { slug, before, after, moved, told, .. } in corrections {
                let (from, to) = (rfc3339(before.0), rfc3339(after.0));
                let (end_from, end_to) = (rfc3339(before.1), rfc3339(after.1));
                let moved = moved.join(", ");
                if *told {
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
    fn only_what_is_newer_in_no_part_is_derived_again() {
        let program = Version::of_program();
        let version = |zone_rules: &str, derivation| Version { zone_rules: zone_rules.to_owned(), derivation };
        let rules = program.zone_rules.as_str();
        for (other, age) in [
            (version(rules, DERIVATION), Age::Same),
            (version("2025b", DERIVATION), Age::Older),
            (version("2025b", 0), Age::Older),
            (version(rules, DERIVATION - 1), Age::Older),
            (version("2099a", DERIVATION), Age::Newer),
            (version(rules, DERIVATION + 1), Age::Newer),
            (version("2099a", DERIVATION - 1), Age::Newer),
            (version("2025b", DERIVATION + 1), Age::Newer),
        ] {
            assert_eq!(other.age(), age, "{other:?}");
        }
    }
}
