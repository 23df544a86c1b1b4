//! A database with registrations, and SQL that damages it, for the tests of `plenaria doctor`.

use std::process::Output;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failures::feed::token;
use crate::program::{SECRET, Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::person;

/// A time long ago, as an SQL literal.
pub(crate) const OLD: &str = "'2020-01-01T00:00:00+00:00'";

/// A healthy database that tests damage, and the ids of its rows.
pub(crate) struct DamagedDatabase {
    pub database: TestDatabase,
    /// An event with three seats, all taken, and two people on the waiting list.
    pub hot: Uuid,
    /// An event without a capacity and with one registration.
    pub open: Uuid,
    pub confirmed: Vec<Uuid>,
    pub waiting: Vec<Uuid>,
    pub endpoint: Uuid,
    /// The changes in the feed, in their order.
    pub changes: Vec<Uuid>,
    people: usize,
}

/// The kinds of the doctor's findings, each with its ids.
pub(crate) type Findings = Vec<(String, Vec<Uuid>)>;

impl DamagedDatabase {
    /// Creates a healthy database, with no server running.
    pub(crate) async fn create(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        succeed(&database, &["migrate"]);
        for (slug, capacity) in [("hot", "3"), ("open", "null")] {
            let file = database.directory.path().join("event.yaml");
            let definition = format!(
                "slug: {slug}\nstatus: published\nlanguage: en\ntitle: Hot\nstarts: 2090-01-01T10:00\n\
                 time_zone: Etc/UTC\nduration_minutes: 60\nowner: metropolis\ntopics: [cities]\n\
                 registration: {{ capacity: {capacity}, waitlist: true }}\n"
            );
            std::fs::write(&file, definition).unwrap();
            succeed(&database, &["publish", file.to_str().unwrap()]);
        }
        let nil = Uuid::nil();
        let (confirmed, waiting, changes) = (Vec::new(), Vec::new(), Vec::new());
        let mut damaged = Self { database, hot: nil, open: nil, confirmed, waiting, endpoint: nil, changes, people: 0 };
        let server = damaged.serve();
        for _ in 0..3 {
            let id = damaged.register(&server, "hot", "confirmed").await;
            damaged.confirmed.push(id);
        }
        for _ in 0..2 {
            let id = damaged.register(&server, "hot", "waitlisted").await;
            damaged.waiting.push(id);
        }
        damaged.register(&server, "open", "confirmed").await;
        damaged.wait_until_idle().await;
        let token = token(&damaged.database, &server.base, "webhooks:manage").await;
        let request = http().post(format!("{}/v1/webhook-endpoints", server.base)).bearer_auth(token);
        let body = json!({"url": "https://hooks.example.org/", "types": ["registration.created"]});
        let created: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
        damaged.endpoint = created["id"].as_str().expect("an id").parse().unwrap();
        DamagedDatabase::stop(server);
        let slug = |slug: &str| format!("SELECT id FROM events WHERE slug = '{slug}'");
        (damaged.hot, damaged.open) = (damaged.ids(&slug("hot")).await[0], damaged.ids(&slug("open")).await[0]);
        damaged.changes = damaged.ids("SELECT id FROM changes ORDER BY position").await;
        damaged
    }

    pub(crate) fn serve(&self) -> Server {
        let mut command = command(&self.database);
        command.env("PLENARIA_PUBLIC_URL", "https://api.example.org");
        Server::start_command(command, &self.database.directory.path().join("log"))
    }

    pub(crate) fn stop(mut server: Server) {
        server.signal("TERM");
        assert!(server.child.wait().unwrap().success());
    }

    /// Registers the next person, with a key; the registration's id.
    pub(crate) async fn register(&mut self, server: &Server, event: &str, status: &str) -> Uuid {
        self.people += 1;
        let body = person(&format!("person-{}@confidential.example", self.people));
        let request = http().post(format!("{}/v1/events/{event}/registrations", server.base)).json(&body);
        let key = format!("key-of-person-{}", self.people);
        let response = request.header("Idempotency-Key", key).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let created: Value = response.json().await.unwrap();
        assert_eq!(created["status"], status);
        created["id"].as_str().unwrap().parse().unwrap()
    }

    /// Waits until the feed and its readers have processed all changes.
    pub(crate) async fn wait_until_idle(&self) {
        let sql = "SELECT (SELECT COUNT(*) FROM outbox) + f.last_position - m.position + \
                   (SELECT COUNT(*) FROM messages WHERE state = 'pending') + f.last_position - \
                   COALESCE((SELECT MIN(position) FROM webhook_endpoints), f.last_position) AS n \
                   FROM feed AS f CROSS JOIN mail_feed_position AS m";
        for _ in 0..600 {
            if self.number(sql).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the feed and its readers do not finish");
    }

    /// Runs the doctor with these arguments, and asserts that its output has no personal data and no secrets.
    pub(crate) fn doctor(&self, arguments: &[&str]) -> Output {
        let mut command = command(&self.database);
        command
            .env("PLENARIA_PUBLIC_URL", "https://api.example.org")
            .env("PLENARIA_MANAGE_URL", "https://www.example.org/mine")
            .env("PLENARIA_SMTP_URL", "smtps://user:hidden@localhost")
            .env("PLENARIA_MAIL_FROM", "events@example.org")
            .arg("doctor")
            .args(arguments);
        let output = command.output().expect("the program runs");
        let text = format!("{output:?}");
        for private in ["confidential", "person-", "Pérez", "key-of", "hidden", SECRET, "whsec_"] {
            assert!(!text.contains(private), "{private}: {text}");
        }
        output
    }

    /// Runs the doctor: its findings, without those about the settings of the tests' PostgreSQL, and its whole report.
    /// Asserts that the exit status matches the report.
    pub(crate) async fn findings(&self, arguments: &[&str]) -> (Findings, Value) {
        let output = self.doctor(&[&["--json"], arguments].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        assert_eq!(output.status.success(), report["faults"] == 0, "{report}");
        assert_eq!(report["failed"], json!([]), "{report}");
        let mut findings: Findings = Vec::new();
        for finding in report["findings"].as_array().unwrap() {
            let ids = finding["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().parse().unwrap());
            findings.push((finding["kind"].as_str().unwrap().to_owned(), ids.collect()));
        }
        let off = self.engine_settings_off().await;
        let is_about_settings = |kind: &str| ["durability", "full-page-writes-off"].contains(&kind);
        assert_eq!(findings.iter().filter(|(kind, _)| is_about_settings(kind)).count(), off, "{report}");
        findings.retain(|(kind, _)| !is_about_settings(kind));
        (findings, report)
    }

    /// The number of PostgreSQL's durability settings that are off.
    async fn engine_settings_off(&self) -> usize {
        let sql = "SELECT COUNT(*) AS n FROM pg_settings WHERE setting = 'off' \
                   AND name IN ('fsync', 'synchronous_commit', 'full_page_writes')";
        match self.database.engine {
            Engine::Postgres => usize::try_from(self.number(sql).await).unwrap(),
            Engine::Sqlite => 0,
        }
    }

    /// Runs statements on a connection of their own, without foreign keys and, on SQLite, without checks.
    pub(crate) async fn execute_unchecked(&self, sql: &str) {
        let off = match self.database.engine {
            Engine::Postgres => "SET session_replication_role = replica",
            Engine::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
        };
        let connection = self.database.connect().await;
        connection.execute_unprepared(&format!("{off}; {sql}")).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.unwrap();
    }

    /// The column `n` of a query's first row.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.database.number(sql).await
    }

    /// The column `id` of a query's rows.
    pub(crate) async fn ids(&self, sql: &str) -> Vec<Uuid> {
        self.database.rows(sql).await.iter().map(|row| row.try_get("", "id").unwrap()).collect()
    }

    /// An id as an SQL literal.
    pub(crate) fn id(&self, id: Uuid) -> String {
        self.database.uuid(id)
    }

    /// SQL that inserts a registration.
    pub(crate) fn insert(&self, id: Uuid, event: Uuid, status: &str, at: &str) -> String {
        let confirmed_at = if status == "confirmed" { at } else { "NULL" };
        format!(
            "INSERT INTO registrations (id, event_id, status, email, active_email, name, language, newsletter, answers, \
             source, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision) VALUES \
             ({0}, {1}, '{status}', '{id}@confidential.example', '{id}@confidential.example', 'Ana Pérez', 'en', false, \
             '{{}}', 'public', '1', {at}, {at}, {at}, {confirmed_at}, 1)",
            self.id(id),
            self.id(event)
        )
    }

    /// SQL that inserts a message about a registration.
    pub(crate) fn message(&self, id: Uuid, about: Uuid, due: &str, claimed_until: &str) -> String {
        let now = ago(0);
        format!(
            "INSERT INTO messages (id, kind, registration_id, event_id, language, created_at, next_attempt_at, attempts, \
             state, data, claimed_until) VALUES ({}, 'registered', {}, {}, 'en', {now}, {due}, 0, 'pending', '{{}}', \
             {claimed_until})",
            self.id(id),
            self.id(about),
            self.id(self.hot)
        )
    }

    /// SQL that inserts a webhook delivery.
    pub(crate) fn delivery(&self, id: Uuid, state: &str, due: &str, claim: Option<Uuid>) -> String {
        let (own, now) = (self.id(id), ago(0));
        let claim = claim.map_or_else(|| "NULL".to_owned(), |claim| self.id(claim));
        format!(
            "INSERT INTO webhook_deliveries (id, endpoint_id, change_id, type, subject, position, sequence, payload, state, \
             attempts, failed_attempts, next_attempt_at, claim, created_at) VALUES ({own}, {}, {own}, 'registration.created', {own}, 1, \
             1, '{{}}', '{state}', 0, 0, {due}, {claim}, {now})",
            self.id(self.endpoint)
        )
    }

    /// SQL that inserts an idempotency record.
    pub(crate) fn idempotency_record(&self, id: Uuid, about: Option<Uuid>, at: &str) -> String {
        let (own, about) = (self.id(id), about.map_or_else(|| "NULL".to_owned(), |about| self.id(about)));
        format!(
            "INSERT INTO idempotency_records (id, request_digest, status, body, registration_id, created_at) \
             VALUES ({own}, {own}, 201, '{{\"name\":\"Ana Pérez\"}}', {about}, {at})"
        )
    }
}

/// The time this many minutes ago, as an SQL literal.
pub(crate) fn ago(minutes: i64) -> String {
    format!("'{}'", (Clock::System.now() - TimeDelta::minutes(minutes)).to_rfc3339())
}
