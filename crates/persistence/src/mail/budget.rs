//! Limits how many messages callers without a client token can cause to one mailbox (`plenaria_domain::registration::mail_budget`).
//!
//! The messages that count are stored in two places, so that a first registration costs nothing extra. Messages that
//! come from the feed are counted in `messages` itself. Messages that a request queues, and those whose registration
//! was erased, are counted in `mail_budgets`, whose row also serves as the mailbox's lock. A row is identified by a
//! digest of the address, and deleted after a day.

use std::collections::HashMap;

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::PUBLIC_SOURCE;
use plenaria_domain::registration::mail_budget::{WINDOW, allows};
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::time::Instant;
use sea_orm::sea_query::{Expr, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::{mail_budget, message};
use crate::registrations::active_email;

/// The kinds of messages that come from the feed.
const FEED_MESSAGE_KINDS: [MessageKind; 4] =
    [MessageKind::Registered, MessageKind::Waitlisted, MessageKind::Promoted, MessageKind::Cancelled];

/// The types of changes that cause these messages.
const CAUSING_CHANGES: [ChangeType; 5] = [
    ChangeType::RegistrationCreated,
    ChangeType::RegistrationConfirmed,
    ChangeType::RegistrationWaitlisted,
    ChangeType::RegistrationPromoted,
    ChangeType::RegistrationCancelled,
];

/// Messages that a client caused do not count. Like their changes they are marked (`outbox::mark_caused_by_client`).
pub(crate) const NOT_CAUSED_BY_CLIENT: &str = "messages.data ->> 'by' IS NULL";
/// Number of old budgets that one call deletes.
const CLEANUP_BATCH_SIZE: u64 = 10_000;
/// The numbers of mailboxes that one statement locks. There are few of them, because each has an SQL text of its own.
const LOCK_STATEMENT_SIZES: [usize; 4] = [64, 16, 4, 1];

impl Store {
    /// Deletes the budgets of mailboxes for which no message counts any more, and returns their number.
    pub async fn remove_old_mail_budgets(&self, now: Instant) -> Result<u64, StoreError> {
        self.write(|transaction| {
            Box::pin(async move {
                let outdated = mail_budget::Column::UpdatedAt.lte(now - WINDOW);
                // Locked rows are in use, and are left to the next call.
                let mailboxes: Vec<Uuid> = mail_budget::Entity::find()
                    .select_only()
                    .column(mail_budget::Column::Mailbox)
                    .filter(outdated)
                    .limit(CLEANUP_BATCH_SIZE)
                    .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                    .into_tuple()
                    .all(transaction)
                    .await?;
                let is_old = mail_budget::Column::Mailbox.is_in(pad_to_statement_size(mailboxes));
                Ok(mail_budget::Entity::delete_many().filter(is_old).exec(transaction).await?.rows_affected)
            })
        })
        .await
    }
}

/// The id of a mailbox, which is a digest of its address.
pub(crate) fn mailbox_id(address: &str) -> Uuid {
    let digest = Sha256::new().chain_update(b"plenaria mailbox\n").chain_update(address).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(id)
}

/// Whether messages of this kind come from the feed.
pub(crate) fn is_from_feed(kind: &str) -> bool {
    FEED_MESSAGE_KINDS.iter().any(|from_feed| from_feed.as_str() == kind)
}

/// The row that stores the times of a mailbox's messages.
pub(crate) fn row(mailbox: Uuid, sent: &[Instant], updated_at: Instant) -> mail_budget::Model {
    let sent: Vec<i64> = sent.iter().map(Instant::timestamp_micros).collect();
    mail_budget::Model { mailbox, sent: serde_json::json!(sent), updated_at }
}

/// Locks the rows of those of these mailboxes that have one, in the order of their ids, and returns the times that they
/// store and that still count. Rows of other mailboxes must be inserted; if another transaction does that too, one of them
/// is repeated.
pub(crate) async fn lock_stored(
    transaction: &DatabaseTransaction,
    mut mailboxes: Vec<Uuid>,
    now: Instant,
) -> Result<HashMap<Uuid, Vec<Instant>>, StoreError> {
    if mailboxes.is_empty() {
        return Ok(HashMap::new());
    }
    mailboxes.sort_unstable();
    mailboxes.dedup();
    let rows = mail_budget::Entity::find()
        .filter(mail_budget::Column::Mailbox.is_in(pad_to_statement_size(mailboxes)))
        .order_by_asc(mail_budget::Column::Mailbox)
        .lock_exclusive()
        .all(transaction)
        .await?;
    rows.into_iter().map(|row| stored_times(row, now)).collect()
}

/// The mailbox of a row, and the times that it stores and that still count.
fn stored_times(row: mail_budget::Model, now: Instant) -> Result<(Uuid, Vec<Instant>), StoreError> {
    let sent: Vec<i64> = serde_json::from_value(row.sent).map_err(|e| StoreError::corrupt("mail_budgets", e))?;
    let sent = sent.into_iter().filter_map(Instant::from_timestamp_micros).filter(|at| *at > now - WINDOW);
    Ok((row.mailbox, sent.collect()))
}

/// Deletes those of the messages just queued from these positions of the feed that exceed their mailbox's budget, and
/// returns their number. The caller holds the lock of the mail queue.
pub(crate) async fn withhold_over_budget(
    transaction: &DatabaseTransaction,
    (from, through): (i64, i64),
    now: Instant,
) -> Result<u64, StoreError> {
    let candidates = candidates(transaction, from, through, now).await?;
    if candidates.is_empty() {
        return Ok(0);
    }
    let mut addresses: Vec<String> = candidates.iter().map(|candidate| candidate.address.clone()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let mut sent: HashMap<String, Vec<Instant>> = HashMap::new();
    let mailboxes = addresses.iter().map(|address| mailbox_id(address)).collect();
    let mut locked = lock_mailboxes(transaction, mailboxes, now).await?;
    for address in &addresses {
        sent.insert(address.clone(), locked.remove(&mailbox_id(address)).unwrap_or_default());
    }
    let candidates: HashMap<Uuid, &Candidate> =
        candidates.iter().map(|candidate| (candidate.message, candidate)).collect();
    let mut new_messages = Vec::new();
    for message in feed_messages(transaction, addresses, now).await? {
        match candidates.get(&message.id) {
            Some(candidate) => new_messages.push((candidate.position, message)),
            None => sent.entry(message.address).or_default().push(message.created_at),
        }
    }
    new_messages.sort_unstable_by_key(|(position, _)| *position);
    let mut over_budget = Vec::new();
    for (_, message) in new_messages {
        let sent = sent.entry(message.address).or_default();
        if allows(sent, message.created_at) {
            sent.push(message.created_at);
        } else {
            over_budget.push(message.id);
        }
    }
    let number = over_budget.len() as u64;
    if number > 0 {
        let is_over_budget = message::Column::Id.is_in(pad_to_statement_size(over_budget));
        message::Entity::delete_many().filter(is_over_budget).exec(transaction).await?;
    }
    Ok(number)
}

/// A message that may exceed its mailbox's budget.
#[derive(FromQueryResult)]
struct Candidate {
    message: Uuid,
    position: i64,
    address: String,
}

/// Returns the messages of these positions that callers without a client token caused and that may not be the first
/// ones to their mailbox. The message about a new registration is the first one, unless the address has another
/// registration or `mail_budgets` has any current row.
async fn candidates(
    transaction: &DatabaseTransaction,
    from: i64,
    through: i64,
    now: Instant,
) -> Result<Vec<Candidate>, StoreError> {
    let any_budget = mail_budget::Entity::find()
        .select_only()
        .column(mail_budget::Column::Mailbox)
        .filter(mail_budget::Column::UpdatedAt.gt(now - WINDOW))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(transaction)
        .await?;
    let address = "COALESCE(r.active_email, r.former_email)";
    let not_first = format!(
        "AND (c.type <> 'registration.created' \
         OR EXISTS (SELECT 1 FROM registrations AS o WHERE o.active_email = {address} AND o.id <> r.id) \
         OR EXISTS (SELECT 1 FROM registrations AS o WHERE o.former_email = {address} AND o.id <> r.id))"
    );
    let not_first = if any_budget.is_some() { "" } else { &not_first };
    let types = CAUSING_CHANGES.map(|kind| format!("'{}'", kind.as_str())).join(", ");
    let sql = format!(
        "SELECT c.id AS message, c.position AS position, {address} AS address \
         FROM changes AS c JOIN registrations AS r ON r.id = c.registration_id \
         WHERE c.position > {from} AND c.position <= {through} AND c.type IN ({types}) \
             AND r.erased_at IS NULL AND r.source = '{PUBLIC_SOURCE}' AND c.data ->> 'by' IS NULL {not_first}"
    );
    let statement = Statement::from_string(transaction.get_database_backend(), sql);
    let mut candidates = Candidate::find_by_statement(statement).all(transaction).await?;
    for candidate in &mut candidates {
        candidate.address.truncate(active_email::address(&candidate.address).len());
    }
    Ok(candidates)
}

/// A message from the feed, and the address that it went to.
#[derive(FromQueryResult)]
pub(crate) struct FeedMessage {
    id: Uuid,
    pub(crate) created_at: Instant,
    pub(crate) address: String,
}

/// Returns the messages to these addresses within the budget's window that came from the feed and count.
pub(crate) async fn feed_messages(
    transaction: &DatabaseTransaction,
    addresses: Vec<String>,
    now: Instant,
) -> Result<Vec<FeedMessage>, StoreError> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let backend = transaction.get_database_backend();
    // Each column has an index of its own. As in `desk/load/rows.rs`, the addresses are one parameter.
    let recipients = |column: &str| match backend {
        DbBackend::Postgres => format!(
            "SELECT r.id, wanted.address FROM json_array_elements_text(CAST($1 AS json)) AS wanted(address) \
             CROSS JOIN LATERAL (SELECT id, source FROM registrations WHERE {column} = wanted.address OFFSET 0) AS r \
             WHERE r.source = '{PUBLIC_SOURCE}'"
        ),
        _ => format!(
            "SELECT r.id, wanted.value AS address FROM json_each($1) AS wanted CROSS JOIN registrations AS r \
             ON r.{column} = wanted.value WHERE r.source = '{PUBLIC_SOURCE}'"
        ),
    };
    // `SQLite` keeps the order of a CROSS JOIN; `PostgreSQL` takes no condition with one.
    let join = if backend == DbBackend::Postgres { "JOIN" } else { "CROSS JOIN" };
    let kinds = FEED_MESSAGE_KINDS.map(|kind| format!("'{}'", kind.as_str())).join(", ");
    let sql = format!(
        "SELECT messages.id, messages.created_at, recipients.address FROM ({} UNION ALL {}) AS recipients \
         {join} messages ON messages.registration_id = recipients.id \
         WHERE messages.created_at > $2 AND messages.kind IN ({kinds}) AND {NOT_CAUSED_BY_CLIENT}",
        recipients("active_email"),
        recipients("former_email"),
    );
    let addresses = serde_json::to_string(&addresses).map_err(|error| StoreError::corrupt("mail_budgets", error))?;
    let statement = Statement::from_sql_and_values(backend, sql, [addresses.into(), (now - WINDOW).into()]);
    Ok(FeedMessage::find_by_statement(statement).all(transaction).await?)
}

/// Locks mailboxes until the transaction ends, always in the order of their ids, so that no two transactions wait for
/// each other. Returns the times that are stored for each mailbox and still count.
async fn lock_mailboxes(
    transaction: &DatabaseTransaction,
    mut mailboxes: Vec<Uuid>,
    now: Instant,
) -> Result<HashMap<Uuid, Vec<Instant>>, StoreError> {
    mailboxes.sort_unstable();
    mailboxes.dedup();
    let mut stored = HashMap::with_capacity(mailboxes.len());
    let mut remaining = mailboxes.as_slice();
    while let Some(size) = LOCK_STATEMENT_SIZES.into_iter().find(|size| *size <= remaining.len()) {
        let (batch, rest) = remaining.split_at(size);
        remaining = rest;
        // A row that is inserted only to be locked is already old, so that the next cleanup deletes it.
        let row = |mailbox: &Uuid| {
            let updated_at = Instant::UNIX_EPOCH;
            mail_budget::Model { mailbox: *mailbox, sent: serde_json::json!([]), updated_at }.into_active_model()
        };
        // The update changes nothing; it locks the rows that exist already.
        let mailbox = mail_budget::Column::Mailbox;
        let or_lock = OnConflict::column(mailbox).value(mailbox, Expr::col((mail_budget::Entity, mailbox))).to_owned();
        let insert = mail_budget::Entity::insert_many(batch.iter().map(row)).on_conflict(or_lock);
        for row in insert.exec_with_returning(transaction).await? {
            let (mailbox, sent) = stored_times(row, now)?;
            stored.insert(mailbox, sent);
        }
    }
    Ok(stored)
}
