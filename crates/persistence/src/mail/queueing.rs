//! From the feed of changes into the queue.

use std::collections::BTreeMap;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::message::MessageKind;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use serde_json::json;
use uuid::Uuid;

use super::event_news::{self, EventNews, News};
use super::{Ahead, Mail};
use crate::entity::{change, event, feed, mailer};
use crate::{StoreError, mail_budget};

/// How many positions one transaction moves on.
const BATCH: i64 = 1_000;

/// The columns that are filled.
pub(super) const COLUMNS: &str = "id, kind, registration_id, event_id, language, created_at, next_attempt_at, attempts, \
                                  state, data, cause";

impl Mail {
    /// What is to be queued next, if anything is.
    pub async fn ahead(&self) -> Result<Option<Ahead>, StoreError> {
        let reads = self.store.reads();
        let missing = || StoreError::corrupt("mailer", "its row is missing");
        let position = mailer::Entity::find_by_id(1).one(reads).await?.ok_or_else(missing)?.position;
        let feed = feed::Entity::find_by_id(1).one(reads).await?.ok_or_else(missing)?;
        let from = position.max(feed.removed_through);
        let through = feed.last_position.min(from + BATCH);
        if through <= position {
            return Ok(None);
        }
        let erased: Vec<Option<Uuid>> = change::Entity::find()
            .select_only()
            .column(change::Column::RegistrationId)
            .filter(change::Column::Position.gt(from))
            .filter(change::Column::Position.lte(through))
            .filter(change::Column::Kind.eq(ChangeType::RegistrationErased.as_str()))
            .into_tuple()
            .all(reads)
            .await?;
        let erased = erased.into_iter().flatten().map(RegistrationId).collect();
        Ok(Some(Ahead { from: position, through, erased }))
    }

    /// Queues it; how many messages, or `None`: another worker was quicker.
    pub async fn queue(&self, ahead: Ahead, now: Instant) -> Result<Option<u64>, StoreError> {
        self.store
            .write(|transaction| {
                let ahead = ahead.clone();
                Box::pin(async move { queue(transaction, &ahead, now).await })
            })
            .await
            .map(|queued| {
                let (queued, withheld) = queued?;
                if let Some(figures) = self.store.figures() {
                    figures.delivery.withheld(withheld);
                }
                Some(queued)
            })
    }
}

/// How many messages were queued, and how many withheld because their mailbox has had its share.
async fn queue(
    transaction: &DatabaseTransaction,
    ahead: &Ahead,
    now: Instant,
) -> Result<Option<(u64, u64)>, StoreError> {
    let row = mailer::Entity::find_by_id(1).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    if row.one(transaction).await?.is_none_or(|row| row.position != ahead.from) {
        return Ok(None);
    }
    let of_people = of_registrations(transaction, ahead).await?;
    let mut queued = of_people;
    for news in of_events(transaction, ahead, now).await? {
        queued += tell_all(transaction, &news).await?;
    }
    // Last, since it locks mailboxes, and requests wait for those.
    let withheld =
        if of_people > 0 { mail_budget::withhold(transaction, (ahead.from, ahead.through), now).await? } else { 0 };
    queued -= withheld;
    let moved = format!("UPDATE mailer SET position = {} WHERE id = 1", ahead.through);
    transaction.execute_unprepared(&moved).await?;
    Ok(Some((queued, withheld)))
}

/// One message for each change of a registration that its person is told of; it has the change's id. What was erased
/// since is told of to nobody.
///
/// Numbers and words stand in the text itself, so that the planner knows them; they are ours, and nothing else does.
async fn of_registrations(transaction: &DatabaseTransaction, ahead: &Ahead) -> Result<u64, StoreError> {
    let kind = |kind: MessageKind| kind.as_str();
    let (registered, waitlisted) = (kind(MessageKind::Registered), kind(MessageKind::Waitlisted));
    let sql = format!(
        "INSERT INTO messages ({COLUMNS}) \
         SELECT c.id, CASE c.type WHEN '{}' THEN '{}' WHEN '{}' THEN '{}' WHEN '{}' THEN '{waitlisted}' \
             WHEN '{}' THEN '{registered}' ELSE CASE WHEN c.data ->> 'status' = 'waitlisted' THEN '{waitlisted}' \
             ELSE '{registered}' END END, \
             r.id, r.event_id, r.language, c.occurred_at, c.occurred_at, 0, 'pending', \
             CASE WHEN c.data ->> 'by' = 'client' THEN {} ELSE {} END, NULL \
         FROM changes AS c JOIN registrations AS r ON r.id = c.registration_id \
         WHERE c.position > {} AND c.position <= {} AND r.erased_at IS NULL \
             AND c.type IN ('{}', '{}', '{}', '{}', '{}') ON CONFLICT (id) DO NOTHING",
        ChangeType::RegistrationPromoted.as_str(),
        kind(MessageKind::Promoted),
        ChangeType::RegistrationCancelled.as_str(),
        kind(MessageKind::Cancelled),
        ChangeType::RegistrationWaitlisted.as_str(),
        ChangeType::RegistrationConfirmed.as_str(),
        by_client(transaction.get_database_backend()),
        empty(transaction.get_database_backend()),
        ahead.from,
        ahead.through,
        ChangeType::RegistrationCreated.as_str(),
        ChangeType::RegistrationConfirmed.as_str(),
        ChangeType::RegistrationWaitlisted.as_str(),
        ChangeType::RegistrationPromoted.as_str(),
        ChangeType::RegistrationCancelled.as_str(),
    );
    Ok(transaction.execute_unprepared(&sql).await?.rows_affected())
}

/// The mark of what a client caused, which the budget of a mailbox does not count.
const fn by_client(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST('{\"by\":\"client\"}' AS jsonb)",
        _ => "'{\"by\":\"client\"}'",
    }
}

/// No data.
pub(super) const fn empty(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST('{}' AS jsonb)",
        _ => "'{}'",
    }
}

/// What there is to tell of events, from their changes in this stretch of the feed: at most one thing for each. Nobody is
/// told of an event that is over.
async fn of_events(transaction: &DatabaseTransaction, ahead: &Ahead, now: Instant) -> Result<Vec<News>, StoreError> {
    let changes = change::Entity::find()
        .filter(change::Column::Position.gt(ahead.from))
        .filter(change::Column::Position.lte(ahead.through))
        .filter(change::Column::Kind.is_in(event_news::KINDS.map(ChangeType::as_str)))
        .order_by_asc(change::Column::Position)
        .all(transaction)
        .await?;
    let mut events: BTreeMap<Uuid, EventNews> = BTreeMap::new();
    for change in changes {
        let kind = ChangeType::parse(&change.kind).map_err(|e| StoreError::corrupt("changes", e.code()))?;
        let news = events.entry(change.event_id).or_default();
        news.add(kind, &change.data, (change.id, change.occurred_at));
    }
    let mut all: Vec<News> = events.into_iter().filter_map(|(event, news)| news.told(event)).collect();
    if all.is_empty() {
        return Ok(all);
    }
    let ids = all.iter().map(|news| news.event);
    let ahead: Vec<Uuid> = event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .filter(event::Column::Id.is_in(ids))
        .filter(event::Column::EndsAt.gt(now))
        .into_tuple()
        .all(transaction)
        .await?;
    all.retain(|news| ahead.contains(&news.event));
    Ok(all)
}

/// Tells all who were registered when it happened; how many messages. Of a reinstated event, those who were never told
/// that it was cancelled are told only what else changed, if anything did.
async fn tell_all(transaction: &DatabaseTransaction, news: &News) -> Result<u64, StoreError> {
    let mut queued = tell(transaction, news, news.kind).await?;
    if news.kind == MessageKind::EventReinstated && !news.changed.is_empty() {
        // The same cause again: whoever has a message of it gets no second one.
        queued += tell(transaction, news, MessageKind::EventChanged).await?;
    }
    Ok(queued)
}

/// Queues a message of this kind for each, in one statement whatever their number.
async fn tell(transaction: &DatabaseTransaction, news: &News, kind: MessageKind) -> Result<u64, StoreError> {
    let backend = transaction.get_database_backend();
    let (new_id, registration) = ids(backend, news.at);
    let condition = if kind == MessageKind::EventReinstated { TOLD_OF_CANCELLING } else { "" };
    let sql = format!(
        "INSERT INTO messages ({COLUMNS}) \
         SELECT {new_id}, '{}', r.id, r.event_id, r.language, $1, $2, 0, 'pending', $3, '{}:' || {registration} \
         FROM registrations AS r WHERE r.event_id = $4 AND r.status IN ('confirmed', 'waitlisted') \
             AND r.erased_at IS NULL AND r.created_at <= $5{condition} \
         ON CONFLICT (cause) WHERE cause IS NOT NULL DO NOTHING",
        kind.as_str(),
        news.change,
    );
    let data = json!({ "changed": news.changed });
    let values = [news.at.into(), news.at.into(), data.into(), news.event.into(), news.at.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(transaction.execute_raw(statement).await?.rows_affected())
}

/// Leaves out those for whom a message that the event is cancelled still waits for its first attempt: it will be dropped,
/// since it is no longer true. Whoever has not been sent anything yet is not left out: the message that they are
/// registered may have been dropped while the event was cancelled. A scalar subquery rather than EXISTS, so that
/// PostgreSQL looks up each registration's messages by their index.
const TOLD_OF_CANCELLING: &str = " AND COALESCE((SELECT \
    MAX(CASE WHEN m.state = 'pending' AND m.attempts = 0 AND m.kind = 'event_cancelled' THEN 1 ELSE 0 END) \
    + MAX(CASE WHEN m.state = 'sent' THEN 1 ELSE 0 END) \
    FROM messages AS m WHERE m.registration_id = r.id), 0) < 2";

/// A new id of that time (UUID version 7), and a registration's id as text: where the engines differ. What is random of it
/// each row gets from the engine.
pub(super) fn ids(backend: DbBackend, at: Instant) -> (String, &'static str) {
    let time = format!("{:012x}", at.timestamp_millis().max(0));
    if backend == DbBackend::Postgres {
        let (first, second) = time.split_at(8);
        let id = format!("CAST('{first}-{second}-7' || substr(CAST(gen_random_uuid() AS text), 16) AS uuid)");
        (id, "CAST(r.id AS text)")
    } else {
        let random = "substr(hex(randomblob(2)), 1, 3) || '8' || substr(hex(randomblob(8)), 1, 15)";
        (format!("unhex('{time}7' || {random})"), "lower(hex(r.id))")
    }
}
