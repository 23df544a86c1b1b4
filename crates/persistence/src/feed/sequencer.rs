//! The sequencer gives every change its position in the feed, after the change is durably stored.
//!
//! A change is written into the outbox by the transaction that makes it. Transactions commit in any order, so no value
//! that is chosen before the commit (a serial number, a time) can serve as a cursor: a change that commits late would
//! appear behind readers. Positions are therefore assigned afterwards and in one place: one transaction moves a batch
//! of *committed* rows from the outbox into the feed and numbers them from the last position on. It holds the lock of
//! the feed's single row, so no two instances do so at the same time. Readers see the whole batch when it commits, and
//! every later change has a higher position.
//!
//! A crash at any point leaves each row either in the outbox or in the feed, because one transaction moves it. No other
//! code deletes from the outbox.
//!
//! **Order.** Within a batch, changes are ordered by time, but the changes of one registration always by `sequence`,
//! even if the clocks of instances disagree. This also holds across batches: the transaction that writes change n + 1
//! of a registration has read the committed result of change n, under the lock of the registration's event (on
//! `SQLite`, in the only write transaction). So in every snapshot that contains n + 1, n is in the outbox too or has
//! left it. A batch that takes all rows of its snapshot cannot reorder anything. A batch that was cut off at its limit
//! can, if clocks disagree; it then also takes the earlier changes that were left behind.

use std::time::Duration;

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, FromQueryResult, QuerySelect as _,
    Statement,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::database::error::StoreError;
use crate::database::store::Store;
use crate::entity::feed;

/// Number of changes that one transaction moves, apart from those added to keep the order, and that one transaction of mail
/// reads. On `SQLite` all writers wait for each other, and 1,000 changes would hold up the desk for longer than one of its
/// batches takes.
pub(crate) const fn batch_size(backend: DbBackend) -> u64 {
    match backend {
        DbBackend::Sqlite => 250,
        _ => 1_000,
    }
}

/// Longest time until a change is noticed that another instance wrote, or one that has crashed.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Shortest pause between rounds, so that many changes share one commit under load.
const MIN_PAUSE: Duration = Duration::from_millis(25);
/// The pause after a round is this many times the round's duration, so that the desk has priority.
const PAUSE_FACTOR: u32 = 9;
/// Longest pause after a successful round.
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// How long this process defers to another instance that moved a full batch: longer than that one's longest pause.
const DEFER_TO_PEER_FOR: Duration = Duration::from_secs(2);
/// Longest pause while the database is unavailable.
const MAX_DB_DOWN_BACKOFF: Duration = Duration::from_secs(2);
/// How long a round may take before the database counts as unavailable.
const ROUND_TIMEOUT: Duration = Duration::from_secs(10);

/// The result of one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// The outbox is empty.
    Drained,
    /// The batch was full, so the outbox may have more rows.
    BatchFull,
    /// Another instance holds the lock, and may not see our latest rows.
    LockedByPeer,
    /// Another instance is moving full batches, so this one did nothing.
    DeferredToPeer,
}

/// Tells when another instance moves full batches.
///
/// Under load every instance would spend a share of its time on the feed, and the total would grow with their number.
/// An instance that sees another one move a full batch therefore defers to it for a while. The instance that moved the
/// last full batch never sees this, so at least one always continues.
#[derive(Debug)]
struct PeerActivity {
    /// The number of changes in a full batch.
    full_batch: u64,
    /// The feed's last position when this process last read or moved it.
    last_position: Option<i64>,
    /// The end of the time during which this process defers.
    defer_until: Option<Instant>,
}

impl PeerActivity {
    const fn new(full_batch: u64) -> Self {
        Self { full_batch, last_position: None, defer_until: None }
    }

    /// Records a last position that was read, and not moved by this process since the previous call.
    fn observe(&mut self, last_position: i64, now: Instant) {
        let before = self.last_position.replace(last_position);
        if before.is_some_and(|before| last_position.abs_diff(before) >= self.full_batch) {
            self.defer_until = Some(now + DEFER_TO_PEER_FOR);
        }
    }

    /// Records a last position that this process set itself.
    const fn moved_here(&mut self, last_position: i64) {
        self.last_position = Some(last_position);
    }

    fn is_deferring(&self, now: Instant) -> bool {
        self.defer_until.is_some_and(|until| now < until)
    }
}

/// The state of the feed and the outbox, by which a round decides whether it has anything to do.
#[derive(Debug, FromQueryResult)]
struct FeedStatus {
    last_position: i64,
    waiting: Option<i64>,
}

/// Runs the sequencer until the task is aborted. `head` always holds the feed's last position, as far as this process
/// has seen it.
pub async fn run(store: Store, head: watch::Sender<i64>) {
    // The sequencer's own writes leave nothing in the outbox, so they need not wake it.
    let own = store.without_write_notifications();
    let mut db_down_backoff: Option<Duration> = None;
    let mut peers = PeerActivity::new(batch_size(store.backend()));
    loop {
        let started = Instant::now();
        let round = own.with_timeout(ROUND_TIMEOUT, round(&own, &head, &mut peers)).await;
        let pause = (started.elapsed() * PAUSE_FACTOR).clamp(MIN_PAUSE, MAX_PAUSE);
        match round {
            Ok(Round::DeferredToPeer) => {
                db_down_backoff = None;
                sleep(POLL_INTERVAL).await;
            }
            Ok(round) => {
                db_down_backoff = None;
                sleep(pause).await;
                if round == Round::Drained {
                    // Wait for a write of this process or the end of the poll interval, whichever comes first.
                    let _ = timeout(POLL_INTERVAL.saturating_sub(pause), store.write_notifier().notified()).await;
                }
            }
            Err(error) => {
                if db_down_backoff.is_none() {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the feed of changes stands still");
                }
                let backoff = db_down_backoff.map_or(POLL_INTERVAL, |last| (last * 2).min(MAX_DB_DOWN_BACKOFF));
                db_down_backoff = Some(backoff);
                sleep(backoff).await;
            }
        }
    }
}

/// Reads the feed's status, publishes its last position, and moves one batch if the outbox has rows.
async fn round(store: &Store, head: &watch::Sender<i64>, peers: &mut PeerActivity) -> Result<Round, StoreError> {
    let status = store.feed_status().await?;
    publish_head(head, status.last_position);
    peers.observe(status.last_position, Instant::now());
    if status.waiting.is_none() {
        return Ok(Round::Drained);
    }
    if peers.is_deferring(Instant::now()) {
        return Ok(Round::DeferredToPeer);
    }
    match store.sequence_changes().await? {
        Some((moved, last_position)) => {
            peers.moved_here(last_position);
            publish_head(head, last_position);
            Ok(if moved < batch_size(store.backend()) { Round::Drained } else { Round::BatchFull })
        }
        None => Ok(Round::LockedByPeer),
    }
}

/// Wakes waiting readers if the last position changed. The position may also go back, after a database was restored: a
/// reader that waited on with the old position would find nothing at it, again and again.
fn publish_head(head: &watch::Sender<i64>, position: i64) {
    head.send_if_modified(|current| std::mem::replace(current, position) != position);
}

impl Store {
    async fn feed_status(&self) -> Result<FeedStatus, StoreError> {
        // Ordered by the primary key, so that the index finds a row quickly however many dead rows the table still has.
        let sql = "SELECT last_position, (SELECT CAST(1 AS BIGINT) FROM outbox ORDER BY id LIMIT 1) AS waiting \
                   FROM feed WHERE id = 1";
        let statement = Statement::from_string(self.backend(), sql);
        let status = FeedStatus::find_by_statement(statement).one(self.reads()).await?;
        status.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))
    }

    /// Moves one batch from the outbox into the feed. Returns the number of changes moved and the feed's last position
    /// afterwards, or `None` if another instance holds the feed's lock.
    pub async fn sequence_changes(&self) -> Result<Option<(u64, i64)>, StoreError> {
        self.write(|transaction| Box::pin(sequence(transaction))).await
    }
}

/// Locks the feed's row until the transaction ends; `None` if another transaction holds the lock. On `SQLite` the write
/// transaction itself is the lock, and this only reads the row.
async fn try_lock(transaction: &DatabaseTransaction) -> Result<Option<feed::Model>, StoreError> {
    let row = feed::Entity::find_by_id(1).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(row.one(transaction).await?)
}

/// Moves one batch. The positions are part of the SQL text rather than parameters, so that the planner knows them: for
/// an unknown position it would assume that a large part of the table matches. They are numbers of this program, never
/// input.
async fn sequence(transaction: &DatabaseTransaction) -> Result<Option<(u64, i64)>, StoreError> {
    let Some(feed) = try_lock(transaction).await? else { return Ok(None) };
    let last = feed.last_position;
    let full = batch_size(transaction.get_database_backend());
    let first_rows = format!("o.id IN (SELECT id FROM outbox ORDER BY id LIMIT {full})");
    let mut moved = append_to_feed(transaction, last, &first_rows).await?;
    if moved == full && would_reorder(transaction, last).await? {
        transaction.execute_unprepared(&format!("DELETE FROM changes WHERE position > {last}")).await?;
        let with_same_subject = format!(
            "COALESCE(o.registration_id, o.event_id) IN (SELECT COALESCE(registration_id, event_id) FROM \
             (SELECT * FROM outbox ORDER BY id LIMIT {full}) AS foremost)"
        );
        moved = append_to_feed(transaction, last, &with_same_subject).await?;
    }
    if moved > 0 {
        let moved_through = last + i64::try_from(moved).unwrap_or(i64::MAX - last);
        for statement in [
            format!("DELETE FROM outbox WHERE id IN (SELECT id FROM changes WHERE position > {last})"),
            format!("UPDATE feed SET last_position = {moved_through} WHERE id = 1"),
        ] {
            transaction.execute_unprepared(&statement).await?;
        }
        return Ok(Some((moved, moved_through)));
    }
    Ok(Some((0, last)))
}

/// Copies the outbox rows that match `condition` into the feed behind the position `last`, and returns their number.
/// `reached` is the latest time among a change and its subject's earlier changes, so that none is ordered before those.
///
/// The organisation whose client made a registration is stored with the change, because it decides who may see the
/// change. If the registration no longer exists, it is copied from an earlier change.
async fn append_to_feed(transaction: &DatabaseTransaction, last: i64, condition: &str) -> Result<u64, StoreError> {
    let sql = format!(
        "INSERT INTO changes (position, id, type, event_id, registration_id, source, sequence, occurred_at, data) \
         SELECT {last} + ROW_NUMBER() OVER (ORDER BY reached, sequence, id), id, type, event_id, registration_id, \
             COALESCE((SELECT r.source FROM registrations AS r WHERE r.id = batch.registration_id), \
                 (SELECT c.source FROM changes AS c WHERE c.registration_id = batch.registration_id LIMIT 1)), \
             sequence, occurred_at, payload \
         FROM (SELECT o.*, MAX(o.occurred_at) OVER (PARTITION BY COALESCE(o.registration_id, o.event_id) \
             ORDER BY o.sequence) AS reached FROM outbox AS o WHERE {condition}) AS batch"
    );
    Ok(transaction.execute_unprepared(&sql).await?.rows_affected())
}

/// Whether the outbox still has an earlier change of the same subject than one that was just numbered. A subject's
/// first change has no predecessor, so a rush of new registrations does not read the outbox at all; any other batch
/// reads it once: both are grouped by subject, since a join might read one table for each row of the other. One statement with
/// both conditions would read the outbox on `SQLite` even where the first one does not hold.
async fn would_reorder(transaction: &DatabaseTransaction, last: i64) -> Result<bool, StoreError> {
    let exists = async |sql: String| -> Result<bool, StoreError> {
        let statement = Statement::from_string(transaction.get_database_backend(), sql);
        Ok(transaction.query_one_raw(statement).await?.is_some())
    };
    if !exists(format!("SELECT 1 FROM changes WHERE position > {last} AND sequence > 1 LIMIT 1")).await? {
        return Ok(false);
    }
    exists(format!(
        "SELECT 1 FROM (SELECT COALESCE(registration_id, event_id) AS subject, sequence AS numbered, NULL AS waiting \
             FROM changes WHERE position > {last} \
             UNION ALL SELECT COALESCE(registration_id, event_id), NULL, sequence FROM outbox \
             WHERE id > (SELECT t.id FROM changes AS t WHERE t.position > {last} ORDER BY t.id DESC LIMIT 1)) AS sequences \
         GROUP BY subject HAVING MIN(waiting) < MAX(numbered) LIMIT 1"
    ))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_defers_to_a_peer_that_moves_full_batches() {
        let (now, mut peers) = (Instant::now(), PeerActivity::new(1_000));
        peers.observe(5_000, now);
        assert!(!peers.is_deferring(now), "the first position says nothing about peers");
        peers.moved_here(6_000);
        peers.observe(6_000, now);
        assert!(!peers.is_deferring(now), "this process moved the batch itself");
        peers.observe(6_010, now);
        assert!(!peers.is_deferring(now), "a small batch is no reason to defer");
        peers.observe(7_010, now);
        assert!(peers.is_deferring(now));
        peers.observe(7_010, now + DEFER_TO_PEER_FOR);
        assert!(!peers.is_deferring(now + DEFER_TO_PEER_FOR), "the peer has stopped");
    }
}
