//! Counts the people who a publication concerns.

use plenaria_domain::change::ChangeType;
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::feed::outbox::OutboxRow;
use crate::mail::event_news::EventChanges;
use crate::mail::from_feed::count_recipients;

/// The number of registrations that get a mail about this change of an event that has not ended, if no other change
/// follows before the mails are queued.
pub(crate) async fn attendees_to_notify(
    transaction: &DatabaseTransaction,
    change: &OutboxRow,
) -> Result<u64, StoreError> {
    let kind = ChangeType::parse(&change.kind).map_err(|e| StoreError::corrupt("outbox", e))?;
    let mut changes = EventChanges::default();
    changes.add(kind, &change.payload, change.sequence, (change.id, change.occurred_at));
    match changes.into_message(change.event_id) {
        Some(message) => count_recipients(transaction, &message).await,
        None => Ok(0),
    }
}
