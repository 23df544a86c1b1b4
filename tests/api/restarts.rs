//! The supervisor restarts the delivery thread after a panic, in a running server.
//!
//! The panic is a real one: the clock of the mail worker is set to the last instant that there is, after which no lease can
//! end. The tests run in one thread, so that they see what the supervisor logs.

use std::fs::File;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use plenaria_delivery::mail::config::Destination;
use plenaria_delivery::mail::transport::smtp_server::MailServer as MailAddress;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_persistence::Store;
use plenaria_server::background;
use plenaria_server::supervisor::Supervisor;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;
use serde_json::Value;

use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::exposition::Exposition;
use crate::support::mail::smtp_server::MailServer;
use crate::support::mail::worker::{mail_config, webhook_config};
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;

/// How often the delivery thread was restarted, as the metrics tell it.
#[allow(clippy::cast_possible_truncation, reason = "a small counter")]
fn restarts(registry: &Registry) -> i64 {
    let mut text = String::new();
    prometheus_text::encode(&mut text, registry).unwrap();
    let metrics = Exposition::parse(&text);
    metrics.value("plenaria_background_task_restarts_total", &[("task", "delivery")]).expect("a counter") as i64
}

async fn a_delivery_thread_that_panicked_is_restarted(engine: Engine) {
    let app = TestApp::start(engine).await;
    let log = app.database.directory.path().join("log");
    let subscriber = tracing_subscriber::fmt().json().with_writer(Arc::new(File::create(&log).unwrap())).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let server = MailServer::start().await;
    let clock = Clock::manual(app.now());
    let destination = Destination::Smtp(MailAddress::new(&server.url()).unwrap());
    let mail = mail_config(&app, destination, clock.clone());
    // As in the program, whose delivery has its own connections on PostgreSQL.
    let store = match engine {
        Engine::Postgres => Store::open(&app.database.url()).await.unwrap(),
        Engine::Sqlite => app.store.clone(),
    };
    let (mut supervisor, mut registry) = (Supervisor::default(), Registry::with_prefix("plenaria"));
    supervisor.register(&mut registry);
    background::start_delivery(&mut supervisor, &store, app.head.clone(), webhook_config(&app), mail).unwrap();
    app.publish(&owned("mine", "metropolis", &[])).await;
    app.registered("mine", "before@example.org").await;
    server.wait_for_exactly(1).await;
    assert_eq!(restarts(&registry), 0);

    clock.set(Instant::MAX_UTC);
    while restarts(&registry) < 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    clock.set(app.now());
    let (id, ..) = app.registered("mine", "after@example.org").await;
    let mails = server.wait_for_exactly(2).await;
    assert_eq!(mails[1].to, "after@example.org");
    let token = app.partner("metropolis").await;
    let page = app.send("GET", "/v1/changes?limit=100", Some(&token), None).await.expect(200);
    let changes = page["data"].as_array().unwrap();
    assert!(changes.iter().any(|change| change["data"]["registration"]["id"] == id.as_str()), "{changes:#?}");

    assert_eq!(restarts(&registry), 1);
    supervisor.stop().await.unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failures: Vec<&Value> = lines.iter().filter(|line| line["fields"]["task"] == "delivery").collect();
    let [failure] = failures[..] else { panic!("{failures:#?}") };
    assert_eq!(failure["fields"]["message"], "a background task failed; it is restarted");
    assert_eq!(failure["fields"]["error"], "the delivery thread panicked");
    assert_eq!(failure["fields"]["restart_in_s"], 1);
}

#[tokio::test]
async fn a_delivery_thread_that_panicked_is_restarted_with_postgresql() {
    a_delivery_thread_that_panicked_is_restarted(Engine::Postgres).await;
}

#[tokio::test]
async fn a_delivery_thread_that_panicked_is_restarted_with_sqlite() {
    a_delivery_thread_that_panicked_is_restarted(Engine::Sqlite).await;
}

/// A connection belongs to the runtime that opened it: the first statement over it fails once that runtime has ended, unless
/// the store has discarded it.
#[tokio::test]
async fn no_statement_fails_over_the_connections_of_a_thread_that_ended() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let pings = |store: Store| async move { join_all((0..8).map(|_| store.ping())).await };
    for discard in [false, true] {
        let store = Store::open(&database.url()).await.unwrap();
        let of_thread = store.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let results = pings(of_thread).await;
                // Connections return to the pool in tasks of the runtime.
                tokio::time::sleep(Duration::from_millis(200)).await;
                results
            })
        });
        let in_thread = tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
        assert!(in_thread.iter().all(Result::is_ok), "{in_thread:?}");
        if discard {
            store.discard_idle_connections();
        }
        let here = pings(store.clone()).await;
        assert_eq!(here.iter().all(Result::is_ok), discard, "{here:?}");
    }
}
