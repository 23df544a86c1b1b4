//! Counts the mails about an event's registrations, by an index that contains their state.

use plenaria_domain::registration::statistics::MailCounts;
use plenaria_domain::values::ids::EventId;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use crate::database::error::StoreError;

#[derive(FromQueryResult)]
struct Row {
    sent: i64,
    waiting: i64,
    refused: i64,
}

/// The mails of an event by delivery status.
pub(super) async fn count<C: ConnectionTrait>(connection: &C, event: EventId) -> Result<MailCounts, StoreError> {
    let sql = "SELECT COUNT(*) FILTER (WHERE state = 'sent') AS sent, \
               COUNT(*) FILTER (WHERE state = 'pending') AS waiting, \
               COUNT(*) FILTER (WHERE state = 'failed') AS refused FROM messages WHERE event_id = $1";
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [event.0.into()]);
    let row = Row::find_by_statement(statement).one(connection).await?;
    Ok(row.map_or_else(MailCounts::default, |row| MailCounts {
        sent: row.sent.unsigned_abs(),
        waiting: row.waiting.unsigned_abs(),
        refused: row.refused.unsigned_abs(),
    }))
}
