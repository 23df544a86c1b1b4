//! The program's start with newer time zone rules than those that the stored times were derived by.

use plenaria_domain::values::time_zone;
use serde_json::Value;

use crate::program::{Server, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;

/// A winter event in a zone where daylight-saving time is permanent from 2026 on.
const DEFINITION: &str = "slug: west\nstatus: published\nlanguage: en\ntitle: West\nstarts: 2090-01-15T10:00\n\
                          time_zone: America/Vancouver\nduration_minutes: 60\n";

async fn prepare(engine: Engine) -> TestDatabase {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("west.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    restore_outdated_times(&database).await;
    database
}

/// Sets the times as a program with the rules of March 2025 derived them.
async fn restore_outdated_times(database: &TestDatabase) {
    let (start, end) = ("'2090-01-15T18:00:00+00:00'", "'2090-01-15T19:00:00+00:00'");
    let sql = format!(
        "UPDATE events SET starts_at = {start}, ends_at = {end}; \
         UPDATE event_seats SET starts_at = {start}, closes_at = {start}, ends_at = {end}; \
         UPDATE derivation SET zone_rules = '2025b', version = 0"
    );
    database.execute(&sql).await;
}

/// The event's start and revision in the API.
async fn start_and_revision(server: &Server) -> (String, i64) {
    let response = http().get(format!("{}/v1/events/west", server.base)).send().await.unwrap();
    let event: Value = response.json().await.unwrap();
    (event["starts_at"].as_str().unwrap().to_owned(), event["revision"].as_i64().unwrap())
}

/// The log's lines about corrected times.
fn moves(log: &std::path::Path) -> Vec<Value> {
    let log = std::fs::read_to_string(log).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["message"].as_str().is_some_and(|output| output.contains("has moved"))).collect()
}

fn corrected(revision: i64) -> (String, i64) {
    ("2090-01-15T17:00:00Z".to_owned(), revision)
}

async fn a_start_corrects_once(engine: Engine) {
    let database = prepare(engine).await;
    let log = database.directory.path().join("log");
    for _ in 0..2 {
        let server = Server::start(&database, &log);
        assert_eq!(start_and_revision(&server).await, corrected(2));
        let moves = moves(&log);
        assert_eq!(moves.len(), 1, "{moves:?}");
        assert_eq!(moves[0]["slug"], "west");
        assert_eq!(moves[0]["from"], "2090-01-15T18:00:00Z");
        assert_eq!(moves[0]["to"], "2090-01-15T17:00:00Z");
    }
    // `migrate` corrects too, and reports it.
    restore_outdated_times(&database).await;
    let output = succeed(&database, &["migrate"]);
    let expected =
        format!("corrected what is stored of one event by the time zone rules {}", time_zone::rules_version());
    assert!(output.contains(&expected), "{output}");
    assert!(!succeed(&database, &["migrate"]).contains("corrected"));
    assert_eq!(start_and_revision(&Server::start(&database, &log)).await, corrected(3));
}

crate::with_both_engines!(a_start_corrects_once);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_starts_make_one_revision() {
    let database = prepare(Engine::Postgres).await;
    let logs = ["one", "two"].map(|name| database.directory.path().join(name));
    let database = &database;
    let servers = std::thread::scope(|scope| {
        let starting: Vec<_> = logs.iter().map(|log| scope.spawn(move || Server::start(database, log))).collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for server in &servers {
        assert_eq!(start_and_revision(server).await, corrected(2));
    }
    assert_eq!(logs.iter().map(|log| moves(log).len()).sum::<usize>(), 1);
}
