//! Reading published data from a replica. Two databases act as primary and replica, whose lag the tests control. Data in
//! the replica carries a mark, so that a response shows where it was read. Replicas exist on PostgreSQL only.

use std::time::Duration;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::Store;
use plenaria_persistence::database::replica::monitor::ReplicaComparison;
use plenaria_persistence::events::publish::outcome::PublishMode;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::database::proxy::Proxy;
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::server::app::{START, TestApp};
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

/// Longer than the event cache and the replica monitor need to notice a change.
const NOTICED: Duration = Duration::from_millis(1600);
const MARK: &str = " (replica)";

async fn publish(database: &TestDatabase, document: &Value) {
    let store = Store::open(&database.url()).await.unwrap();
    store.migrate().await.unwrap();
    let now: Instant = START.parse().unwrap();
    let definition = Definition::parse(document, now).unwrap();
    store.publish(&[definition], now, PublishMode::Apply).await.unwrap();
    store.close().await;
}

/// Appends the mark to the speakers' names and the events' titles.
async fn mark(replica: &TestDatabase) {
    let connection = replica.connect().await;
    for sql in [
        format!("UPDATE speakers SET card = jsonb_set(card::jsonb, '{{name}}', to_jsonb((card->>'name') || '{MARK}'))"),
        format!(
            "UPDATE events SET document = jsonb_set(document::jsonb, '{{title}}', \
             jsonb_build_object('en', (document->'title'->>'en') || '{MARK}')) WHERE document->'title'->>'en' IS NOT NULL"
        ),
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn titled(title: &str) -> Value {
    let mut document = webinar();
    document["title"] = json!({"en": title});
    document
}

/// A primary with the webinar, and its marked replica.
async fn pair() -> (TestDatabase, TestDatabase) {
    let primary = TestDatabase::create(Engine::Postgres).await;
    publish(&primary, &titled("First")).await;
    let replica = primary.copy().await;
    mark(&replica).await;
    (primary, replica)
}

/// The event's title in the API.
async fn title(app: &TestApp) -> String {
    app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200)["title"].as_str().unwrap().to_owned()
}

/// Whether reads go to the replica now. Speakers are never cached.
async fn reads_the_replica(app: &TestApp) -> bool {
    let one = app.get("/v1/speakers/elham-fakhari").await.expect(200);
    let listed = app.get("/v1/speakers").await.expect(200);
    let marked = |name: &Value| name.as_str().unwrap().ends_with(MARK);
    assert!(listed["data"].as_array().unwrap().iter().any(|speaker| speaker["id"] == one["id"]));
    marked(&one["name"])
}

async fn wait_until_read(app: &TestApp, the_replica: bool) {
    for _ in 0..100 {
        if reads_the_replica(app).await == the_replica {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never reads {}", if the_replica { "the replica" } else { "the primary" });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stale_replicas_are_not_read() {
    let (primary, replica) = pair().await;
    let app = TestApp::start_with_replica(primary, &replica.environment()).await;
    wait_until_read(&app, true).await;
    assert_eq!(title(&app).await, format!("First{MARK}"));
    let listed = app.get("/v1/events").await.expect(200);
    assert_eq!(listed["data"][0]["title"], format!("First{MARK}"));

    // The replica lags: the new title appears within a second of its publication, and the old one never again.
    publish(&app.database, &titled("Second")).await;
    let started = std::time::Instant::now();
    let (mut is_new, mut late) = (false, 0);
    while started.elapsed() < NOTICED * 2 {
        let now = title(&app).await;
        assert!(now == "Second" || (!is_new && now == format!("First{MARK}")), "{now}");
        is_new |= now == "Second";
        late += u32::from(!is_new && started.elapsed() > Duration::from_secs(1));
    }
    assert!(is_new && late == 0 && !reads_the_replica(&app).await);
    let programme = app.get(&format!("/v1/events/{WEBINAR}/programme")).await.expect(200);
    assert_eq!(programme["event"]["title"], "Second");

    // The replica has caught up, and is read again; what was cached meanwhile stays.
    publish(&replica, &titled("Second")).await;
    mark(&replica).await;
    wait_until_read(&app, true).await;
    assert_eq!(title(&app).await, "Second");

    // A new event is found at once, although the replica does not have it.
    publish(&app.database, &definition("brand-new", None, false)).await;
    app.get("/v1/events/brand-new").await.expect(200);
}

/// A publication through the same process is visible at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_read_their_own_writes() {
    let (primary, replica) = pair().await;
    let app = TestApp::start_with_replica(primary, &replica.environment()).await;
    wait_until_read(&app, true).await;
    let mut document = titled("Second");
    document["speakers"][1]["name"] = json!("Elham F.");
    let changed = Definition::parse(&document, app.now()).unwrap();
    app.store.publish(&[changed], app.now(), PublishMode::Apply).await.unwrap();
    assert_eq!(app.get("/v1/speakers/elham-fakhari").await.expect(200)["name"], "Elham F.");
    // The replica gets the same publication, and is read again.
    publish(&replica, &document).await;
    mark(&replica).await;
    wait_until_read(&app, true).await;
    tokio::time::sleep(NOTICED).await;
    assert!(title(&app).await.starts_with("Second"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_ahead_of_the_primary_is_not_read() {
    let (primary, replica) = pair().await;
    publish(&replica, &titled("Not yet")).await;
    mark(&replica).await;
    let app = TestApp::start_with_replica(primary, &replica.environment()).await;
    tokio::time::sleep(NOTICED).await;
    assert!(!reads_the_replica(&app).await);
    assert_eq!(title(&app).await, "First");
    let comparison = app.store.compare_replica().await.unwrap();
    assert!(matches!(comparison, Some(ReplicaComparison::OtherVersion { replica: 2, primary: 1 })), "{comparison:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_different_database_is_not_read_at_an_equal_version() {
    let (primary, other) = (TestDatabase::create(Engine::Postgres).await, TestDatabase::create(Engine::Postgres).await);
    for database in [&primary, &other] {
        publish(database, &titled("First")).await;
    }
    mark(&other).await;
    let app = TestApp::start_with_replica(primary, &other.environment()).await;
    let comparison = app.store.compare_replica().await.unwrap();
    assert!(matches!(comparison, Some(ReplicaComparison::DifferentDatabase)), "{comparison:?}");
    tokio::time::sleep(NOTICED).await;
    assert!(!reads_the_replica(&app).await);
    assert_eq!(title(&app).await, "First");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_primary_serves_reads_without_a_replica() {
    let (primary, replica) = pair().await;
    let (mut proxy, url) = Proxy::in_front_of(&replica.environment()).await;
    let app = TestApp::start_with_replica(primary, &url).await;
    wait_until_read(&app, true).await;
    let is_ready = || async { app.get("/health/ready").await.expect(200) };
    proxy.stop().await;
    assert!(!reads_the_replica(&app).await);
    is_ready().await;
    assert!(!reads_the_replica(&app).await);
    proxy.restart();
    wait_until_read(&app, true).await;
    // The replica hangs: the first read waits for a second, and later ones do not wait.
    proxy.silence();
    let started = std::time::Instant::now();
    assert!(!reads_the_replica(&app).await);
    let first = started.elapsed();
    assert!(first < Duration::from_secs(2), "{first:?}");
    is_ready().await;
    wait_until_read(&app, true).await;
}

/// As after failing over to a standby without the last publication, when another publication gets its version.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_publications_leave_the_cache() {
    let primary = TestDatabase::create(Engine::Postgres).await;
    publish(&primary, &titled("First")).await;
    let app = TestApp::start_with_replica(primary, "postgres://127.0.0.1:1/nowhere").await;
    publish(&app.database, &titled("Lost")).await;
    tokio::time::sleep(NOTICED).await;
    assert_eq!(title(&app).await, "Lost");
    let connection = app.database.connect().await;
    for sql in [
        "UPDATE events SET catalogue_version = 1, document = jsonb_set(document::jsonb, '{title}', '{\"en\": \"First\"}')",
        "UPDATE catalogue SET version = 1",
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    tokio::time::sleep(NOTICED).await;
    assert_eq!(title(&app).await, "First");
    publish(&app.database, &titled("Third")).await;
    tokio::time::sleep(NOTICED).await;
    assert_eq!(title(&app).await, "Third");
}
