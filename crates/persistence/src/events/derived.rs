//! Derives from a definition what is stored in columns of its own so that queries can use it: times, search words,
//! topics, and the registration window.
//!
//! Publishing writes these columns, and so does the pass that derives them again (`derivation.rs`). A change to the
//! derivation here requires a new [`crate::events::derivation::DERIVATION`], so that stored columns are updated.

use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::programme::Schedule;
use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::event::search;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::database::error::StoreError;
use crate::entity::{event_seats, event_topic};
use crate::feed::outbox;
use crate::seats;
use crate::seats::promote::promote;

/// The values derived from one definition.
#[derive(Clone, Debug)]
pub(crate) struct Derived {
    /// The times of the event and of its sessions.
    pub(crate) schedule: Schedule,
    /// When registration opens and closes.
    pub(crate) window: RegistrationWindow,
    /// The folded words of title and summary, each preceded by a space, so that a search can match beginnings of words.
    pub(crate) search_words: String,
    /// The topics in every language: folded, sorted, without duplicates.
    pub(crate) topics: Vec<String>,
}

impl Derived {
    pub(crate) fn of(definition: &Definition) -> Result<Self, StoreError> {
        let schedule = definition.schedule().map_err(|e| StoreError::corrupt("events", e))?;
        let window = definition
            .registration_window(schedule.starts_at, schedule.ends_at)
            .map_err(|e| StoreError::corrupt("event_seats", e))?;
        let (search_words, topics) = (search::words(definition), search::topics(definition));
        Ok(Self { schedule, window, search_words, topics })
    }
}

/// Writes the topics by which a search finds the event.
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

/// Updates the seat row under its lock, and promotes from the waiting list if seats were added. Returns the number of
/// promoted registrations.
pub(crate) async fn save_seats(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    derived: &Derived,
    now: Instant,
    changes: &mut Vec<outbox::OutboxRow>,
) -> Result<u32, StoreError> {
    let Derived { schedule, window, .. } = derived;
    let capacity = definition.registration.capacity;
    let locked = seats::lock_one(transaction, id).await?;
    let columns = event_seats::ActiveModel {
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
            max_confirmed: Set(capacity.map(i64::from)),
            confirmed: Set(0),
            waitlisted: Set(0),
            last_waitlist_number: Set(0),
            ..columns
        };
        row.insert(transaction).await?;
        return Ok(0);
    };
    locked.seats.capacity = capacity;
    locked.seats.waitlist = definition.registration.waitlist;
    locked.window = *window;
    locked.starts_at = schedule.starts_at;
    let waitlisted_before = locked.seats.waitlisted;
    let mut promoted = promote(transaction, &mut locked, now).await?;
    promoted.iter_mut().for_each(outbox::mark_caused_by_client);
    changes.append(&mut promoted);
    let row = event_seats::ActiveModel {
        max_confirmed: Set(locked.seats.max_confirmed().map(i64::from)),
        confirmed: Set(i64::from(locked.seats.confirmed)),
        waitlisted: Set(i64::from(locked.seats.waitlisted)),
        ..columns
    };
    row.update(transaction).await?;
    Ok(waitlisted_before - locked.seats.waitlisted)
}
