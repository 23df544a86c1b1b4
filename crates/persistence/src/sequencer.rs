//! The sequencer: gives every change its place in the feed, once it is on disk.
//!
//! A change is written into the outbox by the transaction that makes it. Transactions commit in any order, so nothing
//! that is decided before the commit (a serial number, a time) tells readers where to go on: what commits late would
//! stand behind them. Hence places are given afterwards, and in one place: one transaction moves a batch of rows that
//! *are* committed from the outbox into the feed, numbering them from the last position on. It holds the lock of the
//! feed's one row, so there is never a second that does so, on any instance. Readers see the batch when it commits,
//! whole; whatever they find later has a higher position.
//!
//! A crash at any point leaves either the rows in the outbox or the rows in the feed, since they move in one
//! transaction. Nothing else takes rows from the outbox.
//!
//! **Order.** A batch is in the order of the changes' times, but a registration's changes always in that of their
//! `sequence`, even where the clocks of instances disagree. Across batches that holds too: who writes change n + 1 of a
//! registration has read n's committed result, under the lock of the registration's event (on `SQLite`, in the one
//! write transaction). So every snapshot that shows n + 1 shows n, or n has left the outbox already. A batch that takes
//! all that its snapshot shows can therefore overtake nothing; one that was cut off at its limit may, if clocks
//! disagree, and then takes along what it would have overtaken.

use std::time::Duration;

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult, QuerySelect as _, Statement,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::entity::feed;
use crate::{Store, StoreError};

/// How many changes one transaction moves, if none is taken along.
const BATCH: u64 = 1_000;
/// How long a change of another instance, or one whose instance has died, may go unseen.
const POLL: Duration = Duration::from_millis(250);
/// How long rounds are apart at least, so that in a rush many changes share one commit.
const BREATH: Duration = Duration::from_millis(25);
/// How many times as long as it has worked the sequencer rests: the desk comes first.
const REST: u32 = 9;
/// How long it rests at most.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// For how long the changes are left to another instance that was seen to move full batches: longer than its longest rest.
const LEFT: Duration = Duration::from_secs(2);
/// How long it rests at most while the database is away.
const LONGEST_AWAY: Duration = Duration::from_secs(2);
/// How long a round may take before the database is taken to be away.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// All that there was has been moved.
    Done,
    /// There may be more.
    Full,
    /// Another instance is at it; it may not have seen what was written last.
    Busy,
    /// In a rush, it was left to another instance.
    Left,
}

/// In a rush each instance would give a part of its time to the feed; that part must not grow with their number. So whoever
/// sees that another has moved full batches leaves it to that one, for a while. The last to have moved one never sees so,
/// hence somebody always goes on.
#[derive(Debug, Default)]
struct Others {
    /// Where the feed ended when this process last saw it or moved it.
    end: Option<i64>,
    /// Until when it is left to them.
    until: Option<Instant>,
}

impl Others {
    /// The feed ends there, and this process did not move it.
    fn seen(&mut self, end: i64, now: Instant) {
        let before = self.end.replace(end);
        if before.is_some_and(|before| end.abs_diff(before) >= BATCH) {
            self.until = Some(now + LEFT);
        }
    }

    /// This process has moved it there.
    const fn moved(&mut self, end: i64) {
        self.end = Some(end);
    }

    fn are_at_it(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// The feed as one looks at it to see whether there is anything to do.
#[derive(Debug, FromQueryResult)]
struct Glance {
    last_position: i64,
    waiting: Option<i64>,
}

/// Starts the sequencer of this process on the current Tokio runtime. What it gives back always holds the feed's last
/// position, as far as this process knows; it ends with the task.
pub fn open(store: &Store) -> (watch::Receiver<i64>, JoinHandle<()>) {
    let (head, seen) = watch::channel(0);
    (seen, tokio::spawn(run(store.clone(), head)))
}

async fn run(store: Store, head: watch::Sender<i64>) {
    // Its own writes leave nothing in the outbox.
    let own = store.unheard();
    let mut away: Option<Duration> = None;
    let mut others = Others::default();
    loop {
        let begun = Instant::now();
        let round = own.in_time(PATIENCE, round(&own, &head, &mut others)).await;
        let rest = (begun.elapsed() * REST).clamp(BREATH, LONGEST_REST);
        match round {
            Ok(Round::Left) => {
                away = None;
                sleep(POLL).await;
            }
            Ok(round) => {
                away = None;
                sleep(rest).await;
                if round == Round::Done {
                    // Whether it was told or not, it is time to look.
                    let _ = timeout(POLL.saturating_sub(rest), store.written().notified()).await;
                }
            }
            Err(error) => {
                if away.is_none() {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the feed of changes stands still");
                }
                let rest = away.map_or(POLL, |rest| (rest * 2).min(LONGEST_AWAY));
                away = Some(rest);
                sleep(rest).await;
            }
        }
    }
}

/// Looks what there is; moves a batch if anything is; says where the feed ends.
async fn round(store: &Store, head: &watch::Sender<i64>, others: &mut Others) -> Result<Round, StoreError> {
    let glance = store.glance_at_feed().await?;
    announce(head, glance.last_position);
    others.seen(glance.last_position, Instant::now());
    if glance.waiting.is_none() {
        return Ok(Round::Done);
    }
    if others.are_at_it(Instant::now()) {
        return Ok(Round::Left);
    }
    match store.sequence_changes().await? {
        Some((moved, last)) => {
            others.moved(last);
            announce(head, last);
            Ok(if moved < BATCH { Round::Done } else { Round::Full })
        }
        None => Ok(Round::Busy),
    }
}

/// Wakes those who wait, if there is something new. A database that was restored may have less than was seen of it: who
/// waited on with the old position would find nothing at it, again and again.
fn announce(head: &watch::Sender<i64>, position: i64) {
    head.send_if_modified(|known| std::mem::replace(known, position) != position);
}

impl Store {
    async fn glance_at_feed(&self) -> Result<Glance, StoreError> {
        // In the order of the primary key, so that an index tells, however many dead rows the table still has.
        let sql = "SELECT last_position, (SELECT CAST(1 AS BIGINT) FROM outbox ORDER BY id LIMIT 1) AS waiting \
                   FROM feed WHERE id = 1";
        let statement = Statement::from_string(self.backend(), sql);
        let glance = Glance::find_by_statement(statement).one(self.reads()).await?;
        glance.ok_or_else(|| StoreError::corrupt("feed", "its row is missing"))
    }

    /// Moves one batch from the outbox into the feed: how many changes, and the feed's last position after it. `None`:
    /// somebody else is doing it.
    pub async fn sequence_changes(&self) -> Result<Option<(u64, i64)>, StoreError> {
        self.write(|transaction| Box::pin(sequence(transaction))).await
    }
}

/// Locks the feed's row until the transaction ends; `None` if another has it. On `SQLite` the write transaction is lock
/// enough, and nothing more is said.
async fn try_lock(transaction: &DatabaseTransaction) -> Result<Option<feed::Model>, StoreError> {
    let row = feed::Entity::find_by_id(1).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(row.one(transaction).await?)
}

/// Numbers stand in the texts themselves, so that the planner knows them: for any position at all it would guess a good
/// part of the table. They are numbers of ours, and nothing else does.
async fn sequence(transaction: &DatabaseTransaction) -> Result<Option<(u64, i64)>, StoreError> {
    let Some(feed) = try_lock(transaction).await? else { return Ok(None) };
    let last = feed.last_position;
    let first = format!("o.id IN (SELECT id FROM outbox ORDER BY id LIMIT {BATCH})");
    let mut moved = number(transaction, last, &first).await?;
    if moved == BATCH && overtakes(transaction, last).await? {
        transaction.execute_unprepared(&format!("DELETE FROM changes WHERE position > {last}")).await?;
        let along = format!(
            "COALESCE(o.registration_id, o.event_id) IN (SELECT COALESCE(registration_id, event_id) FROM \
             (SELECT * FROM outbox ORDER BY id LIMIT {BATCH}) AS foremost)"
        );
        moved = number(transaction, last, &along).await?;
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

/// Copies rows of the outbox into the feed, behind its `last` position. `reached` is the time of a change, or that of a
/// change of the same thing that it must not come before.
///
/// The organisation whose client made a registration is written along, since it says who may see the change; if the
/// registration is gone, as it was with an earlier change.
async fn number(transaction: &DatabaseTransaction, last: i64, which: &str) -> Result<u64, StoreError> {
    let sql = format!(
        "INSERT INTO changes (position, id, type, event_id, registration_id, source, sequence, occurred_at, data) \
         SELECT {last} + ROW_NUMBER() OVER (ORDER BY reached, sequence, id), id, type, event_id, registration_id, \
             COALESCE((SELECT r.source FROM registrations AS r WHERE r.id = taken.registration_id), \
                 (SELECT c.source FROM changes AS c WHERE c.registration_id = taken.registration_id LIMIT 1)), \
             sequence, occurred_at, payload \
         FROM (SELECT o.*, MAX(o.occurred_at) OVER (PARTITION BY COALESCE(o.registration_id, o.event_id) \
             ORDER BY o.sequence) AS reached FROM outbox AS o WHERE {which}) AS taken"
    );
    Ok(transaction.execute_unprepared(&sql).await?.rows_affected())
}

/// Whether a change that was just numbered has an earlier one of the same thing behind it in the outbox. A thing's first
/// change has none, so a crowd that registers costs no look at the outbox, and any other a single one: joining the two
/// would look at all of it for each change.
async fn overtakes(transaction: &DatabaseTransaction, last: i64) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM outbox AS o WHERE EXISTS (SELECT 1 FROM changes WHERE position > {last} AND sequence > 1) \
         AND o.id > (SELECT t.id FROM changes AS t WHERE t.position > {last} ORDER BY t.id DESC LIMIT 1) \
         AND COALESCE(o.registration_id, o.event_id) IN (SELECT COALESCE(c.registration_id, c.event_id) \
             FROM changes AS c WHERE c.position > {last} AND c.sequence > 1) \
         AND o.sequence < (SELECT MAX(c.sequence) FROM changes AS c WHERE c.position > {last} \
             AND COALESCE(c.registration_id, c.event_id) = COALESCE(o.registration_id, o.event_id)) LIMIT 1"
    );
    let statement = Statement::from_string(transaction.get_database_backend(), sql);
    Ok(transaction.query_one_raw(statement).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_is_left_to_whoever_moves_full_batches() {
        let (now, mut others) = (Instant::now(), Others::default());
        others.seen(5_000, now);
        assert!(!others.are_at_it(now), "nobody is known to have moved anything");
        others.moved(6_000);
        others.seen(6_000, now);
        assert!(!others.are_at_it(now), "it was this process");
        others.seen(6_010, now);
        assert!(!others.are_at_it(now), "few are no rush");
        others.seen(7_010, now);
        assert!(others.are_at_it(now));
        others.seen(7_010, now + LEFT);
        assert!(!others.are_at_it(now + LEFT), "they have stopped");
    }
}
