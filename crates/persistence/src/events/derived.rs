//! Derives from a definition what is stored in columns of its own so that queries can use it: times, search words,
//! topics, and the registration window.
//!
//! Publishing writes these columns, and so does the pass that derives them again (`derivation.rs`). A change to the
//! derivation here requires a new [`crate::events::derivation::DERIVATION`], so that stored columns are updated.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::programme::Schedule;
use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::event::search;
use plenaria_domain::registration::seats::Seats;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::desk;
use crate::desk::reply::Outcome;
use crate::desk::request::{Command, Request};
use crate::entity::{event_seats, event_topic};
use crate::seats;

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
    let rows = derived.topics.iter().map(|topic| event_topic::Model { event_id: id.0, topic: topic.clone() });
    bulk_insert::insert(transaction, rows.collect()).await
}

/// What a definition means for an event's seats.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeatEffects {
    /// The number of registrations that were promoted from the waiting list.
    pub(crate) promoted: u32,
    /// The number of confirmed registrations beyond the capacity.
    pub(crate) over_capacity: u32,
}

/// Updates the seat row under its lock, and promotes from the waiting list if seats were added. A row that is correct is
/// not locked, because registrations would wait.
pub(crate) async fn save_seats(
    transaction: &DatabaseTransaction,
    id: EventId,
    definition: &Definition,
    derived: &Derived,
    now: Instant,
) -> Result<SeatEffects, StoreError> {
    let Derived { schedule, window, .. } = derived;
    let capacity = definition.registration.capacity;
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
    let Some(stored) = event_seats::Entity::find_by_id(id.0).one(transaction).await? else {
        let row = event_seats::ActiveModel {
            max_confirmed: Set(capacity.map(i64::from)),
            confirmed: Set(0),
            waitlisted: Set(0),
            last_waitlist_number: Set(0),
            ..columns
        };
        row.insert(transaction).await?;
        return Ok(SeatEffects::default());
    };
    if has_current_columns(&stored, definition, derived) {
        return Ok(SeatEffects { promoted: 0, over_capacity: over_capacity(seats::counts(&stored)?) });
    }
    let Some(locked) = seats::lock_one(transaction, id).await? else {
        return Err(StoreError::corrupt("event_seats", "its row has disappeared"));
    };
    let counts = Seats { capacity, waitlist: definition.registration.waitlist, ..locked.seats };
    let max_confirmed = Set(counts.max_confirmed().map(i64::from));
    event_seats::ActiveModel { max_confirmed, ..columns }.update(transaction).await?;
    // The seats that were added go to the waiting list at once.
    let promotion = Request { event: id, now, idempotency: None, command: Command::Promote };
    let promoted = match desk::locked::serve_in(transaction, &Arc::new(promotion)).await?.replies.pop() {
        Some(Ok(Outcome::Promoted(promoted))) => promoted,
        _ => 0,
    };
    let counts = Seats { confirmed: counts.confirmed + promoted, ..counts };
    Ok(SeatEffects { promoted, over_capacity: over_capacity(counts) })
}

/// Whether the columns of a seat row that only publications write are as this definition states.
fn has_current_columns(row: &event_seats::Model, definition: &Definition, derived: &Derived) -> bool {
    let Derived { schedule, window, .. } = derived;
    let times = (window.opens_at, window.closes_at, schedule.starts_at, schedule.ends_at);
    (row.opens_at, row.closes_at, row.starts_at, row.ends_at) == times
        && row.status == window.status.as_str()
        && row.capacity == definition.registration.capacity.map(i64::from)
        && row.waitlist == definition.registration.waitlist
}

/// Locks in advance, in the order of their ids, those seat rows of these events that their new definitions change. This is
/// for publications of several events: locking one row after another in any other order could deadlock with the desk.
pub(crate) async fn lock_changing_seats(
    transaction: &DatabaseTransaction,
    events: &HashMap<Uuid, (&Definition, &Derived)>,
) -> Result<(), StoreError> {
    let ids = pad_to_statement_size(events.keys().copied().collect());
    let stored = event_seats::Entity::find().filter(event_seats::Column::EventId.is_in(ids));
    let changing = stored.all(transaction).await?.into_iter().filter(|row| {
        let wanted = events.get(&row.event_id);
        wanted.is_some_and(|(definition, derived)| !has_current_columns(row, definition, derived))
    });
    let changing: Vec<EventId> = changing.map(|row| EventId(row.event_id)).collect();
    if !changing.is_empty() {
        seats::lock(transaction, &changing).await?;
    }
    Ok(())
}

fn over_capacity(seats: Seats) -> u32 {
    seats.capacity.map_or(0, |capacity| seats.confirmed.saturating_sub(capacity))
}
