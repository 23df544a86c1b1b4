//! The desk's locked path: locks the seat rows of a batch's events, reads what the batch concerns, decides, writes and
//! commits.

use std::sync::Arc;

use plenaria_domain::values::time::Instant;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::desk::decide;
use crate::desk::ledger::state::Ledger;
use crate::desk::load;
use crate::desk::reply::Reply;
use crate::desk::request::{Command, Request};
use crate::desk::server::SharedQueue;
use crate::desk::write;
use crate::seats::{self, LockedSeats};

/// When to read the rows that a batch of new registrations may collide with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DuplicateCheck {
    /// Before deciding.
    Before,
    /// Only after a unique index has rejected the batch with [`Constraint::ActiveEmail`],
    /// [`Constraint::ExternalReference`] or [`Constraint::IdempotencyKey`]; the batch must then be repeated with
    /// [`DuplicateCheck::Before`]. While duplicates are rare, this saves round trips. It has no effect on batches with
    /// other requests, which always read first.
    ///
    /// [`Constraint::ActiveEmail`]: crate::database::error::Constraint::ActiveEmail
    /// [`Constraint::ExternalReference`]: crate::database::error::Constraint::ExternalReference
    /// [`Constraint::IdempotencyKey`]: crate::database::error::Constraint::IdempotencyKey
    OnConflict,
}

/// A batch that has been written.
pub(crate) struct Committed {
    /// In the order of the requests.
    pub(crate) replies: Vec<Reply>,
    /// The seats of the batch's events after the commit.
    pub(crate) seats: Vec<LockedSeats>,
    /// How many messages were withheld.
    pub(crate) withheld: u64,
}

/// Serves the queue's batch in one transaction. Requests for the same events that arrive before the lock is granted join
/// the batch.
pub(crate) async fn serve(
    store: &Store,
    queue: &SharedQueue,
    duplicate_check: DuplicateCheck,
) -> Result<Committed, StoreError> {
    store
        .write(|transaction| {
            let queue = Arc::clone(queue);
            Box::pin(async move {
                let events = queue.lock().await.events();
                let seats = seats::lock(transaction, &events).await?;
                let batch = queue.lock().await.extend_batch(&events);
                decide_and_write(transaction, &batch, seats, duplicate_check).await
            })
        })
        .await
}

/// Serves one request in a transaction of its own.
pub(crate) async fn serve_one(store: &Store, request: &Arc<Request>) -> Result<Committed, StoreError> {
    store
        .write(|transaction| {
            let request = Arc::clone(request);
            Box::pin(async move { serve_in(transaction, &request).await })
        })
        .await
}

/// Serves one request and rolls it back: the replies are those that it would have got.
pub(crate) async fn try_one(store: &Store, request: &Arc<Request>) -> Result<Committed, StoreError> {
    store
        .dry_run(|transaction| {
            let request = Arc::clone(request);
            Box::pin(async move { serve_in(transaction, &request).await })
        })
        .await
}

/// Serves one request in the caller's transaction.
pub(crate) async fn serve_in(
    transaction: &DatabaseTransaction,
    request: &Arc<Request>,
) -> Result<Committed, StoreError> {
    let seats = seats::lock(transaction, &[request.event]).await?;
    decide_and_write(transaction, std::slice::from_ref(request), seats, DuplicateCheck::Before).await
}

/// Anonymises registrations of one event, whose seats are locked, in the caller's transaction.
pub(crate) async fn anonymise(
    transaction: &DatabaseTransaction,
    locked: LockedSeats,
    ids: Vec<Uuid>,
    now: Instant,
) -> Result<(), StoreError> {
    let mut ledger = Ledger::new(vec![locked], ids.len());
    for row in load::registrations(transaction, ids).await? {
        let index = ledger.add_stored(row);
        ledger.anonymise(index, now);
    }
    let (plan, _) = ledger.into_plan();
    write::write(transaction, plan, &[]).await
}

async fn decide_and_write(
    transaction: &DatabaseTransaction,
    batch: &[Arc<Request>],
    before: Vec<LockedSeats>,
    duplicate_check: DuplicateCheck,
) -> Result<Committed, StoreError> {
    let registers_only = batch.iter().all(|request| matches!(request.command, Command::Register(_)));
    let mut ledger = if duplicate_check == DuplicateCheck::OnConflict && registers_only {
        Ledger::new(before.clone(), batch.len())
    } else {
        load::fill(transaction, batch, before.clone()).await?
    };
    let replies = decide::decide(&mut ledger, batch)?;
    let (plan, seats) = ledger.into_plan();
    let changed: Vec<&LockedSeats> =
        seats.iter().zip(&before).filter(|(after, before)| after != before).map(|(after, _)| after).collect();
    let withheld = plan.withheld;
    write::write(transaction, plan, &changed).await?;
    Ok(Committed { replies, seats, withheld })
}
