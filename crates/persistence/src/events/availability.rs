//! Reads an event's current seat counts.

use std::collections::HashMap;

use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::registration::seats::Seats;
use plenaria_domain::values::ids::EventId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::event_seats;
use crate::seats;

/// An event's seat counts and registration window.
#[derive(Clone, Copy, Debug)]
pub struct Availability {
    /// The counts.
    pub seats: Seats,
    /// When registration opens and closes.
    pub window: RegistrationWindow,
}

impl Store {
    /// Returns the current seat counts of an event, in one primary-key read.
    pub async fn availability(&self, event: EventId) -> Result<Option<Availability>, StoreError> {
        let row = event_seats::Entity::find_by_id(event.0).one(self.reads()).await?;
        row.as_ref().map(availability).transpose()
    }

    /// Returns the current seat counts of several events, in one statement. Unknown events are left out.
    pub async fn availability_of_all(&self, events: &[EventId]) -> Result<HashMap<EventId, Availability>, StoreError> {
        let ids = pad_to_statement_size(events.iter().map(|id| id.0).collect());
        let rows =
            event_seats::Entity::find().filter(event_seats::Column::EventId.is_in(ids)).all(self.reads()).await?;
        rows.iter().map(|row| Ok((EventId(row.event_id), availability(row)?))).collect()
    }
}

fn availability(row: &event_seats::Model) -> Result<Availability, StoreError> {
    Ok(Availability { seats: seats::counts(row)?, window: seats::window(row)? })
}
