//! Live seats.

use plenaria_domain::ids::EventId;
use plenaria_domain::seats::Seats;
use plenaria_domain::window::Window;
use sea_orm::EntityTrait;

use crate::entity::event_seats;
use crate::{Store, StoreError, seats};

/// An event's counts and its window.
#[derive(Clone, Copy, Debug)]
pub struct Availability {
    /// The counts.
    pub seats: Seats,
    /// The window.
    pub window: Window,
}

impl Store {
    /// The live seats of an event, in one primary-key read.
    pub async fn availability(&self, event: EventId) -> Result<Option<Availability>, StoreError> {
        let row = event_seats::Entity::find_by_id(event.0).one(self.reads()).await?;
        row.map(|row| Ok(Availability { seats: seats::counts(&row)?, window: seats::window(&row)? })).transpose()
    }
}
