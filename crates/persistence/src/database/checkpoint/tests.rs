//! Tests of the size of the log, and of what a process leaves that is killed at any moment of a checkpoint.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait as _, Statement};
use tokio::sync::oneshot;

use super::*;
use crate::database::transaction::begin_snapshot;
use crate::database::url::DatabaseUrl;

const MIB: u64 = 1 << 20;
/// The variable with the path of the database of a child process.
const PATH: &str = "PLENARIA_TEST_CHECKPOINT_DATABASE";

async fn open(path: &Path) -> Store {
    let store = Store::open(&DatabaseUrl::Sqlite(path.to_owned())).await.unwrap();
    let table = "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, padding BLOB)";
    store.writes().execute_unprepared(table).await.unwrap();
    store
}

/// Adds a row of 200 KiB in a transaction of its own.
async fn write(store: &Store, id: u64) {
    let sql = format!("INSERT INTO t (id, padding) VALUES ({id}, zeroblob(204800))");
    let insert = store.write(|transaction| {
        let sql = sql.clone();
        Box::pin(async move { Ok(transaction.execute_unprepared(&sql).await.map(drop)?) })
    });
    insert.await.unwrap();
}

async fn number(store: &Store, sql: &str) -> i64 {
    let row = store.reads().query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

fn log_bytes(path: &Path) -> u64 {
    std::fs::metadata(path.with_extension("db-wal")).map_or(0, |file| file.len())
}

async fn log_pages(store: &Store) -> i64 {
    let mut checkpointer = Checkpointer::open(store.writes().get_sqlite_connection_pool()).await.unwrap();
    let log = checkpointer.checkpoint("NOOP").await.unwrap();
    checkpointer.close().await;
    log.pages
}

/// Starts the task; it ends when the sender is used.
fn start(store: &Store) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let ((stopper, stop), store) = (oneshot::channel(), store.clone());
    let task = tokio::spawn(async move { store.keep_wal_small(async { drop(stop.await) }).await.unwrap() });
    (stopper, task)
}

#[tokio::test]
async fn the_log_stays_small_while_two_processes_write_without_a_pause() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    // Each store stands for a process: it has connections and a task of its own.
    let stores = [open(&path).await, open(&path).await];
    let tasks = stores.each_ref().map(start);
    let mut largest = 0;
    for id in 0..600 {
        write(&stores[usize::try_from(id % 2).unwrap()], id).await;
        largest = largest.max(log_bytes(&path));
    }
    assert!((16 * MIB..64 * MIB).contains(&largest), "{largest}");
    assert!(std::fs::metadata(&path).unwrap().len() > 60 * MIB, "the log is moved into the file");
    for (stopper, task) in tasks {
        stopper.send(()).unwrap();
        task.await.unwrap();
    }
    assert_eq!(number(&stores[0], "SELECT count(*) FROM t").await, 600);
}

#[tokio::test]
async fn a_reader_that_does_not_end_holds_up_no_writer_and_the_log_is_small_again_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = open(&path).await;
    let (_stopper, _task) = start(&store);
    write(&store, 0).await;
    let snapshot = begin_snapshot(store.reads()).await.unwrap();
    let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM t");
    snapshot.query_one_raw(count.clone()).await.unwrap();
    let mut slowest = Duration::ZERO;
    for id in 1..=200 {
        let started = Instant::now();
        write(&store, id).await;
        slowest = slowest.max(started.elapsed());
    }
    assert!(log_pages(&store).await > 2 * START_PAGES);
    assert!(slowest < Duration::from_secs(2), "{slowest:?}: writers wait for no reader");
    let row = snapshot.query_one_raw(count).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1);
    snapshot.rollback().await.unwrap();
    for id in 201.. {
        sleep(INTERVAL).await;
        write(&store, id).await;
        if log_pages(&store).await < START_PAGES {
            break;
        }
        assert!(id < 300, "the log is moved once no connection reads it");
    }
}

#[tokio::test]
async fn without_the_task_commits_bound_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = open(&path).await;
    for id in 0..700 {
        write(&store, id).await;
    }
    let bytes = log_bytes(&path);
    assert!((60 * MIB..70 * MIB).contains(&bytes), "{bytes}");
    store.checkpoint_wal().await.unwrap();
    assert_eq!(log_bytes(&path), 0);
    store.close().await;
    assert!(!path.with_extension("db-wal").exists(), "the last connection removes the log");
}

/// What the child process of the next test does: it writes, checkpoints, and prints the number of each committed row.
#[tokio::test]
async fn child_that_is_killed() {
    let Ok(path) = env::var(PATH) else { return };
    let store = open(Path::new(&path)).await;
    let (_stopper, _task) = start(&store);
    let first = u64::try_from(number(&store, "SELECT coalesce(max(id) + 1, 0) FROM t").await).unwrap();
    for id in first.. {
        write(&store, id).await;
        print_committed(id);
    }
}

#[allow(clippy::print_stdout, reason = "the parent process reads it")]
fn print_committed(id: u64) {
    println!("committed {id}");
}

#[tokio::test]
async fn a_process_that_is_killed_loses_no_committed_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let mut committed = None;
    for round in 0..6 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "database::checkpoint::tests::child_that_is_killed", "--nocapture"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A checkpoint begins after about 80 rows, so the kills fall before, into and after some.
        let (mut rows, output) = (0, child.stdout.take().unwrap());
        for line in BufReader::new(output).lines() {
            let line = line.unwrap();
            let Some((_, id)) = line.split_once("committed ") else { continue };
            committed = Some(id.parse::<i64>().unwrap());
            rows += 1;
            if rows == 82 + 3 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let store = open(&path).await;
        assert_eq!(
            number(&store, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'").await,
            0
        );
        let stored = number(&store, "SELECT count(*) FROM t").await;
        // The last row may be stored without having been printed.
        let acknowledged = committed.unwrap() + 1;
        assert!(stored == acknowledged || stored == acknowledged + 1, "{stored} of {acknowledged}");
        store.close().await;
    }
}
