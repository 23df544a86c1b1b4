//! Reads how much work waits in the database: one query that uses indexes alone, whatever the size of the tables.

use plenaria_domain::values::time::Instant;
use sea_orm::{FromQueryResult, Statement};

use crate::database::error::StoreError;
use crate::database::store::Store;

/// The largest count; more rows are reported as this many.
pub const COUNT_LIMIT: u32 = 10_000;

/// The work that waits in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Backlog {
    /// The feed's last position.
    pub feed_position: i64,
    /// Changes that have no position in the feed yet, at most [`COUNT_LIMIT`].
    pub outbox_rows: i64,
    /// When the oldest of these changes happened.
    pub outbox_oldest: Option<Instant>,
    /// Mails to be sent, at once or later, at most [`COUNT_LIMIT`].
    pub mail_rows: i64,
    /// When the first of these mails is or was due.
    pub mail_due: Option<Instant>,
    /// The position in the feed up to which mail is queued.
    pub mail_position: i64,
    /// Webhooks to be delivered, at once or later, at most [`COUNT_LIMIT`].
    pub webhook_rows: i64,
    /// When the first of these webhooks is or was due.
    pub webhook_due: Option<Instant>,
    /// The position in the feed of the active endpoint that is furthest behind; `None`: no endpoint is active.
    pub webhook_position: Option<i64>,
    /// Endpoints that receive webhooks.
    pub endpoints_active: i64,
    /// Endpoints that were disabled.
    pub endpoints_disabled: i64,
}

impl Store {
    /// Reads the backlog.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        // Each part orders by an index, so that the engine reads that index however many dead rows the table has. The first
        // due webhook is looked up for each endpoint, by the index that begins with the endpoint; endpoints are few.
        let sql = format!(
            "SELECT last_position AS feed_position, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM outbox ORDER BY id LIMIT {COUNT_LIMIT}) AS counted) AS outbox_rows, \
             (SELECT occurred_at FROM outbox ORDER BY id LIMIT 1) AS outbox_oldest, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE state = 'pending' ORDER BY next_attempt_at \
                 LIMIT {COUNT_LIMIT}) AS counted) AS mail_rows, \
             (SELECT next_attempt_at FROM messages WHERE state = 'pending' ORDER BY next_attempt_at LIMIT 1) AS mail_due, \
             COALESCE((SELECT position FROM mail_feed_position LIMIT 1), last_position) AS mail_position, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE state IN ('pending', 'waiting') \
                 LIMIT {COUNT_LIMIT}) AS counted) AS webhook_rows, \
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
