//! The feed under concurrency: several instances, transactions that commit out of order, and a restart.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, FromQueryResult as _, Statement, TransactionTrait as _};
use serde_json::{Value, json};
use tokio::sync::{RwLock, watch};
use uuid::Uuid;

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

/// The public URL of all instances, for which tokens are issued.
const URL: &str = "http://api.example.org";
/// The number of people that each writer registers.
const PEOPLE: usize = 60;

fn with_public_url(settings: &mut crate::support::server::app::TestSettings) {
    settings.public_url = Some(URL.to_owned());
}

async fn every_change_is_delivered_once(engine: Engine) {
    let app = TestApp::start_with(engine, with_public_url).await;
    let mut event = definition("rush", Some(20), true);
    event["owner"] = json!("metropolis");
    let event_id = app.publish(&event).await.id.0;
    let token = app.token_of("metropolis", "registrations:read").await;

    // The reader's instance is stopped under load, and another replaces it.
    let (base, stopper) = app.another_instance_with(with_public_url).await;
    let base = Arc::new(RwLock::new(base));
    let (done, finished) = watch::channel(false);
    let reader = tokio::spawn(read_all(app.client.clone(), Arc::clone(&base), token, finished));
    let restart = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        stopper.stop().await;
        *base.write().await = app.another_instance_with(with_public_url).await.0;
    };
    let mut instances = vec![app.base.clone()];
    if engine == Engine::Postgres {
        instances.push(app.another_instance_with(with_public_url).await.0);
    }
    let writers = join_all((0..4).map(|writer| write(&app, &instances[writer % instances.len()], writer)));
    let late = async {
        if engine == Engine::Postgres {
            join_all((0..4).map(|n| commit_late(&app, event_id, n))).await;
        }
    };
    tokio::join!(writers, late, restart);
    done.send_replace(true);
    let received = tokio::time::timeout(Duration::from_mins(1), reader).await.expect("the reader ends").unwrap();
    compare(&app, &received).await;
}

/// Registers people and, ten people later, cancels half of them, so that people on the waiting list are promoted.
async fn write(app: &TestApp, base: &str, writer: usize) {
    let mut registered = Vec::new();
    for n in 0..PEOPLE {
        let path = format!("{base}/v1/events/rush/registrations");
        let body = person(&format!("person-{writer}-{n}@example.org"));
        let response = app.client.post(path).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let registration: Value = response.json().await.unwrap();
        registered.push(registration);
        if (10..10 + PEOPLE / 2).contains(&n) {
            let registration = &registered[n - 10];
            let path = format!("{base}/v1/registrations/{}/cancel", registration["id"].as_str().unwrap());
            let token = registration["manage_token"].as_str().unwrap();
            assert_eq!(app.client.post(path).bearer_auth(token).send().await.unwrap().status(), 200);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Runs transactions that insert changes with old and future ids, and commit or roll back after a delay.
async fn commit_late(app: &TestApp, event: Uuid, number: u64) {
    let connection = app.database.connect().await;
    for round in 0..8 {
        let transaction = connection.begin().await.unwrap();
        let registration = Uuid::now_v7();
        for sequence in 1..=3 {
            // Ids of the past and of the future.
            let mut id = *Uuid::now_v7().as_bytes();
            id[1] = if (round + number).is_multiple_of(2) { 0 } else { 0xff };
            let sql = format!(
                "INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES \
                 ('{}', 'registration.updated', '{event}', '{registration}', {sequence}, \
                 '2026-11-23T09:00:0{}Z', '{{\"status\": \"confirmed\"}}')",
                Uuid::from_bytes(id),
                9 - sequence
            );
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(40 + 60 * ((round * 3 + number) % 4))).await;
        if round % 4 == 3 {
            transaction.rollback().await.unwrap();
        } else {
            transaction.commit().await.unwrap();
        }
    }
    connection.close().await.unwrap();
}

/// Follows the feed from its beginning, across restarts, until the writers have finished and a page is empty.
async fn read_all(
    client: reqwest::Client,
    base: Arc<RwLock<String>>,
    token: String,
    finished: watch::Receiver<bool>,
) -> Vec<Value> {
    let mut received = Vec::new();
    let mut cursor = String::new();
    loop {
        let last = *finished.borrow();
        let url = format!("{}/v1/changes?limit=7&wait=2{cursor}", base.read().await);
        let response = async { client.get(url).bearer_auth(&token).send().await?.json::<Value>().await };
        let Ok(page) = response.await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let data = page["data"].as_array().unwrap_or_else(|| panic!("{page:#}"));
        if last && data.is_empty() {
            return received;
        }
        received.extend(data.iter().cloned());
        cursor = format!("&cursor={}", page["page"]["next_cursor"].as_str().unwrap());
    }
}

/// Asserts that the reader received every change once, in order for each registration.
async fn compare(app: &TestApp, received: &[Value]) {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        position: i64,
        id: Uuid,
    }
    let connection = app.database.connect().await;
    let query = |sql: &str| Statement::from_string(connection.get_database_backend(), sql);
    let sql = "SELECT position, id FROM changes ORDER BY position";
    let rows = Row::find_by_statement(query(sql)).all(&connection).await.unwrap();
    let left = connection.query_all_raw(query("SELECT id FROM outbox")).await.unwrap();
    assert!(left.is_empty(), "{} are left in the outbox", left.len());
    assert!(rows.iter().map(|r| r.position).eq(1..=i64::try_from(rows.len()).unwrap()), "positions have a gap");
    let ids: Vec<String> = rows.iter().map(|r| r.id.to_string()).collect();
    let received_ids: Vec<&str> = received.iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(received_ids.iter().collect::<HashSet<_>>().len(), received.len(), "a change came twice");
    assert!(received_ids == ids, "{} were received, {} are there, or in another order", received_ids.len(), ids.len());
    let mut sequences: HashMap<&str, i64> = HashMap::new();
    for change in received {
        let Some(registration) = change["data"]["registration"]["id"].as_str() else { continue };
        let sequence = change["sequence"].as_i64().unwrap();
        let before = sequences.insert(registration, sequence).unwrap_or(0);
        assert_eq!(before + 1, sequence, "{registration}");
    }
    let of = |kind: &str| received.iter().filter(|c| c["type"] == kind).count();
    assert_eq!(of("registration.created"), 4 * PEOPLE);
    assert_eq!(of("registration.cancelled"), 2 * PEOPLE);
    assert_eq!(of("event.published"), 1);
    assert!(of("registration.promoted") > 0);
    let late = if app.database.engine == Engine::Postgres { 4 * 6 * 3 } else { 0 };
    assert_eq!(of("registration.updated"), late, "changes that were rolled back never appear");
}

crate::with_both_engines!(every_change_is_delivered_once);
