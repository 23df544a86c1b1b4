//! Reading what is published from a replica: two databases play a primary and a replica that lags as the test has it. What
//! is read from the replica shows a mark that only the replica has. PostgreSQL alone has replicas.

use std::time::Duration;

use plenaria_domain::definition::Definition;
use plenaria_domain::time::Instant;
use plenaria_persistence::Store;
use plenaria_persistence::publication::Mode;
use plenaria_persistence::replica_watch::Likeness;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::app::{START, WEBINAR};
use crate::support::proxy::Proxy;
use crate::support::{Engine, TestApp, TestDatabase, definition, webinar};

/// Longer than the catalogue and the watch of the replica need to learn of something.
const LEARNT: Duration = Duration::from_millis(1600);
const MARK: &str = " (replica)";

async fn publish(database: &TestDatabase, document: &Value) {
    let store = Store::open(&database.url()).await.unwrap();
    store.migrate().await.unwrap();
    let now: Instant = START.parse().unwrap();
    let definition = Definition::read(document, now).unwrap();
    store.publish(&[definition], now, Mode::Apply).await.unwrap();
    store.close().await;
}

/// Puts the mark behind the speakers' names and the events' titles.
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

/// A primary with the webinar, and a replica of it that is marked.
async fn pair() -> (TestDatabase, TestDatabase) {
    let primary = TestDatabase::create(Engine::Postgres).await;
    publish(&primary, &titled("First")).await;
    let replica = primary.copy().await;
    mark(&replica).await;
    (primary, replica)
}

/// The title as anybody sees it.
async fn title(app: &TestApp) -> String {
    app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200)["title"].as_str().unwrap().to_owned()
}

/// Speakers are never kept, so this shows which of the two is asked now.
async fn asks_the_replica(app: &TestApp) -> bool {
    let one = app.get("/v1/speakers/elham-fakhari").await.expect(200);
    let listed = app.get("/v1/speakers").await.expect(200);
    let marked = |name: &Value| name.as_str().unwrap().ends_with(MARK);
    assert!(listed["data"].as_array().unwrap().iter().any(|speaker| speaker["id"] == one["id"]));
    marked(&one["name"])
}

async fn until_it_asks(app: &TestApp, the_replica: bool) {
    for _ in 0..100 {
        if asks_the_replica(app).await == the_replica {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never asks {}", if the_replica { "the replica" } else { "the primary" });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_is_old() {
    let (primary, replica) = pair().await;
    let app = TestApp::start_with_replica(primary, &replica.environment()).await;
    until_it_asks(&app, true).await;
    assert_eq!(title(&app).await, format!("First{MARK}"));
    let listed = app.get("/v1/events").await.expect(200);
    assert_eq!(listed["data"][0]["title"], format!("First{MARK}"));

    // The replica lags: nobody sees the old title once the new one was there, at latest a second after its publication.
    publish(&app.database, &titled("Second")).await;
    let begun = std::time::Instant::now();
    let (mut seen, mut late) = (false, 0);
    while begun.elapsed() < LEARNT * 2 {
        let now = title(&app).await;
        assert!(now == "Second" || (!seen && now == format!("First{MARK}")), "{now}");
        seen |= now == "Second";
        late += u32::from(!seen && begun.elapsed() > Duration::from_secs(1));
    }
    assert!(seen && late == 0 && !asks_the_replica(&app).await);
    let programme = app.get(&format!("/v1/events/{WEBINAR}/programme")).await.expect(200);
    assert_eq!(programme["event"]["title"], "Second");

    // It has caught up, and is asked again; what was read meanwhile is right as it is.
    publish(&replica, &titled("Second")).await;
    mark(&replica).await;
    until_it_asks(&app, true).await;
    assert_eq!(title(&app).await, "Second");

    // What is new is found at once, though the replica does not have it.
    publish(&app.database, &definition("brand-new", None, false)).await;
    app.get("/v1/events/brand-new").await.expect(200);
}

/// A publisher through the same process is shown what it published, at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_publishes_is_shown_it() {
    let (primary, replica) = pair().await;
    let app = TestApp::start_with_replica(primary, &replica.environment()).await;
    until_it_asks(&app, true).await;
    let mut document = titled("Second");
    document["speakers"][1]["name"] = json!("Elham F.");
    let changed = Definition::read(&document, app.now()).unwrap();
    app.store.publish(&[changed], app.now(), Mode::Apply).await.unwrap();
    assert_eq!(app.get("/v1/speakers/elham-fakhari").await.expect(200)["name"], "Elham F.");
    // The replica gets the same, and is asked again.
    publish(&replica, &document).await;
    mark(&replica).await;
    until_it_asks(&app, true).await;
    tokio::time::sleep(LEARNT).await;
    assert!(title(&app).await.starts_with("Second"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_ahead_is_not_asked() {
    let (primary, replica) = pair().await;
    publish(&replica, &titled("Not yet")).await;
    mark(&replica).await;
    let app = TestApp::start_with_replica(primary, &replica.environment()).await;
    tokio::time::sleep(LEARNT).await;
    assert!(!asks_the_replica(&app).await);
    assert_eq!(title(&app).await, "First");
    let likeness = app.store.compare_replica().await.unwrap();
    assert!(matches!(likeness, Some(Likeness::OtherVersion { replica: 2, primary: 1 })), "{likeness:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_database_is_not_asked_even_at_the_same_version() {
    let (primary, other) = (TestDatabase::create(Engine::Postgres).await, TestDatabase::create(Engine::Postgres).await);
    for database in [&primary, &other] {
        publish(database, &titled("First")).await;
    }
    mark(&other).await;
    let app = TestApp::start_with_replica(primary, &other.environment()).await;
    let likeness = app.store.compare_replica().await.unwrap();
    assert!(matches!(likeness, Some(Likeness::Foreign)), "{likeness:?}");
    tokio::time::sleep(LEARNT).await;
    assert!(!asks_the_replica(&app).await);
    assert_eq!(title(&app).await, "First");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_it_the_primary_answers() {
    let (primary, replica) = pair().await;
    let (mut proxy, url) = Proxy::before(&replica.environment()).await;
    let app = TestApp::start_with_replica(primary, &url).await;
    until_it_asks(&app, true).await;
    let is_ready = || async { app.get("/health/ready").await.expect(200) };
    proxy.go().await;
    assert!(!asks_the_replica(&app).await);
    is_ready().await;
    assert!(!asks_the_replica(&app).await);
    proxy.come_back();
    until_it_asks(&app, true).await;
    // It is there and says nothing more: one who asks waits for a second, and those after them for nothing.
    proxy.swallow();
    let begun = std::time::Instant::now();
    assert!(!asks_the_replica(&app).await);
    let first = begun.elapsed();
    assert!(first < Duration::from_secs(2), "{first:?}");
    is_ready().await;
    until_it_asks(&app, true).await;
}

/// As when a standby takes over that had not had the last publication, and another one gets its version.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publications_that_were_lost_are_forgotten() {
    let primary = TestDatabase::create(Engine::Postgres).await;
    publish(&primary, &titled("First")).await;
    let app = TestApp::start_with_replica(primary, "postgres://127.0.0.1:1/nowhere").await;
    publish(&app.database, &titled("Lost")).await;
    tokio::time::sleep(LEARNT).await;
    assert_eq!(title(&app).await, "Lost");
    let connection = app.database.connect().await;
    for sql in [
        "UPDATE events SET changed_in = 1, document = jsonb_set(document::jsonb, '{title}', '{\"en\": \"First\"}')",
        "UPDATE catalogue SET version = 1",
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    tokio::time::sleep(LEARNT).await;
    assert_eq!(title(&app).await, "First");
    publish(&app.database, &titled("Third")).await;
    tokio::time::sleep(LEARNT).await;
    assert_eq!(title(&app).await, "Third");
}
