//! What follows from a definition and is stored beside it, so that the database can look for it: times, search words,
//! topics, the window for registrations.
//!
//! Publishing writes it, and so does the pass that derives it again (`derivation.rs`). A change of what is derived here
//! takes a new [`crate::derivation::DERIVATION`], so that what is stored already follows.

use plenaria_domain::definition::Definition;
use plenaria_domain::ids::EventId;
use plenaria_domain::programme::Schedule;
use plenaria_domain::search;
use plenaria_domain::time::Instant;
use plenaria_domain::window::Window;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::entity::{event_seats, event_topic};
use crate::promotion::promote;
use crate::{StoreError, outbox, seats};

/// What follows from one definition.
#[derive(Clone, Debug)]
pub(crate) struct Derived {
    /// The times of the event and of its sessions.
    pub(crate) schedule: Schedule,
    /// When registrations are taken.
    pub(crate) window: Window,
    /// The words of its title and summary, folded; each has a space before it, so that a search finds the beginnings of
    /// words.
    pub(crate) search_words: String,
    /// Its topics in every language, folded, sorted, each once.
    pub(crate) topics: Vec<String>,
}

impl Derived {
    pub(crate) fn of(definition: &Definition) -> Result<Self, StoreError> {
        let schedule = definition.schedule().map_err(|e| StoreError::corrupt("events", e))?;
        let window = definition
            .window(schedule.starts_at, schedule.ends_at)
            .map_err(|e| StoreError::corrupt("event_seats", e))?;
        let (search_words, topics) = (search::words(definition), search::topics(definition));
        Ok(Self { schedule, window, search_words, topics })
    }
}

/// Writes the topics that a search finds the event by.
pub(crate) async fn save_topics(
    transaction: &DatabaseTransaction,
    id: EventId,
    derived: &Derived,
) -> Result<(), StoreError> {
    event_topic::Entity::delete_many().filter(event_topic::Column::EventId.eq(id.0)).exec(transaction).await?;
    for topic in &derived.topics {
        event_topic::Model { event_id: id.0, topic: topic.clone() }.into_active_model().insert(transaction).await?;
    }
    Ok(())
}

/// Brings the seat row up to date under its lock; seats that were added go to the head of the queue.
pub(crate) async fn save_seats(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    derived: &Derived,
    now: Instant,
    changes: &mut Vec<outbox::Change>,
) -> Result<u32, StoreError> {
    let Derived { schedule, window, .. } = derived;
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
    locked.window = *window;
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
