//! Examines the feed of changes: changes that stay in the outbox, gaps in the positions, and readers that lag behind.

use chrono::TimeDelta;
use plenaria_domain::doctor::{FeedPositions, Finding, Kind};
use plenaria_domain::values::time::Instant;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::doctor::query::{find_rows, query_all, query_one};
use crate::webhooks::delivery_state::MAX_UNSETTLED;

/// How long a change may stay in the outbox.
const MAX_OUTBOX_TIME: TimeDelta = TimeDelta::minutes(1);
/// How long a change may stay unread by the mail queue or by a webhook endpoint.
const MAX_READER_LAG: TimeDelta = TimeDelta::minutes(10);
/// The largest number of gaps that are listed.
const MAX_GAPS: u32 = 5;

/// Examines the feed and its readers.
pub(crate) async fn examine(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let mut findings = missing_rows(transaction).await?;
    let in_outbox = find_rows(
        transaction,
        Kind::Outbox,
        "SELECT id FROM outbox WHERE occurred_at < $1",
        [(now - MAX_OUTBOX_TIME).into()],
        "changes have been in the outbox for more than a minute",
    );
    findings.extend(in_outbox.await?);
    findings.extend(positions(transaction).await?);
    findings.extend(mail_queue(transaction, now).await?);
    findings.extend(endpoints(transaction, now).await?);
    Ok(findings)
}

#[derive(FromQueryResult)]
struct SingleRowTable {
    name: String,
}

/// Finds tables that should have exactly one row, which serves as a lock, and have none.
async fn missing_rows(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "SELECT t.name FROM (SELECT 'catalogue' AS name, (SELECT COUNT(*) FROM catalogue) AS number \
        UNION ALL SELECT 'derivation', (SELECT COUNT(*) FROM derivation) \
        UNION ALL SELECT 'feed', (SELECT COUNT(*) FROM feed) UNION ALL SELECT 'mail_feed_position', (SELECT COUNT(*) FROM mail_feed_position)) \
        AS t WHERE t.number = 0";
    let missing: Vec<SingleRowTable> = query_all(transaction, SQL, []).await?;
    let finding = |table: SingleRowTable| {
        Finding::new(Kind::MissingRow, format!("the one row of the table {} is missing", table.name))
    };
    Ok(missing.into_iter().map(finding).collect())
}

#[derive(FromQueryResult)]
struct FeedEnds {
    removed_through: i64,
    last_position: i64,
    inside: i64,
    everything: i64,
    highest: i64,
}

#[derive(FromQueryResult)]
struct Gap {
    first: i64,
    last: i64,
}

/// Compares the feed's positions with its ends. Numbers are part of the SQL text; they come from this database.
async fn positions(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "SELECT f.removed_through, f.last_position, \
        (SELECT COUNT(*) FROM changes AS c WHERE c.position > f.removed_through AND c.position <= f.last_position) AS inside, \
        (SELECT COUNT(*) FROM changes) AS everything, \
        (SELECT COALESCE(MAX(c.position), 0) FROM changes AS c) AS highest FROM feed AS f";
    let Some(ends) = query_one::<FeedEnds>(transaction, SQL, []).await? else { return Ok(Vec::new()) };
    let positions = FeedPositions {
        removed_through: ends.removed_through,
        last: ends.last_position,
        between: ends.inside,
        all: ends.everything,
        highest: ends.highest,
    };
    let mut gaps = Vec::new();
    if positions.missing() > 0 {
        // The end is added as if it were a change, so that a gap before it lies between two changes too.
        let FeedEnds { removed_through: begin, last_position: end, .. } = ends;
        let sql = format!(
            "SELECT previous + 1 AS first, position - 1 AS last FROM \
             (SELECT position, LAG(position, 1, CAST({begin} AS bigint)) OVER (ORDER BY position) AS previous FROM \
             (SELECT position FROM changes WHERE position > {begin} AND position <= {end} \
             UNION ALL SELECT CAST({end} + 1 AS bigint)) AS positions) AS steps \
             WHERE position > previous + 1 ORDER BY position LIMIT {MAX_GAPS}"
        );
        gaps = query_all::<Gap>(transaction, &sql, []).await?.into_iter().map(|gap| (gap.first, gap.last)).collect();
    }
    Ok(positions.examine(&gaps))
}

#[derive(FromQueryResult)]
struct Reader {
    position: i64,
    last_position: i64,
    next_at: Option<Instant>,
}

async fn mail_queue(transaction: &DatabaseTransaction, now: Instant) -> Result<Option<Finding>, StoreError> {
    const SQL: &str = "SELECT m.position, f.last_position, (SELECT c.occurred_at FROM changes AS c \
        WHERE c.position > m.position ORDER BY c.position LIMIT 1) AS next_at FROM mail_feed_position AS m CROSS JOIN feed AS f";
    let Some(reader) = query_one::<Reader>(transaction, SQL, []).await? else { return Ok(None) };
    Ok(reader.problem(now).map(|(kind, problem)| Finding::new(kind, format!("the mail queue {problem}"))))
}

#[derive(FromQueryResult)]
struct EndpointReader {
    id: Uuid,
    position: i64,
    last_position: i64,
    next_at: Option<Instant>,
}

/// Disabled endpoints do not advance, and neither do endpoints with a full queue, because their receiver is slow.
/// Neither is a fault of this program.
async fn endpoints(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let sql = format!(
        "SELECT e.id, e.position, f.last_position, CASE WHEN e.status = 'active' AND (SELECT COUNT(*) FROM \
         (SELECT 1 AS one FROM webhook_deliveries AS q WHERE q.endpoint_id = e.id \
             AND q.state IN ('waiting', 'pending') LIMIT {MAX_UNSETTLED}) AS queue) < {MAX_UNSETTLED} \
         THEN (SELECT c.occurred_at FROM changes AS c WHERE c.position > e.position ORDER BY c.position LIMIT 1) \
         END AS next_at FROM webhook_endpoints AS e CROSS JOIN feed AS f ORDER BY e.id"
    );
    let endpoints: Vec<EndpointReader> = query_all(transaction, &sql, []).await?;
    let finding = |endpoint: EndpointReader| {
        let EndpointReader { id, position, last_position, next_at } = endpoint;
        let (kind, problem) = Reader { position, last_position, next_at }.problem(now)?;
        Some(Finding::about_row(kind, id, format!("a webhook endpoint {problem}")))
    };
    Ok(endpoints.into_iter().filter_map(finding).collect())
}

impl Reader {
    /// Describes the reader's position if it is ahead of the feed or too far behind.
    fn problem(&self, now: Instant) -> Option<(Kind, String)> {
        let Self { position, last_position, next_at } = self;
        if position > last_position {
            return Some((
                Kind::ReaderAhead,
                format!("has read the feed up to {position}, and it ends at {last_position}"),
            ));
        }
        let late = next_at.is_some_and(|at| at + MAX_READER_LAG < now);
        late.then(|| {
            let what = format!("has read the feed up to {position} of {last_position}, and does not get on");
            (Kind::ReaderBehind, what)
        })
    }
}
