//! The feed of changes: what waits to get into it, its positions, and how far its readers have come.

use chrono::TimeDelta;
use plenaria_domain::doctor::{Finding, Kind, Positions};
use plenaria_domain::time::Instant;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::find::{all, find, one};
use crate::StoreError;
use crate::webhooks::QUEUE;

/// How long a change may wait for its place in the feed.
const SEQUENCED_WITHIN: TimeDelta = TimeDelta::minutes(1);
/// How long a change may wait to be read by the mailer or by those who hand out webhooks.
const READ_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// How many holes are told.
const HOLES: u32 = 5;

/// Looks at the feed and at all that reads it.
pub(super) async fn examine(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let mut findings = missing_rows(transaction).await?;
    let waiting = find(
        transaction,
        Kind::Outbox,
        "SELECT id FROM outbox WHERE occurred_at < $1",
        [(now - SEQUENCED_WITHIN).into()],
        "changes have been in the outbox for more than a minute",
    );
    findings.extend(waiting.await?);
    findings.extend(positions(transaction).await?);
    findings.extend(mailer(transaction, now).await?);
    findings.extend(endpoints(transaction, now).await?);
    Ok(findings)
}

#[derive(FromQueryResult)]
struct Single {
    name: String,
}

/// Tables of one row, whose lock is everybody's.
async fn missing_rows(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "SELECT t.name FROM (SELECT 'catalogue' AS name, (SELECT COUNT(*) FROM catalogue) AS number \
        UNION ALL SELECT 'derivation', (SELECT COUNT(*) FROM derivation) \
        UNION ALL SELECT 'feed', (SELECT COUNT(*) FROM feed) UNION ALL SELECT 'mailer', (SELECT COUNT(*) FROM mailer)) \
        AS t WHERE t.number = 0";
    let missing: Vec<Single> = all(transaction, SQL, []).await?;
    let finding =
        |Single { name }| Finding::new(Kind::MissingRow, format!("the one row of the table {name} is missing"));
    Ok(missing.into_iter().map(finding).collect())
}

#[derive(FromQueryResult)]
struct Ends {
    removed_through: i64,
    last_position: i64,
    inside: i64,
    everything: i64,
    highest: i64,
}

#[derive(FromQueryResult)]
struct Hole {
    first: i64,
    last: i64,
}

/// Numbers stand in the text itself: they are ours.
async fn positions(transaction: &DatabaseTransaction) -> Result<Vec<Finding>, StoreError> {
    const SQL: &str = "SELECT f.removed_through, f.last_position, \
        (SELECT COUNT(*) FROM changes AS c WHERE c.position > f.removed_through AND c.position <= f.last_position) AS inside, \
        (SELECT COUNT(*) FROM changes) AS everything, \
        (SELECT COALESCE(MAX(c.position), 0) FROM changes AS c) AS highest FROM feed AS f";
    let Some(ends) = one::<Ends>(transaction, SQL, []).await? else { return Ok(Vec::new()) };
    let positions = Positions {
        removed_through: ends.removed_through,
        last: ends.last_position,
        between: ends.inside,
        all: ends.everything,
        highest: ends.highest,
    };
    let mut holes = Vec::new();
    if positions.missing() > 0 {
        // The end counts as a change, so that a hole before it is one between two.
        let Ends { removed_through: begin, last_position: end, .. } = ends;
        let sql = format!(
            "SELECT before_it + 1 AS first, place - 1 AS last FROM \
             (SELECT place, LAG(place, 1, CAST({begin} AS bigint)) OVER (ORDER BY place) AS before_it FROM \
             (SELECT position AS place FROM changes WHERE position > {begin} AND position <= {end} \
             UNION ALL SELECT CAST({end} + 1 AS bigint)) AS places) AS steps \
             WHERE place > before_it + 1 ORDER BY place LIMIT {HOLES}"
        );
        holes = all::<Hole>(transaction, &sql, []).await?.into_iter().map(|hole| (hole.first, hole.last)).collect();
    }
    Ok(positions.examine(&holes))
}

#[derive(FromQueryResult)]
struct Reader {
    position: i64,
    last_position: i64,
    next_at: Option<Instant>,
}

async fn mailer(transaction: &DatabaseTransaction, now: Instant) -> Result<Option<Finding>, StoreError> {
    const SQL: &str = "SELECT m.position, f.last_position, (SELECT c.occurred_at FROM changes AS c \
        WHERE c.position > m.position ORDER BY c.position LIMIT 1) AS next_at FROM mailer AS m CROSS JOIN feed AS f";
    let Some(reader) = one::<Reader>(transaction, SQL, []).await? else { return Ok(None) };
    Ok(reader.stands(now).map(|(kind, where_it_is)| Finding::new(kind, format!("the mailer {where_it_is}"))))
}

#[derive(FromQueryResult)]
struct Endpoint {
    id: Uuid,
    position: i64,
    last_position: i64,
    next_at: Option<Instant>,
}

/// Disabled ones stand still, and so do those for which there is no room: their receiver is slow, and that is its own matter.
async fn endpoints(transaction: &DatabaseTransaction, now: Instant) -> Result<Vec<Finding>, StoreError> {
    let sql = format!(
        "SELECT e.id, e.position, f.last_position, CASE WHEN e.status = 'active' AND (SELECT COUNT(*) FROM \
         (SELECT 1 AS one FROM webhook_deliveries AS q WHERE q.endpoint_id = e.id \
             AND q.state IN ('waiting', 'pending') LIMIT {QUEUE}) AS queue) < {QUEUE} \
         THEN (SELECT c.occurred_at FROM changes AS c WHERE c.position > e.position ORDER BY c.position LIMIT 1) \
         END AS next_at FROM webhook_endpoints AS e CROSS JOIN feed AS f ORDER BY e.id"
    );
    let endpoints: Vec<Endpoint> = all(transaction, &sql, []).await?;
    let stands = |endpoint: Endpoint| {
        let Endpoint { id, position, last_position, next_at } = endpoint;
        let (kind, where_it_is) = Reader { position, last_position, next_at }.stands(now)?;
        Some(Finding::of(kind, id, format!("a webhook endpoint {where_it_is}")))
    };
    Ok(endpoints.into_iter().filter_map(stands).collect())
}

impl Reader {
    /// How it stands, if that is not as it should be.
    fn stands(&self, now: Instant) -> Option<(Kind, String)> {
        let Self { position, last_position, next_at } = self;
        if position > last_position {
            return Some((
                Kind::ReaderAhead,
                format!("has read the feed up to {position}, and it ends at {last_position}"),
            ));
        }
        let late = next_at.is_some_and(|at| at + READ_WITHIN < now);
        late.then(|| {
            let what = format!("has read the feed up to {position} of {last_position}, and does not get on");
            (Kind::ReaderBehind, what)
        })
    }
}
