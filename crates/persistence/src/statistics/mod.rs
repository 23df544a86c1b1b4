//! Reads an event's statistics: counts of its registrations and of the mails about them.
//!
//! Everything is counted when it is asked for. Counters that registering keeps up to date would make each registration
//! pay, and would have to follow every later change. An event's rows are read once; a million registrations take less than
//! a second on either engine.

mod mails;
mod postgres;
mod sqlite;

use plenaria_domain::registration::statistics::{MailCounts, Statistics};
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait};

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::event_seats;
use crate::seats;

impl Store {
    /// Counts an event's registrations, in one snapshot, and the mails about them, beside it. Days are those of `zone`.
    /// Returns `None` if the event does not exist.
    pub async fn statistics(
        &self,
        event: EventId,
        zone: TimeZone,
        now: Instant,
    ) -> Result<Option<Statistics>, StoreError> {
        let registrations = self.snapshot(|transaction| Box::pin(count_registrations(transaction, event, zone, now)));
        let (statistics, mail) = tokio::try_join!(registrations, mails::count(self.reads(), event))?;
        Ok(statistics.map(|statistics| Statistics { mail, ..statistics }))
    }
}

/// The statistics without mails.
async fn count_registrations(
    transaction: &DatabaseTransaction,
    event: EventId,
    zone: TimeZone,
    now: Instant,
) -> Result<Option<Statistics>, StoreError> {
    let Some(seats) = event_seats::Entity::find_by_id(event.0).one(transaction).await? else { return Ok(None) };
    let capacity = seats::counts(&seats)?.capacity;
    let (registrations, by_day) = match transaction.get_database_backend() {
        DbBackend::Postgres => postgres::count(transaction, event, zone).await?,
        _ => sqlite::count(transaction, event, zone).await?,
    };
    Ok(Some(Statistics { capacity, registrations, by_day, mail: MailCounts::default(), as_of: now }))
}
