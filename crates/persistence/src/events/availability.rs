//! Reads an event's current seat counts.

use plenaria_domain::event::registration_window::RegistrationWindow;
use plenaria_domain::registration::seats::Seats;
use plenaria_domain::values::ids::EventId;
use sea_orm::EntityTrait;

use crate::database::error::StoreError;
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
        row.map(|row| Ok(Availability { seats: seats::counts(&row)?, window: seats::window(&row)? })).transpose()
    }
}
