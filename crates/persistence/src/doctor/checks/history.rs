//! Examines the history of events. Publishing writes an event and its revision in one transaction, but a partial restore can
//! leave one without the other.

use plenaria_domain::doctor::{Finding, Kind};
use sea_orm::DatabaseTransaction;

use crate::database::error::StoreError;
use crate::doctor::query::find_rows;

/// Finds events whose current revision is not in their history.
pub(crate) async fn examine(transaction: &DatabaseTransaction) -> Result<Option<Finding>, StoreError> {
    let select = "SELECT e.id FROM events AS e WHERE NOT EXISTS \
        (SELECT 1 FROM event_revisions AS r WHERE r.event_id = e.id AND r.revision = e.revision)";
    find_rows(transaction, Kind::MissingRevision, select, [], "events lack their current revision in their history")
        .await
}
