//! What waits in the database: one look at it, by indexes, whatever its size.

use plenaria_domain::time::Instant;
use sea_orm::{FromQueryResult, Statement};

use crate::{Store, StoreError};

/// Rows are counted up to here; what is more is shown as this many.
pub const COUNTED: u32 = 10_000;

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Backlog {
    /// The feed's last position.
    pub feed_position: i64,
    /// Changes that have no place in the feed yet, at most [`COUNTED`].
    pub outbox_rows: i64,
    /// When the oldest of them happened.
    pub outbox_oldest: Option<Instant>,
    /// Mails that are to be sent, at once or later, at most [`COUNTED`].
    pub mail_rows: i64,
    /// When the first of them is due, or was.
    pub mail_due: Option<Instant>,
    /// How far in the feed the queueing of mail has come.
    pub mail_position: i64,
    /// Webhooks that are to be sent, at once or later, at most [`COUNTED`].
    pub webhook_rows: i64,
    /// When the first of them is due, or was.
    pub webhook_due: Option<Instant>,
    /// How far in the feed the active endpoint that is furthest behind has come; `None`: there is no active one.
    pub webhook_position: Option<i64>,
    /// Endpoints that get webhooks.
    pub endpoints_active: i64,
    /// Endpoints that were disabled.
    pub endpoints_disabled: i64,
}

impl Store {
    /// Looks what waits.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        // In the order of an index, so that it tells, however many dead rows a table still has. Of each endpoint the
        // first that is due, as the index by endpoint has it; endpoints are few.
        let sql = format!(
            "SELECT last_position AS feed_position, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM outbox ORDER BY id LIMIT {COUNTED}) AS counted) AS outbox_rows, \
             (SELECT occurred_at FROM outbox ORDER BY id LIMIT 1) AS outbox_oldest, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE state = 'pending' ORDER BY next_attempt_at \
                 LIMIT {COUNTED}) AS counted) AS mail_rows, \
             (SELECT next_attempt_at FROM messages WHERE state = 'pending' ORDER BY next_attempt_at LIMIT 1) AS mail_due, \
             COALESCE((SELECT position FROM mailer LIMIT 1), last_position) AS mail_position, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE state IN ('pending', 'waiting') \
                 LIMIT {COUNTED}) AS counted) AS webhook_rows, \
             (SELECT MIN(first) FROM (SELECT (SELECT next_attempt_at FROM webhook_deliveries AS d \
                 WHERE d.endpoint_id = e.id AND d.state = 'pending' ORDER BY next_attempt_at LIMIT 1) AS first \
                 FROM webhook_endpoints AS e WHERE e.status = 'active') AS due) AS webhook_due, \
             (SELECT MIN(position) FROM webhook_endpoints WHERE status = 'active') AS webhook_position, \
             (SELECT COUNT(*) FROM webhook_endpoints WHERE status = 'active') AS endpoints_active, \
             (SELECT COUNT(*) FROM webhook_endpoints WHERE status = 'disabled') AS endpoints_disabled \
             FROM feed WHERE id = 1"
        );
        let statement = Statement::from_string(self.backend(), sql);
        let backlog = Backlog::find_by_statement(statement).one(self.reads()).await?;
        backlog.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))
    }
}
