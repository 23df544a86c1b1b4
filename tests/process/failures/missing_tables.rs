//! Background tasks whose tables are gone for a while: a database error is not a failure of the task, which waits and tries
//! again by itself, so the supervisor restarts nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::feed::{DEFINITION, token};
use super::mail::files;
use crate::metrics::{address, wait_for};
use crate::program::{Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::person;
use crate::support::webhooks::receiver::Receiver;

/// A table that a task needs, and what the program logs without it.
const TABLES: [(&str, &str); 3] = [
    ("feed", "the feed of changes stands still"),
    ("messages", "mail waits for the database"),
    ("webhook_deliveries", "webhooks wait for the database"),
];
const RESTARTS: &str = "plenaria_background_task_restarts_total";

async fn tasks_outlive_the_loss_of_their_tables(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    let log = database.directory.path().join("log");
    let mut program = command(&database);
    program.env("PLENARIA_PUBLIC_URL", "http://api.example.org").env("PLENARIA_WEBHOOKS_ALLOW_PRIVATE", "true");
    program.env("PLENARIA_METRICS_LISTEN", "127.0.0.1:0");
    let server = Server::start_command(program, &log);
    let token = token(&database, &server.base, "registrations:read webhooks:manage").await;
    let (client, receiver) = (http(), Receiver::start().await);
    let endpoint = client.post(format!("{}/v1/webhook-endpoints", server.base)).bearer_auth(&token);
    let endpoint = endpoint.json(&json!({ "url": receiver.url })).send().await.unwrap();
    assert_eq!(endpoint.status(), 201);

    for (table, _) in TABLES {
        database.execute(&format!("ALTER TABLE {table} RENAME TO {table}_away")).await;
    }
    for (table, message) in TABLES {
        let mut attempts = 0;
        while !std::fs::read_to_string(&log).unwrap().contains(message) {
            assert!(attempts < 600, "without {table}, the log should say “{message}”");
            attempts += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    for (table, _) in TABLES {
        database.execute(&format!("ALTER TABLE {table}_away RENAME TO {table}")).await;
    }

    let request = client.post(format!("{}/v1/events/hot/registrations", server.base));
    let registered = request.json(&person("ana@example.org")).send().await.unwrap();
    assert_eq!(registered.status(), 201);
    let registered: Value = registered.json().await.unwrap();
    let of_ana = |change: &Value| change["data"]["registration"]["id"] == registered["id"];
    let mail = database.directory.path().join("mail");
    let mut arrived = (false, false, false);
    for _ in 0..600 {
        let page = client.get(format!("{}/v1/changes?limit=100", server.base)).bearer_auth(&token).send().await;
        let page: Value = page.unwrap().json().await.unwrap();
        let in_feed = page["data"].as_array().unwrap().iter().any(of_ana);
        let by_webhook = receiver.all().iter().any(|received| of_ana(&received.json()));
        arrived = (in_feed, files(&mail).contains_key("ana@example.org"), by_webhook);
        if arrived == (true, true, true) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(arrived, (true, true, true), "in the feed, by mail, by webhook");

    let (_, metrics) = wait_for(&address(&log), |metrics| metrics.names().contains(RESTARTS)).await;
    for task in ["sequencer", "delivery"] {
        assert_eq!(metrics.value(RESTARTS, &[("task", task)]), Some(0.0), "{task}");
    }
    assert!(!std::fs::read_to_string(&log).unwrap().contains("it is restarted"));
}

crate::with_both_engines!(tasks_outlive_the_loss_of_their_tables);
