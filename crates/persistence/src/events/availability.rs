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

    /// Returns the current seat counts of several events, in one statement. Unknown events are left out. Those
    /// whose rows cannot be read have `None`, which is logged.
    pub async fn availability_of_all(
        &self,
        events: &[EventId],
    ) -> Result<HashMap<EventId, Option<Availability>>, StoreError> {
        let ids = pad_to_statement_size(events.iter().map(|id| id.0).collect());
        let rows =
            event_seats::Entity::find().filter(event_seats::Column::EventId.is_in(ids)).all(self.reads()).await?;
        Ok(read_each(&rows))
    }
}

/// The counts in each row. One damaged row does not hide the seats of the other events.
fn read_each(rows: &[event_seats::Model]) -> HashMap<EventId, Option<Availability>> {
    let mut first_error = None;
    let found = rows.iter().map(|row| {
        let event = EventId(row.event_id);
        let read = availability(row).map_err(|error| first_error.get_or_insert((event, error)).0);
        (event, read.ok())
    });
    let found = found.collect();
    if let Some((event, error)) = first_error {
        tracing::error!(%event, %error, "the seats of at least this event cannot be read");
    }
    found
}

fn availability(row: &event_seats::Model) -> Result<Availability, StoreError> {
    Ok(Availability { seats: seats::counts(row)?, window: seats::window(row)? })
}

#[cfg(test)]
mod tests {
    use plenaria_domain::values::time::Instant;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_damaged_row_does_not_hide_the_others() {
        let row = |id: u128, status: &str, confirmed: i64| event_seats::Model {
            event_id: Uuid::from_u128(id),
            status: status.to_owned(),
            opens_at: None,
            closes_at: Instant::UNIX_EPOCH,
            starts_at: Instant::UNIX_EPOCH,
            ends_at: Instant::UNIX_EPOCH,
            capacity: None,
            waitlist: false,
            max_confirmed: None,
            confirmed,
            waitlisted: 0,
            last_waitlist_number: 0,
        };
        let rows = [row(1, "published", 1), row(2, "unheard-of", 2), row(3, "published", -3), row(4, "cancelled", 4)];
        let found = read_each(&rows);
        let confirmed = |id: u128| found[&EventId(Uuid::from_u128(id))].map(|found| found.seats.confirmed);
        assert_eq!([1, 2, 3, 4].map(confirmed), [Some(1), None, None, Some(4)]);
    }
}
