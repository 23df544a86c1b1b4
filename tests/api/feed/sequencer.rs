//! The sequencer without a server: concurrent sequencers, crashes, and clocks that disagree.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use plenaria_persistence::Store;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, FromQueryResult as _, Statement};
use uuid::Uuid;

use crate::support::database::test_database::{Engine, TestDatabase};

macro_rules! on_both_engines_with_a_store {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Fixture::start(super::Engine::Postgres).await).await;
            })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Fixture::start(super::Engine::Sqlite).await).await;
            })+
        }
    };
}

on_both_engines_with_a_store!(
    concurrent_sequencers_assign_each_position_once,
    a_crash_is_all_or_nothing,
    clocks_may_disagree
);

/// A store with a migrated database, and a connection of the test's own.
struct Fixture {
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

impl Fixture {
    async fn start(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let store = Store::open(&database.url()).await.unwrap();
        store.migrate().await.unwrap();
        let connection = database.connect().await;
        Self { database, store, connection }
    }

    /// Inserts changes into the outbox: time in seconds, registration and sequence. Ids grow with the time.
    async fn write(&self, changes: &[(u64, Uuid, i64)]) {
        for chunk in changes.chunks(500) {
            let rows = chunk.iter().map(|(second, registration, sequence)| {
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

    /// Asserts that the feed has this many changes, each once, without gaps, and in order for each registration.
    async fn check(&self, number: usize) {
        let changes = self.changes().await;
        assert_eq!(changes.len(), number);
        assert!(
            changes.iter().map(|c| c.position).eq(1..=i64::try_from(number).unwrap()),
            "positions have gaps or duplicates"
        );
        let mut ids: Vec<Uuid> = changes.iter().map(|c| c.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), number, "a change is duplicated");
        let mut sequences: HashMap<Uuid, i64> = HashMap::new();
        for change in &changes {
            let before = sequences.insert(change.registration_id, change.sequence).unwrap_or(0);
            assert!(before < change.sequence, "{}: {} behind {before}", change.registration_id, change.sequence);
        }
        assert_eq!(self.count("(SELECT count(*) FROM outbox)").await, 0);
        let last = self.count("(SELECT last_position FROM feed)").await;
        assert_eq!(last, i64::try_from(number).unwrap());
    }

    /// Sequences until the outbox is empty, and retries while another sequencer holds the lock.
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

async fn concurrent_sequencers_assign_each_position_once(fixture: Fixture) {
    let changes: Vec<_> = registrations(4_500).into_iter().zip(1..).map(|(id, n)| (n / 10, id, 1)).collect();
    fixture.write(&changes).await;
    // Four instances, each with its own connections.
    let mut stores = vec![fixture.store.clone()];
    for _ in 0..3 {
        stores.push(Store::open(&fixture.database.url()).await.unwrap());
    }
    join_all(stores.iter().map(Fixture::sequence_all)).await;
    fixture.check(4_500).await;
    fixture.write(&[(0, Uuid::now_v7(), 1)]).await;
    join_all(stores.iter().map(Fixture::sequence_all)).await;
    fixture.check(4_501).await;
}

/// The transaction is dropped at an arbitrary point, as in a crash.
async fn a_crash_is_all_or_nothing(fixture: Fixture) {
    let changes: Vec<_> = registrations(1_500).into_iter().zip(1..).map(|(id, n)| (n / 10, id, 1)).collect();
    fixture.write(&changes).await;
    for micros in (0..40).map(|n| n * 300) {
        let _ = tokio::time::timeout(Duration::from_micros(micros), fixture.store.sequence_changes()).await;
        let both = "(SELECT count(*) FROM outbox) + (SELECT count(*) FROM changes)";
        assert_eq!(fixture.count(both).await, 1_500, "after {micros} µs");
        let last = "(SELECT last_position FROM feed) - (SELECT count(*) FROM changes)";
        assert_eq!(fixture.count(last).await, 0, "after {micros} µs");
    }
    Fixture::sequence_all(&fixture.store).await;
    fixture.check(1_500).await;
}

/// The second change of some registrations comes from an instance whose clock is far behind, so that its time and id are
/// before those of the first change, which is not among the first thousand.
async fn clocks_may_disagree(fixture: Fixture) {
    let mut changes: Vec<_> = registrations(1_500).into_iter().map(|id| (1_000, id, 1)).collect();
    for (id, late) in registrations(50).into_iter().zip(0..) {
        changes.push((10 + late, id, 2));
        changes.push((3_000 + late, id, 1));
        changes.push((5 + late, id, 3));
    }
    fixture.write(&changes).await;
    Fixture::sequence_all(&fixture.store).await;
    fixture.check(1_650).await;
    // Where clocks agree, changes are ordered by time.
    let ids = registrations(3);
    fixture.write(&[(30, ids[0], 1), (10, ids[1], 1), (20, ids[2], 7)]).await;
    Fixture::sequence_all(&fixture.store).await;
    let last: Vec<Uuid> = fixture.changes().await[1_650..].iter().map(|c| c.registration_id).collect();
    assert_eq!(last, [ids[1], ids[2], ids[0]]);
}
