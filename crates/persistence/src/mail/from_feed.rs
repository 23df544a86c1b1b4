//! Fills the mail queue from the feed of changes.

use std::collections::{BTreeMap, HashSet};

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use serde_json::json;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::entity::{change, event, feed, mail_feed_position};
use crate::feed::sequencer::batch_size;
use crate::mail::budget;
use crate::mail::event_news::{CHANGE_TYPES, EventChanges, EventMessage};
use crate::mail::queue::MailQueue;

/// The columns of `messages` that a statement of this module or of the reminders fills.
pub(crate) const INSERTED_COLUMNS: &str = "id, kind, registration_id, event_id, language, created_at, next_attempt_at, \
                                           attempts, state, data, cause";

/// The part of the feed that is to be queued next.
#[derive(Clone, Debug)]
pub struct PendingChanges {
    /// The position up to which the feed has been queued.
    from: i64,
    /// The position up to which it is to be queued.
    through: i64,
    /// The registrations that were erased in between.
    pub erased: HashSet<RegistrationId>,
}

impl MailQueue {
    /// Returns the part of the feed that is to be queued next, or `None` if everything is queued.
    pub async fn pending_changes(&self) -> Result<Option<PendingChanges>, StoreError> {
        let reads = self.store.reads();
        let missing = || StoreError::corrupt("mail_feed_position", "its row is missing");
        let position = mail_feed_position::Entity::find_by_id(1).one(reads).await?.ok_or_else(missing)?.position;
        let feed = feed::Entity::find_by_id(1).one(reads).await?.ok_or_else(missing)?;
        let from = position.max(feed.removed_through);
        let batch_size = i64::try_from(batch_size(self.store.backend())).unwrap_or(i64::MAX);
        let through = feed.last_position.min(from.saturating_add(batch_size));
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
        Ok(Some(PendingChanges { from: position, through, erased }))
    }

    /// Queues the messages that these changes cause and returns their number, or `None` if another worker has queued
    /// them or is doing so.
    pub async fn enqueue_changes(&self, pending: PendingChanges, now: Instant) -> Result<Option<u64>, StoreError> {
        self.store
            .write(|transaction| {
                let pending = pending.clone();
                Box::pin(async move { enqueue(transaction, &pending, now).await })
            })
            .await
            .map(|queued| {
                let (queued, withheld) = queued?;
                if let Some(metrics) = self.store.metrics() {
                    metrics.delivery.count_withheld(withheld);
                }
                Some(queued)
            })
    }
}

/// Returns how many messages were queued, and how many were withheld because their mailbox's budget is used up.
async fn enqueue(
    transaction: &DatabaseTransaction,
    pending: &PendingChanges,
    now: Instant,
) -> Result<Option<(u64, u64)>, StoreError> {
    let row = mail_feed_position::Entity::find_by_id(1).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    if row.one(transaction).await?.is_none_or(|row| row.position != pending.from) {
        return Ok(None);
    }
    let about_registrations = enqueue_registration_messages(transaction, pending).await?;
    let mut queued = about_registrations;
    for message in event_messages(transaction, pending, now).await? {
        queued += enqueue_event_message(transaction, &message).await?;
    }
    // This comes last because it locks mailboxes, and requests wait for those locks.
    let positions = (pending.from, pending.through);
    let withheld =
        if about_registrations > 0 { budget::withhold_over_budget(transaction, positions, now).await? } else { 0 };
    queued -= withheld;
    let advance = format!("UPDATE mail_feed_position SET position = {} WHERE id = 1", pending.through);
    transaction.execute_unprepared(&advance).await?;
    Ok(Some((queued, withheld)))
}

/// Queues one message, with the change's id, for each change of a registration that causes one. Registrations that have
/// been erased since cause none.
///
/// Numbers and words are part of the SQL text rather than parameters, so that the planner knows them. They are
/// constants and numbers of this program, never input.
async fn enqueue_registration_messages(
    transaction: &DatabaseTransaction,
    pending: &PendingChanges,
) -> Result<u64, StoreError> {
    let kind = |kind: MessageKind| kind.as_str();
    let (registered, waitlisted) = (kind(MessageKind::Registered), kind(MessageKind::Waitlisted));
    let sql = format!(
        "INSERT INTO messages ({INSERTED_COLUMNS}) \
         SELECT c.id, CASE c.type WHEN '{}' THEN '{}' WHEN '{}' THEN '{}' WHEN '{}' THEN '{}' WHEN '{}' THEN '{waitlisted}' \
             WHEN '{}' THEN '{registered}' ELSE CASE WHEN c.data ->> 'status' = 'waitlisted' THEN '{waitlisted}' \
             ELSE '{registered}' END END, \
             r.id, r.event_id, r.language, c.occurred_at, c.occurred_at, 0, 'pending', \
             CASE WHEN c.data ->> 'by' = 'client' THEN {} ELSE {} END, NULL \
         FROM changes AS c JOIN registrations AS r ON r.id = c.registration_id \
         WHERE c.position > {} AND c.position <= {} AND r.erased_at IS NULL \
             AND c.type IN ('{}', '{}', '{}', '{}', '{}', '{}') ON CONFLICT (id) DO NOTHING",
        ChangeType::RegistrationPromoted.as_str(),
        kind(MessageKind::Promoted),
        ChangeType::RegistrationCancelled.as_str(),
        kind(MessageKind::Cancelled),
        ChangeType::RegistrationReinstated.as_str(),
        kind(MessageKind::RegistrationReinstated),
        ChangeType::RegistrationWaitlisted.as_str(),
        ChangeType::RegistrationConfirmed.as_str(),
        caused_by_client_sql(transaction.get_database_backend()),
        empty_json_sql(transaction.get_database_backend()),
        pending.from,
        pending.through,
        ChangeType::RegistrationCreated.as_str(),
        ChangeType::RegistrationConfirmed.as_str(),
        ChangeType::RegistrationWaitlisted.as_str(),
        ChangeType::RegistrationPromoted.as_str(),
        ChangeType::RegistrationCancelled.as_str(),
        ChangeType::RegistrationReinstated.as_str(),
    );
    Ok(transaction.execute_unprepared(&sql).await?.rows_affected())
}

/// The data of a message that a client caused, which does not count against the mailbox's budget.
const fn caused_by_client_sql(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST('{\"by\":\"client\"}' AS jsonb)",
        _ => "'{\"by\":\"client\"}'",
    }
}

/// The data of a message that has none.
pub(crate) const fn empty_json_sql(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST('{}' AS jsonb)",
        _ => "'{}'",
    }
}

/// Returns the messages that the changes of events cause: at most one for each event, and none for an event that has
/// ended.
async fn event_messages(
    transaction: &DatabaseTransaction,
    pending: &PendingChanges,
    now: Instant,
) -> Result<Vec<EventMessage>, StoreError> {
    let changes = change::Entity::find()
        .filter(change::Column::Position.gt(pending.from))
        .filter(change::Column::Position.lte(pending.through))
        .filter(change::Column::Kind.is_in(CHANGE_TYPES.map(ChangeType::as_str)))
        .order_by_asc(change::Column::Position)
        .all(transaction)
        .await?;
    let mut by_event: BTreeMap<Uuid, EventChanges> = BTreeMap::new();
    for change in changes {
        let kind = ChangeType::parse(&change.kind).map_err(|e| StoreError::corrupt("changes", e.code()))?;
        let of_event = by_event.entry(change.event_id).or_default();
        of_event.add(kind, &change.data, change.sequence, (change.id, change.occurred_at));
    }
    let mut messages: Vec<EventMessage> =
        by_event.into_iter().filter_map(|(event, changes)| changes.into_message(event)).collect();
    if messages.is_empty() {
        return Ok(messages);
    }
    let ids = messages.iter().map(|message| message.event);
    let not_ended: Vec<Uuid> = event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .filter(event::Column::Id.is_in(ids))
        .filter(event::Column::EndsAt.gt(now))
        .into_tuple()
        .all(transaction)
        .await?;
    messages.retain(|message| not_ended.contains(&message.event));
    Ok(messages)
}

/// Queues a message for everyone who was registered when the event changed, and returns the number of messages. When an
/// event is reinstated, people who got no message about its cancellation get one about its other changes, if there are
/// any.
async fn enqueue_event_message(transaction: &DatabaseTransaction, message: &EventMessage) -> Result<u64, StoreError> {
    let mut queued = enqueue_for_all(transaction, message, message.kind).await?;
    if message.kind == MessageKind::EventReinstated && !message.changed.is_empty() {
        // The cause is the same, so registrations that already have a message with it get no second one.
        queued += enqueue_for_all(transaction, message, MessageKind::EventChanged).await?;
    }
    Ok(queued)
}

/// Queues a message of this kind for each registration, in one statement whatever their number.
async fn enqueue_for_all(
    transaction: &DatabaseTransaction,
    message: &EventMessage,
    kind: MessageKind,
) -> Result<u64, StoreError> {
    let backend = transaction.get_database_backend();
    let (new_id, registration) = id_sql(backend, message.at);
    let recipients = recipients_sql(kind);
    let sql = format!(
        "INSERT INTO messages ({INSERTED_COLUMNS}) \
         SELECT {new_id}, '{}', r.id, r.event_id, r.language, $1, $2, 0, 'pending', $3, '{}:' || {registration} \
         FROM registrations AS r WHERE r.event_id = $4 AND r.created_at <= $5 AND {recipients} \
         ON CONFLICT (cause) WHERE cause IS NOT NULL DO NOTHING",
        kind.as_str(),
        message.change,
    );
    let data = json!({ "changed": message.changed, "since_revision": message.since_revision });
    let values = [message.at.into(), message.at.into(), data.into(), message.event.into(), message.at.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(transaction.execute_raw(statement).await?.rows_affected())
}

/// The number of registrations for which messages would be queued now.
pub(crate) async fn count_recipients(
    transaction: &DatabaseTransaction,
    message: &EventMessage,
) -> Result<u64, StoreError> {
    // People who get no message about the reinstatement get one about what else has changed, if there is anything.
    let kind = if message.changed.is_empty() { message.kind } else { MessageKind::EventChanged };
    let sql = format!(
        "SELECT COUNT(*) AS recipients FROM registrations AS r WHERE r.event_id = $1 AND {}",
        recipients_sql(kind)
    );
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [message.event.into()]);
    let count: Option<i64> = match transaction.query_one_raw(statement).await? {
        Some(row) => row.try_get("", "recipients")?,
        None => None,
    };
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
}

/// The condition on registrations (`r`) of an event for messages of this kind.
fn recipients_sql(kind: MessageKind) -> String {
    let condition = if kind == MessageKind::EventReinstated { GOT_CANCELLATION } else { "" };
    format!("r.status IN ('confirmed', 'waitlisted') AND r.erased_at IS NULL{condition}")
}

/// Excludes registrations whose message about the cancellation still waits for its first attempt: that message will be
/// dropped, because it is no longer true. A registration for which no message has been sent yet is included all the
/// same: its confirmation may have been dropped while the event was cancelled. This is a scalar subquery rather than
/// `EXISTS`, so that PostgreSQL finds each registration's messages by their index.
const GOT_CANCELLATION: &str = " AND COALESCE((SELECT \
    MAX(CASE WHEN m.state = 'pending' AND m.attempts = 0 AND m.kind = 'event_cancelled' THEN 1 ELSE 0 END) \
    + MAX(CASE WHEN m.state = 'sent' THEN 1 ELSE 0 END) \
    FROM messages AS m WHERE m.registration_id = r.id), 0) < 2";

/// The first 12 hexadecimal digits of a message id (UUID version 7) of that time.
pub(crate) fn id_time(at: Instant) -> String {
    format!("{:012x}", at.timestamp_millis().max(0))
}

/// SQL for a new message id of that time (UUID version 7) and for a registration's id as text, in which the engines
/// differ. The engine makes the random part of the id for each row.
pub(crate) fn id_sql(backend: DbBackend, at: Instant) -> (String, &'static str) {
    let time = id_time(at);
    if backend == DbBackend::Postgres {
        let (first, second) = time.split_at(8);
        let id = format!("CAST('{first}-{second}-7' || substr(CAST(gen_random_uuid() AS text), 16) AS uuid)");
        (id, registration_id_sql(backend))
    } else {
        let random = "substr(hex(randomblob(2)), 1, 3) || '8' || substr(hex(randomblob(8)), 1, 15)";
        (format!("unhex('{time}7' || {random})"), registration_id_sql(backend))
    }
}

/// SQL for a registration's id as text.
pub(crate) const fn registration_id_sql(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST(r.id AS text)",
        _ => "lower(hex(r.id))",
    }
}
