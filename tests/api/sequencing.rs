//! The sequencer by itself: several at once, crashes, clocks that disagree. No server runs here.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use plenaria_persistence::Store;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, FromQueryResult as _, Statement};
use uuid::Uuid;

use crate::support::{Engine, TestDatabase};

macro_rules! on_both_engines_alone {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Alone::start(super::Engine::Postgres).await).await;
            })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Alone::start(super::Engine::Sqlite).await).await;
            })+
        }
    };
}

on_both_engines_alone!(many_at_once_give_every_position_once, a_crash_moves_all_or_nothing, clocks_may_disagree);

/// A database with nothing but a store.
struct Alone {
    database: TestDatabase,
    store: Store,
    connection: DatabaseConnection,
}

#[derive(sea_orm::FromQueryResult)]
struct Row {
    position: i64,
    id: Uuid,
    registration_id: Uuid,
    sequence: i64,
}

impl Alone {
    async fn start(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let store = Store::open(&database.url()).await.unwrap();
        store.migrate().await.unwrap();
        let connection = database.connect().await;
        Self { database, store, connection }
    }

    /// Writes changes of registrations: when (in seconds), whose, and the sequence. Ids grow with the time.
    async fn write(&self, changes: &[(u64, Uuid, i64)]) {
        for some in changes.chunks(500) {
            let rows = some.iter().map(|(second, registration, sequence)| {
                let mut id = *Uuid::now_v7().as_bytes();
                id[..8].copy_from_slice(&second.to_be_bytes());
                let (id, registration) = (self.uuid(Uuid::from_bytes(id)), self.uuid(*registration));
                let (minutes, seconds) = (second / 60 % 60, second % 60);
                format!(
                    "({id}, 'registration.updated', {registration}, {registration}, {sequence}, \
                     '2026-11-23T09:{minutes:02}:{seconds:02}+00:00', '{{}}')"
                )
            });
            let rows = rows.collect::<Vec<_>>().join(", ");
            let columns = "(id, type, event_id, registration_id, sequence, occurred_at, payload)";
            self.connection.execute_unprepared(&format!("INSERT INTO outbox {columns} VALUES {rows}")).await.unwrap();
        }
    }

    fn uuid(&self, id: Uuid) -> String {
        match self.database.engine {
            Engine::Postgres => format!("'{id}'"),
            Engine::Sqlite => format!("X'{}'", id.simple()),
        }
    }

    async fn changes(&self) -> Vec<Row> {
        let sql = "SELECT position, id, registration_id, sequence FROM changes ORDER BY position";
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        Row::find_by_statement(statement).all(&self.connection).await.unwrap()
    }

    async fn count(&self, what: &str) -> i64 {
        let sql = format!("SELECT {what} AS n");
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        self.connection.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
    }

    /// So many changes are in the feed, each once, without a gap, in the order of each registration's sequence.
    async fn check(&self, number: usize) {
        let changes = self.changes().await;
        assert_eq!(changes.len(), number);
        assert!(changes.iter().map(|c| c.position).eq(1..=i64::try_from(number).unwrap()), "a gap, or a repeat");
        let mut ids: Vec<Uuid> = changes.iter().map(|c| c.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), number, "a change twice");
        let mut sequences: HashMap<Uuid, i64> = HashMap::new();
        for change in &changes {
            let before = sequences.insert(change.registration_id, change.sequence).unwrap_or(0);
            assert!(before < change.sequence, "{}: {} behind {before}", change.registration_id, change.sequence);
        }
        assert_eq!(self.count("(SELECT count(*) FROM outbox)").await, 0);
        let last = self.count("(SELECT last_position FROM feed)").await;
        assert_eq!(last, i64::try_from(number).unwrap());
    }

    /// Moves everything, whoever has the lock meanwhile.
    async fn sequence_all(store: &Store) {
        loop {
            match store.sequence_changes().await.unwrap() {
                Some((0, _)) => return,
                Some(_) => {}
                None => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    }
}

fn registrations(number: usize) -> Vec<Uuid> {
    (0..number).map(|_| Uuid::now_v7()).collect()
}

async fn many_at_once_give_every_position_once(alone: Alone) {
    let changes: Vec<_> = registrations(4_500).into_iter().zip(1..).map(|(id, n)| (n / 10, id, 1)).collect();
    alone.write(&changes).await;
    // As many instances, each with its own connections.
    let mut stores = vec![alone.store.clone()];
    for _ in 0..3 {
        stores.push(Store::open(&alone.database.url()).await.unwrap());
    }
    join_all(stores.iter().map(Alone::sequence_all)).await;
    alone.check(4_500).await;
    alone.write(&[(0, Uuid::now_v7(), 1)]).await;
    join_all(stores.iter().map(Alone::sequence_all)).await;
    alone.check(4_501).await;
}

/// The transaction is given up wherever it happens to be, as a crash would.
async fn a_crash_moves_all_or_nothing(alone: Alone) {
    let changes: Vec<_> = registrations(1_500).into_iter().zip(1..).map(|(id, n)| (n / 10, id, 1)).collect();
    alone.write(&changes).await;
    for micros in (0..40).map(|n| n * 300) {
        let _ = tokio::time::timeout(Duration::from_micros(micros), alone.store.sequence_changes()).await;
        let both = "(SELECT count(*) FROM outbox) + (SELECT count(*) FROM changes)";
        assert_eq!(alone.count(both).await, 1_500, "after {micros} µs");
        let last = "(SELECT last_position FROM feed) - (SELECT count(*) FROM changes)";
        assert_eq!(alone.count(last).await, 0, "after {micros} µs");
    }
    Alone::sequence_all(&alone.store).await;
    alone.check(1_500).await;
}

/// The second change of some comes from an instance whose clock is far behind: its time, and its id, are before those of
/// the first, which is not even in the first thousand.
async fn clocks_may_disagree(alone: Alone) {
    let mut changes: Vec<_> = registrations(1_500).into_iter().map(|id| (1_000, id, 1)).collect();
    for (id, late) in registrations(50).into_iter().zip(0..) {
        changes.push((10 + late, id, 2));
        changes.push((3_000 + late, id, 1));
        changes.push((5 + late, id, 3));
    }
    alone.write(&changes).await;
    Alone::sequence_all(&alone.store).await;
    alone.check(1_650).await;
    // Where clocks agree, time decides.
    let ids = registrations(3);
    alone.write(&[(30, ids[0], 1), (10, ids[1], 1), (20, ids[2], 7)]).await;
    Alone::sequence_all(&alone.store).await;
    let last: Vec<Uuid> = alone.changes().await[1_650..].iter().map(|c| c.registration_id).collect();
    assert_eq!(last, [ids[1], ids[2], ids[0]]);
}
