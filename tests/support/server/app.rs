//! A server in the test's process, with a clock that the test sets. It is composed exactly as the program composes it.

use std::net::TcpListener;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_domain::webhook::AddressPolicy;
use plenaria_http::auth::ConfirmationTokens;
use plenaria_http::auth::keys::{SecretKey, SecretKeys};
use plenaria_http::request::origin::Origins;
use plenaria_http::settings::HttpConfig;
use plenaria_http::startup::Stopper;
use plenaria_persistence::Store;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::outcome::{PublishMode, Published};
use plenaria_server::background;
use plenaria_server::maintenance::Retention;
use plenaria_server::supervisor::Supervisor;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::http::response::TestResponse;
use crate::support::server::sample_events::person;

/// By this time every instance has noticed a publication, on a busy machine too; they look eight times as often.
const NOTICED: Duration = Duration::from_millis(800);

/// When the tests begin: the real webinar is ahead.
pub const START: &str = "2026-11-23T09:00:00Z";

/// A running server.
pub struct TestApp {
    pub base: String,
    pub client: reqwest::Client,
    pub clock: Clock,
    pub store: Store,
    pub database: TestDatabase,
    /// The last position of the change feed, as far as the server knows.
    pub head: watch::Receiver<i64>,
}

impl TestApp {
    /// A server with an empty database.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| ()).await
    }

    /// The same with other settings.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut TestSettings)) -> Self {
        let database = TestDatabase::create(engine).await;
        let store = Store::open(&database.url()).await.expect("an open store");
        store.migrate().await.expect("a migrated database");
        let clock = Clock::manual(START.parse().expect("an instant"));
        let (base, _, head) = serve(store.clone(), clock.clone(), change).await;
        let client = http();
        Self { base, client, clock, store, database, head }
    }

    /// A server with this database, which has a schema, that reads what is published from a replica.
    pub async fn start_with_replica(database: TestDatabase, replica: &str) -> Self {
        let store = Store::open(&database.url()).await.expect("an open store");
        let store = store.with_replica(replica).await.expect("a store with a replica");
        let clock = Clock::manual(START.parse().expect("an instant"));
        let (base, _, head) = serve(store.clone(), clock.clone(), |_| ()).await;
        Self { base, client: http(), clock, store, database, head }
    }

    /// Another instance on the same database, with its own connections; its base address.
    pub async fn another_instance(&self) -> String {
        let store = Store::open(&self.database.url()).await.expect("an open store");
        serve(store, self.clock.clone(), |_| ()).await.0
    }

    /// The same with other settings, and with what stops it.
    pub async fn another_instance_with(&self, change: impl FnOnce(&mut TestSettings)) -> (String, Stopper) {
        let store = Store::open(&self.database.url()).await.expect("an open store");
        let (base, stopper, _) = serve(store, self.clock.clone(), change).await;
        (base, stopper)
    }

    pub fn set_time(&self, instant: &str) {
        self.clock.set(instant.parse().expect("an instant"));
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Publishes a definition, as the program does, and waits until this server shows it.
    pub async fn publish(&self, document: &Value) -> Published {
        let slug = document["slug"].as_str().and_then(|slug| Slug::parse(slug).ok()).expect("a slug");
        let before = self.store.definition(None, &EventKey::Slug(slug)).await.expect("a store");
        let before = before.map(|stored| stored.definition);
        let read = Definition::parse_update(document, self.now(), before.as_ref());
        let definition = read.expect("a good definition");
        let mut published = self.store.publish(&[definition], self.now(), PublishMode::Apply).await.expect("published");
        tokio::time::sleep(NOTICED).await;
        published.pop().expect("one")
    }

    /// Publishes a definition whose event asks to confirm addresses.
    pub async fn publish_confirming(&self, document: &Value) {
        let mut definition = Definition::parse(document, self.now()).expect("a good definition");
        definition.registration.email_confirmation = true;
        self.store.publish(&[definition], self.now(), PublishMode::Apply).await.expect("published");
        tokio::time::sleep(NOTICED).await;
    }

    /// The token that the newest mail to a pending address would carry.
    pub async fn confirmation_token(&self, address: &str) -> String {
        self.confirmation_tokens(address).await.pop().expect("a request")
    }

    /// The tokens of all requests that wait for an address, the newest last.
    pub async fn confirmation_tokens(&self, address: &str) -> Vec<String> {
        let connection = self.database.connect().await;
        let slots: Vec<String> = (0..10).map(|number| format!("'{address} {number}'")).collect();
        let sql = format!(
            "SELECT id, created_at FROM registrations WHERE active_email IN ({}) ORDER BY created_at, id",
            slots.join(", ")
        );
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.expect("an answer");
        connection.close().await.expect("closed");
        let token = |row: sea_orm::QueryResult| {
            let id = RegistrationId(row.try_get("", "id").expect("an id"));
            let asked_at = row.try_get::<Instant>("", "created_at").expect("a time");
            ConfirmationTokens::new(&secrets()).sign(id, asked_at).expect("signed")
        };
        rows.into_iter().map(token).collect()
    }

    /// Waits until every change has its place in the feed.
    pub async fn all_told(&self) {
        let connection = self.database.connect().await;
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), "SELECT id FROM outbox");
        while !connection.query_all_raw(statement.clone()).await.expect("rows").is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        connection.close().await.expect("closed");
    }

    pub async fn confirm(&self, token: &str) -> TestResponse {
        self.send("POST", "/v1/registrations/confirm", None, Some(&json!({"confirmation_token": token}))).await
    }

    pub async fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> TestResponse {
        let method_name = method.parse().expect("a method");
        let mut request = self.client.request(method_name, format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        TestResponse::read(method, path, request.send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.send("GET", path, None, None).await
    }

    pub async fn register(&self, event: &str, body: &Value) -> TestResponse {
        self.send("POST", &format!("/v1/events/{event}/registrations"), None, Some(body)).await
    }

    /// Registers and expects success: id and token.
    pub async fn registered(&self, event: &str, email: &str) -> (String, String, Value) {
        let answer = self.register(event, &person(email)).await.expect(201);
        let text = |name: &str| answer[name].as_str().expect("a string").to_owned();
        (text("id"), text("manage_token"), answer)
    }

    pub async fn read(&self, id: &str, token: &str) -> TestResponse {
        self.send("GET", &format!("/v1/registrations/{id}"), Some(token), None).await
    }

    pub async fn cancel(&self, id: &str, token: &str) -> TestResponse {
        self.send("POST", &format!("/v1/registrations/{id}/cancel"), Some(token), None).await
    }

    pub async fn availability(&self, event: &str) -> Value {
        self.get(&format!("/v1/events/{event}/availability")).await.expect(200)
    }
}

/// The settings of a test's server: those of HTTP, and how long data are stored.
pub struct TestSettings {
    pub http: HttpConfig,
    pub retention: Retention,
}

impl Deref for TestSettings {
    type Target = HttpConfig;

    fn deref(&self) -> &HttpConfig {
        &self.http
    }
}

impl DerefMut for TestSettings {
    fn deref_mut(&mut self) -> &mut HttpConfig {
        &mut self.http
    }
}

fn secrets() -> SecretKeys {
    SecretKeys { current: SecretKey::from_bytes([7; 32]), previous: None }
}

async fn serve(
    store: Store,
    clock: Clock,
    change: impl FnOnce(&mut TestSettings),
) -> (String, Stopper, watch::Receiver<i64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let http = HttpConfig {
        public_url: None,
        privacy_notice: "1".to_owned(),
        secrets: secrets(),
        clock,
        shutdown_timeout: Duration::from_secs(1),
        workers: Some(2),
        rate_limits: None,
        trusted_proxies: Vec::new(),
        origins: Origins::Any,
        webhook_address_policy: AddressPolicy::PublicOnly,
        cache_bytes: 32 * 1024 * 1024,
        catalogue_interval: NOTICED / 8,
        metrics: None,
        traced: false,
        max_long_polls: 100,
        reader_timeout: Duration::from_mins(1),
        drain: Duration::ZERO,
        pages: Some(plenaria_web::pages()),
        sandbox: None,
    };
    let retention =
        Retention { changes: chrono::TimeDelta::days(35), personal_data: None, audit: chrono::TimeDelta::days(400) };
    let mut settings = TestSettings { http, retention };
    change(&mut settings);
    let TestSettings { http, retention } = settings;
    let mut supervisor = Supervisor::default();
    let server = background::start_server(&mut supervisor, store, listener, http, retention).await.expect("a server");
    let stopper = server.http.stopper();
    tokio::spawn(async move {
        let _ = server.http.server.await;
        let _ = supervisor.stop().await;
    });
    (format!("http://{address}"), stopper, server.feed_head)
}
