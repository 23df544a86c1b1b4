//! The budget of each mailbox for messages that callers without a client's token cause (`plenaria_domain::mail_budget`).
//!
//! What counts is kept in two places, so that registering for the first time costs nothing: messages that come from the feed
//! are counted where they are, in `messages`; those that a request queues, and those whose registration was erased, stand in
//! `mail_budgets`, whose row is also the lock of a mailbox. A mailbox is named by a digest of its address, and forgotten after
//! a day.

use std::collections::HashMap;

use plenaria_domain::change::ChangeType;
use plenaria_domain::mail_budget::{WINDOW, allows};
use plenaria_domain::message::MessageKind;
use plenaria_domain::registration::PUBLIC_SOURCE;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::entity::{mail_budget, message, registration};
use crate::{Store, StoreError, confirmation_requests, rows};

/// The kinds that come from the feed.
const FROM_FEED: [MessageKind; 4] =
    [MessageKind::Registered, MessageKind::Waitlisted, MessageKind::Promoted, MessageKind::Cancelled];

/// The changes that they come from.
const CAUSES: [ChangeType; 5] = [
    ChangeType::RegistrationCreated,
    ChangeType::RegistrationConfirmed,
    ChangeType::RegistrationWaitlisted,
    ChangeType::RegistrationPromoted,
    ChangeType::RegistrationCancelled,
];

/// What a client caused has a mark in its message, as its change has (`outbox::by_client`), and does not count.
const NOT_BY_CLIENT: &str = "messages.data ->> 'by' IS NULL";
/// How many old budgets one sweep removes.
const SWEEP: u64 = 10_000;
/// In how large parts mailboxes are locked: few, since each makes a statement of its own.
const LOCKED_AT_ONCE: [usize; 4] = [64, 16, 4, 1];

impl Store {
    /// Forgets mailboxes that nothing counts for any more, and says how many.
    pub async fn remove_old_mail_budgets(&self, now: Instant) -> Result<u64, StoreError> {
        self.write(|transaction| {
            Box::pin(async move {
                let old = mail_budget::Column::UpdatedAt.lte(now - WINDOW);
                // Those that are locked are in use, and go the next time.
                let mailboxes: Vec<Uuid> = mail_budget::Entity::find()
                    .select_only()
                    .column(mail_budget::Column::Mailbox)
                    .filter(old)
                    .limit(SWEEP)
                    .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                    .into_tuple()
                    .all(transaction)
                    .await?;
                let these = mail_budget::Column::Mailbox.is_in(rows::padded(mailboxes));
                Ok(mail_budget::Entity::delete_many().filter(these).exec(transaction).await?.rows_affected)
            })
        })
        .await
    }
}

/// The name of a mailbox.
fn mailbox(address: &str) -> Uuid {
    let digest = Sha256::new().chain_update(b"plenaria mailbox\n").chain_update(address).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(id)
}

/// Takes one message from the budget of an address, for a request; `false`: there is nothing left of it.
pub(crate) async fn take(transaction: &DatabaseTransaction, address: &str, now: Instant) -> Result<bool, StoreError> {
    let mailbox = mailbox(address);
    let mut own = lock(transaction, vec![mailbox], now).await?.remove(&mailbox).unwrap_or_default();
    let fed = from_feed(transaction, vec![address.to_owned()], now).await?;
    let all: Vec<Instant> = own.iter().copied().chain(fed.into_iter().map(|sent| sent.created_at)).collect();
    if !allows(&all, now) {
        return Ok(false);
    }
    own.push(now);
    save(transaction, mailbox, &own, now).await?;
    Ok(true)
}

/// Keeps counting the messages of a registration that is about to be erased.
pub(crate) async fn remember(
    transaction: &DatabaseTransaction,
    row: &registration::Model,
    now: Instant,
) -> Result<(), StoreError> {
    if row.source != PUBLIC_SOURCE {
        return Ok(());
    }
    let sent: Vec<Instant> = message::Entity::find()
        .select_only()
        .column(message::Column::CreatedAt)
        .filter(message::Column::RegistrationId.eq(row.id))
        .filter(message::Column::CreatedAt.gt(now - WINDOW))
        .filter(message::Column::Kind.is_in(FROM_FEED.map(MessageKind::as_str)))
        .filter(Expr::cust(NOT_BY_CLIENT))
        .into_tuple()
        .all(transaction)
        .await?;
    let address = row.live_email.as_deref().or(row.former_email.as_deref()).map(confirmation_requests::address);
    let (Some(address), false) = (address, sent.is_empty()) else { return Ok(()) };
    let mailbox = mailbox(address);
    let mut own = lock(transaction, vec![mailbox], now).await?.remove(&mailbox).unwrap_or_default();
    own.extend(sent);
    save(transaction, mailbox, &own, now).await
}

/// Takes back the messages that were just queued from these positions of the feed and are over the budget of their mailbox;
/// how many. The caller has the lock of the queue.
pub(crate) async fn withhold(
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
    let mut locked = lock(transaction, addresses.iter().map(|address| mailbox(address)).collect(), now).await?;
    for address in &addresses {
        sent.insert(address.clone(), locked.remove(&mailbox(address)).unwrap_or_default());
    }
    let new: HashMap<Uuid, &Candidate> = candidates.iter().map(|candidate| (candidate.message, candidate)).collect();
    let mut fresh = Vec::new();
    for message in from_feed(transaction, addresses, now).await? {
        match new.get(&message.id) {
            Some(candidate) => fresh.push((candidate.position, message)),
            None => sent.entry(message.address).or_default().push(message.created_at),
        }
    }
    fresh.sort_unstable_by_key(|(position, _)| *position);
    let mut over = Vec::new();
    for (_, message) in fresh {
        let sent = sent.entry(message.address).or_default();
        if allows(sent, message.created_at) {
            sent.push(message.created_at);
        } else {
            over.push(message.id);
        }
    }
    let number = over.len() as u64;
    if number > 0 {
        message::Entity::delete_many().filter(message::Column::Id.is_in(rows::padded(over))).exec(transaction).await?;
    }
    Ok(number)
}

/// A message that may be over a budget.
#[derive(FromQueryResult)]
struct Candidate {
    message: Uuid,
    position: i64,
    address: String,
}

/// The messages of these positions that callers without a client's token caused, to mailboxes that may have had others.
/// Registering makes one that is the first of its mailbox, unless there is another registration of the address, or something
/// is counted in `mail_budgets`.
async fn candidates(
    transaction: &DatabaseTransaction,
    from: i64,
    through: i64,
    now: Instant,
) -> Result<Vec<Candidate>, StoreError> {
    let counted = mail_budget::Entity::find()
        .select_only()
        .column(mail_budget::Column::Mailbox)
        .filter(mail_budget::Column::UpdatedAt.gt(now - WINDOW))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(transaction)
        .await?;
    let address = "COALESCE(r.live_email, r.former_email)";
    let others = format!(
        "AND (c.type <> 'registration.created' \
         OR EXISTS (SELECT 1 FROM registrations AS o WHERE o.live_email = {address} AND o.id <> r.id) \
         OR EXISTS (SELECT 1 FROM registrations AS o WHERE o.former_email = {address} AND o.id <> r.id))"
    );
    let others = if counted.is_some() { "" } else { &others };
    let kinds = CAUSES.map(|kind| format!("'{}'", kind.as_str())).join(", ");
    let sql = format!(
        "SELECT c.id AS message, c.position AS position, {address} AS address \
         FROM changes AS c JOIN registrations AS r ON r.id = c.registration_id \
         WHERE c.position > {from} AND c.position <= {through} AND c.type IN ({kinds}) \
             AND r.erased_at IS NULL AND r.source = '{PUBLIC_SOURCE}' AND c.data ->> 'by' IS NULL {others}"
    );
    let statement = sea_orm::Statement::from_string(transaction.get_database_backend(), sql);
    let mut all = Candidate::find_by_statement(statement).all(transaction).await?;
    for candidate in &mut all {
        candidate.address.truncate(confirmation_requests::address(&candidate.address).len());
    }
    Ok(all)
}

/// A message from the feed, and the address that it went to.
#[derive(FromQueryResult)]
struct Sent {
    id: Uuid,
    created_at: Instant,
    address: String,
}

/// The messages of the last day that came from the feed and count, to these addresses.
async fn from_feed(
    transaction: &DatabaseTransaction,
    addresses: Vec<String>,
    now: Instant,
) -> Result<Vec<Sent>, StoreError> {
    let addresses = rows::padded(addresses);
    let mut all = Vec::new();
    // Each half has an index of its own.
    for column in [registration::Column::LiveEmail, registration::Column::FormerEmail] {
        let mut query = Query::select();
        query
            .column((message::Entity, message::Column::Id))
            .column((message::Entity, message::Column::CreatedAt))
            .expr_as(Expr::col((registration::Entity, column)), "address")
            .from(registration::Entity)
            .inner_join(
                message::Entity,
                Expr::col((message::Entity, message::Column::RegistrationId))
                    .equals((registration::Entity, registration::Column::Id)),
            )
            .and_where(Expr::cust(NOT_BY_CLIENT))
            .and_where(Expr::col((registration::Entity, column)).is_in(addresses.clone()))
            .and_where(Expr::col((registration::Entity, registration::Column::Source)).eq(PUBLIC_SOURCE))
            .and_where(Expr::col((message::Entity, message::Column::CreatedAt)).gt(now - WINDOW))
            .and_where(Expr::col((message::Entity, message::Column::Kind)).is_in(FROM_FEED.map(MessageKind::as_str)));
        let statement = transaction.get_database_backend().build(&query);
        all.extend(Sent::find_by_statement(statement).all(transaction).await?);
    }
    Ok(all)
}

/// Locks mailboxes until the transaction ends, in one order for all, and gives back what is counted of each.
async fn lock(
    transaction: &DatabaseTransaction,
    mut mailboxes: Vec<Uuid>,
    now: Instant,
) -> Result<HashMap<Uuid, Vec<Instant>>, StoreError> {
    mailboxes.sort_unstable();
    mailboxes.dedup();
    let mut counted = HashMap::with_capacity(mailboxes.len());
    let mut rest = mailboxes.as_slice();
    while let Some(size) = LOCKED_AT_ONCE.into_iter().find(|size| *size <= rest.len()) {
        let (some, others) = rest.split_at(size);
        rest = others;
        // A row that is there only to be locked counts nothing.
        let row = |mailbox: &Uuid| {
            let updated_at = Instant::UNIX_EPOCH;
            mail_budget::Model { mailbox: *mailbox, sent: serde_json::json!([]), updated_at }.into_active_model()
        };
        // The update changes nothing: it locks the rows that are there.
        let mailbox = mail_budget::Column::Mailbox;
        let or_lock = OnConflict::column(mailbox).value(mailbox, Expr::col((mail_budget::Entity, mailbox))).to_owned();
        let insert = mail_budget::Entity::insert_many(some.iter().map(row)).on_conflict(or_lock);
        for row in insert.exec_with_returning(transaction).await? {
            let sent: Vec<i64> =
                serde_json::from_value(row.sent).map_err(|e| StoreError::corrupt("mail_budgets", e))?;
            let sent = sent.into_iter().filter_map(Instant::from_timestamp_micros).filter(|at| *at > now - WINDOW);
            counted.insert(row.mailbox, sent.collect());
        }
    }
    Ok(counted)
}

async fn save(
    transaction: &DatabaseTransaction,
    mailbox: Uuid,
    sent: &[Instant],
    now: Instant,
) -> Result<(), StoreError> {
    let sent: Vec<i64> = sent.iter().map(Instant::timestamp_micros).collect();
    let mut update = Query::update();
    update
        .table(mail_budget::Entity)
        .value(mail_budget::Column::Sent, serde_json::json!(sent))
        .value(mail_budget::Column::UpdatedAt, now)
        .and_where(Expr::col(mail_budget::Column::Mailbox).eq(mailbox));
    transaction.execute(&update).await?;
    Ok(())
}
