//! Partners with webhook endpoints, and workers that send webhooks to them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use plenaria_delivery::webhooks::config::WebhookConfig;
use plenaria_delivery::worker::Worker;
use plenaria_domain::webhook::AddressPolicy;
use plenaria_http::auth::keys::{SecretKey, SecretKeys};
use plenaria_persistence::Store;
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::TestClient;
use crate::support::webhooks::receiver::{Received, Receiver};

const MANAGE: &str = "webhooks:manage registrations:read registrations:write";

/// Runs each on both engines, on a server that takes endpoints at private addresses.
#[macro_export]
macro_rules! with_receivers_on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let engine = $crate::support::database::test_database::Engine::Postgres;
                super::$name($crate::support::webhooks::worker::start(engine).await).await;
            })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let engine = $crate::support::database::test_database::Engine::Sqlite;
                super::$name($crate::support::webhooks::worker::start(engine).await).await;
            })+
        }
    };
}

pub async fn start(engine: Engine) -> TestApp {
    TestApp::start_with(engine, |settings| settings.webhook_address_policy = AddressPolicy::Any).await
}

pub fn secrets() -> SecretKeys {
    SecretKeys { current: SecretKey::from_bytes([7; 32]), previous: None }
}

/// A worker that waits half a second for each response.
pub async fn worker(app: &TestApp) -> Worker {
    worker_with(app, config(app)).await
}

/// A worker with the test's settings. On PostgreSQL it has its own connections, since connections belong to the thread that
/// opened them and the test outlives the worker's thread.
pub async fn worker_with(app: &TestApp, config: WebhookConfig) -> Worker {
    let store = match app.database.engine {
        Engine::Postgres => Store::open(&app.database.url()).await.expect("an open store"),
        Engine::Sqlite => app.store.clone(),
    };
    Worker::start(&store, app.head.clone(), config, None).expect("a worker")
}

/// The settings of a test's worker.
pub fn config(app: &TestApp) -> WebhookConfig {
    WebhookConfig {
        public_url: app.base.clone(),
        keys: secrets().webhook_keys(),
        address_policy: AddressPolicy::Any,
        clock: app.clock.clone(),
        timeout: Duration::from_millis(500),
        poll_interval: Duration::from_millis(50),
    }
}

/// An organiser with an event, a client, and an endpoint at a receiver.
pub struct Partner {
    pub client: TestClient,
    pub endpoint: String,
    pub secret: String,
    pub receiver: Receiver,
}

impl Partner {
    pub async fn new(app: &TestApp, organisation: &str, types: &[&str]) -> Self {
        let (client, receiver) = (app.add_client(organisation, MANAGE).await, Receiver::start().await);
        let token = app.token(&client).await;
        let (endpoint, secret) = app.endpoint(&token, &json!({"url": receiver.url, "types": types})).await;
        Self { client, endpoint, secret, receiver }
    }

    /// Calls something of the endpoint, with a fresh token: time may have gone on.
    pub async fn call(&self, app: &TestApp, method: &str, path: &str, body: Option<&Value>) -> TestResponse {
        let token = app.token(&self.client).await;
        app.send(method, &format!("/v1/webhook-endpoints/{}{path}", self.endpoint), Some(&token), body).await
    }

    pub async fn deliveries(&self, app: &TestApp, query: &str) -> Vec<Value> {
        let page = self.call(app, "GET", &format!("/deliveries?limit=100{query}"), None).await.expect(200);
        page["data"].as_array().unwrap().clone()
    }

    /// Waits until so many of its messages stand so.
    pub async fn until(&self, app: &TestApp, status: &str, number: usize) -> Vec<Value> {
        for _ in 0..3_000 {
            let all = self.deliveries(app, &format!("&status={status}")).await;
            if all.len() >= number {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{number} should be {status}: {:#?}", self.deliveries(app, "").await);
    }

    /// Waits until so many of its messages were tried so often, and that is written down.
    pub async fn until_tried(&self, app: &TestApp, attempts: usize, number: usize) {
        for _ in 0..3_000 {
            let all = self.deliveries(app, "").await;
            if all.iter().filter(|one| one["attempts"].as_u64() >= Some(attempts as u64)).count() >= number {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{number} should be tried {attempts} times: {:#?}", self.deliveries(app, "").await);
    }

    pub async fn until_disabled(&self, app: &TestApp, reason: &str) {
        for _ in 0..3_000 {
            let endpoint = self.call(app, "GET", "", None).await.expect(200);
            if endpoint["status"] == "disabled" {
                assert_eq!(endpoint["disabled_reason"], reason);
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it should be disabled");
    }
}

/// Registers so many people, and cancels every second one.
pub async fn some_come_some_go(app: &TestApp, event: &str, from: usize, number: usize) {
    for n in from..from + number {
        let (id, token, _) = app.registered(event, &format!("person-{n}@example.org")).await;
        if n % 2 == 1 {
            app.cancel(&id, &token).await.expect(200);
        }
    }
}

/// Each registration's changes were taken in the order of their revisions, without a gap, if doubles are left out.
pub fn in_order(taken: &[Received]) {
    let mut last: HashMap<String, i64> = HashMap::new();
    let mut seen = HashSet::new();
    for one in taken.iter().filter(|one| seen.insert(one.id().to_owned())) {
        let Some(registration) = one.registration() else { continue };
        let revision = one.json()["data"]["registration"]["revision"].as_i64().unwrap();
        let before = last.insert(registration.clone(), revision).unwrap_or(0);
        assert_eq!(revision, before + 1, "{registration}");
    }
}

pub fn different(all: &[Received]) -> usize {
    all.iter().map(Received::id).collect::<HashSet<_>>().len()
}
