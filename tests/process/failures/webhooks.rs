//! Webhooks when the program that sends them is killed.

use std::collections::HashSet;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::feed::{DEFINITION, token};
use crate::program::{Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::person;
use crate::support::webhooks::receiver::{Received, Receiver, Reply};

/// The number of people that register.
const PEOPLE: usize = 60;

fn program(database: &TestDatabase) -> Command {
    let mut command = command(database);
    command.env("PLENARIA_PUBLIC_URL", "http://api.example.org").env("PLENARIA_WEBHOOKS_ALLOW_PRIVATE", "true");
    command
}

/// Verifies a request's signature and timestamp with the official library.
fn verify(received: &Received, secret: &str) {
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.headers[name].parse().unwrap());
    }
    Webhook::new(secret).unwrap().verify(received.body.as_bytes(), &headers).unwrap();
}

/// An event, a server, and an endpoint with a slow receiver; returns the endpoint's secret too.
async fn prepare(engine: Engine) -> (TestDatabase, Server, Receiver, String) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    let server = Server::start_command(program(&database), &database.directory.path().join("log"));
    let receiver = Receiver::start().await;
    receiver.behave(|_| Reply::Delayed(Duration::from_millis(60)));
    let token = token(&database, &server.base, "webhooks:manage").await;
    let body = json!({"url": receiver.url, "types": ["registration.created"]});
    let request = http().post(format!("{}/v1/webhook-endpoints", server.base)).bearer_auth(token).json(&body);
    let created: Value = request.send().await.unwrap().json().await.unwrap();
    let secret = created["secret"].as_str().expect("a secret").to_owned();
    (database, server, receiver, secret)
}

async fn register(base: &str) {
    for n in 0..PEOPLE {
        let request = http().post(format!("{base}/v1/events/hot/registrations"));
        let response = request.json(&person(&format!("person-{n}@example.org"))).send().await.unwrap();
        assert_eq!(response.status(), 201);
    }
}

/// Asserts that every registration's delivery is received and recorded as delivered.
async fn compare(database: &TestDatabase, receiver: &Receiver, secret: &str) {
    let different = |all: &[Received]| all.iter().map(Received::id).collect::<HashSet<_>>().len();
    let all = receiver.wait_until("every registration should be delivered", |all| different(all) >= PEOPLE).await;
    assert_eq!(different(&all), PEOPLE);
    let registrations: HashSet<String> = all.iter().filter_map(Received::registration).collect();
    assert_eq!(registrations.len(), PEOPLE);
    for received in &all {
        verify(received, secret);
    }
    for _ in 0..2_000 {
        let sql = "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE state = 'delivered'";
        if database.number(sql).await == 60 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not all deliveries were recorded");
}

async fn half_way(receiver: &Receiver) {
    receiver.wait_until("some registrations should be delivered", |all| all.len() >= 15).await;
}

async fn a_killed_server_loses_no_webhook(engine: Engine) {
    let (database, mut server, receiver, secret) = prepare(engine).await;
    register(&server.base).await;
    half_way(&receiver).await;
    server.signal("KILL");
    server.child.wait().unwrap();
    assert!(receiver.all().len() < PEOPLE, "it was killed too late");
    let server = Server::start_command(program(&database), &database.directory.path().join("log"));
    compare(&database, &receiver, &secret).await;
    let log = std::fs::read_to_string(&server.log).unwrap();
    assert!(!log.contains("example.org") && !log.contains("whsec_"), "personal data or a secret in the log");
}

crate::with_both_engines!(a_killed_server_loses_no_webhook);

/// Two workers share the work, one is killed, and later the other is stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_loses_no_webhook() {
    let (database, server, receiver, secret) = prepare(Engine::Postgres).await;
    register(&server.base).await;
    // No server runs from here on.
    drop(server);
    let log = database.directory.path().join("log-of-workers");
    let (mut first, mut other) =
        (Server::start_worker(program(&database), &log), Server::start_worker(program(&database), &log));
    half_way(&receiver).await;
    first.signal("KILL");
    first.child.wait().unwrap();
    compare(&database, &receiver, &secret).await;
    other.signal("TERM");
    assert!(other.child.wait().unwrap().success());
}
