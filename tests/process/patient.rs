//! A database with registrations, and SQL that does to it what no program should.

use std::process::Output;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::time::Clock;
use sea_orm::{ConnectionTrait as _, QueryResult, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::feed::token;
use super::program::{SECRET, Server, command, succeed};
use crate::support::{Engine, TestDatabase, http, person};

/// Long ago.
pub(crate) const OLD: &str = "'2020-01-01T00:00:00+00:00'";

/// A database, and the ids of what is in it.
pub(crate) struct Patient {
    pub database: TestDatabase,
    /// Three seats, all taken, and two who wait.
    pub hot: Uuid,
    /// As many seats as one likes, one of them taken.
    pub open: Uuid,
    pub confirmed: Vec<Uuid>,
    pub waiting: Vec<Uuid>,
    pub endpoint: Uuid,
    /// The changes in the feed, in their order.
    pub changes: Vec<Uuid>,
    people: usize,
}

/// What the doctor found: kinds with the ids that are named.
pub(crate) type Found = Vec<(String, Vec<Uuid>)>;

impl Patient {
    /// A healthy one, whose server has ended.
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
        let mut patient = Self { database, hot: nil, open: nil, confirmed, waiting, endpoint: nil, changes, people: 0 };
        let server = patient.serve();
        for _ in 0..3 {
            let id = patient.register(&server, "hot", "confirmed").await;
            patient.confirmed.push(id);
        }
        for _ in 0..2 {
            let id = patient.register(&server, "hot", "waitlisted").await;
            patient.waiting.push(id);
        }
        patient.register(&server, "open", "confirmed").await;
        patient.settle().await;
        let token = token(&patient.database, &server.base, "webhooks:manage").await;
        let request = http().post(format!("{}/v1/webhook-endpoints", server.base)).bearer_auth(token);
        let body = json!({"url": "https://hooks.example.org/", "types": ["registration.created"]});
        let made: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
        patient.endpoint = made["id"].as_str().expect("an id").parse().unwrap();
        Patient::stop(server);
        let slug = |slug: &str| format!("SELECT id FROM events WHERE slug = '{slug}'");
        (patient.hot, patient.open) = (patient.ids(&slug("hot")).await[0], patient.ids(&slug("open")).await[0]);
        patient.changes = patient.ids("SELECT id FROM changes ORDER BY position").await;
        patient
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
        let answer = request.header("Idempotency-Key", key).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let made: Value = answer.json().await.unwrap();
        assert_eq!(made["status"], status);
        made["id"].as_str().unwrap().parse().unwrap()
    }

    /// Waits until the feed and its readers are done with what happened.
    pub(crate) async fn settle(&self) {
        let sql = "SELECT (SELECT COUNT(*) FROM outbox) + f.last_position - m.position + \
                   (SELECT COUNT(*) FROM messages WHERE state = 'pending') + f.last_position - \
                   COALESCE((SELECT MIN(position) FROM webhook_endpoints), f.last_position) AS n \
                   FROM feed AS f CROSS JOIN mailer AS m";
        for _ in 0..600 {
            if self.number(sql).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the feed and its readers do not get on");
    }

    /// What the doctor says, with these arguments. It names nobody and shows no secret.
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
        let said = format!("{output:?}");
        for private in ["confidential", "person-", "Pérez", "key-of", "hidden", SECRET, "whsec_"] {
            assert!(!said.contains(private), "{private}: {said}");
        }
        output
    }

    /// What is found, beside what is true of the tests' PostgreSQL; whether the exit status says so is checked.
    pub(crate) async fn found(&self, arguments: &[&str]) -> (Found, Value) {
        let output = self.doctor(&[&["--json"], arguments].concat());
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        assert_eq!(output.status.success(), said["faults"] == 0, "{said}");
        assert_eq!(said["failed"], json!([]), "{said}");
        let mut found: Found = Vec::new();
        for finding in said["findings"].as_array().unwrap() {
            let ids = finding["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().parse().unwrap());
            found.push((finding["kind"].as_str().unwrap().to_owned(), ids.collect()));
        }
        let off = self.engine_settings_off().await;
        let known = |kind: &str| ["durability", "torn-pages"].contains(&kind);
        assert_eq!(found.iter().filter(|(kind, _)| known(kind)).count(), off, "{said}");
        found.retain(|(kind, _)| !known(kind));
        (found, said)
    }

    /// How many of PostgreSQL's settings are off that guard against crashes.
    async fn engine_settings_off(&self) -> usize {
        let sql = "SELECT COUNT(*) AS n FROM pg_settings WHERE setting = 'off' \
                   AND name IN ('fsync', 'synchronous_commit', 'full_page_writes')";
        match self.database.engine {
            Engine::Postgres => usize::try_from(self.number(sql).await).unwrap(),
            Engine::Sqlite => 0,
        }
    }

    /// Runs statements on a connection of their own, on which foreign keys and (with SQLite) checks are off.
    pub(crate) async fn run(&self, sql: &str) {
        let off = match self.database.engine {
            Engine::Postgres => "SET session_replication_role = replica",
            Engine::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
        };
        let connection = self.database.connect().await;
        connection.execute_unprepared(&format!("{off}; {sql}")).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.unwrap();
    }

    /// What a query gives as `n`.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get("", "n").unwrap()
    }

    /// What a query gives as `id`.
    pub(crate) async fn ids(&self, sql: &str) -> Vec<Uuid> {
        self.rows(sql).await.iter().map(|row| row.try_get("", "id").unwrap()).collect()
    }

    async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let connection = self.database.connect().await;
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.unwrap();
        connection.close().await.unwrap();
        rows
    }

    /// An id as it stands in SQL.
    pub(crate) fn id(&self, id: Uuid) -> String {
        match self.database.engine {
            Engine::Postgres => format!("'{id}'"),
            Engine::Sqlite => format!("x'{}'", id.simple()),
        }
    }

    /// Puts a registration in: its id, event, status and age.
    pub(crate) fn insert(&self, id: Uuid, event: Uuid, status: &str, at: &str) -> String {
        let confirmed_at = if status == "confirmed" { at } else { "NULL" };
        format!(
            "INSERT INTO registrations (id, event_id, status, email, live_email, name, language, newsletter, answers, \
             source, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision) VALUES \
             ({0}, {1}, '{status}', '{id}@confidential.example', '{id}@confidential.example', 'Ana Pérez', 'en', false, \
             '{{}}', 'public', '1', {at}, {at}, {at}, {confirmed_at}, 1)",
            self.id(id),
            self.id(event)
        )
    }

    /// Puts a message in, about a registration.
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

    /// Puts a delivery of a webhook in.
    pub(crate) fn delivery(&self, id: Uuid, state: &str, due: &str, claim: Option<Uuid>) -> String {
        let (own, now) = (self.id(id), ago(0));
        let claim = claim.map_or_else(|| "NULL".to_owned(), |claim| self.id(claim));
        format!(
            "INSERT INTO webhook_deliveries (id, endpoint_id, change_id, type, subject, position, sequence, payload, state, \
             attempts, tries, next_attempt_at, claim, created_at) VALUES ({own}, {}, {own}, 'registration.created', {own}, 1, \
             1, '{{}}', '{state}', 0, 0, {due}, {claim}, {now})",
            self.id(self.endpoint)
        )
    }

    /// Keeps an answer about a registration.
    pub(crate) fn answer(&self, id: Uuid, about: Option<Uuid>, at: &str) -> String {
        let (own, about) = (self.id(id), about.map_or_else(|| "NULL".to_owned(), |about| self.id(about)));
        format!(
            "INSERT INTO idempotency_records (id, request, status, body, registration_id, created_at) \
             VALUES ({own}, {own}, 201, '{{\"name\":\"Ana Pérez\"}}', {about}, {at})"
        )
    }
}

/// So many minutes ago, as it stands in SQL.
pub(crate) fn ago(minutes: i64) -> String {
    format!("'{}'", (Clock::System.now() - TimeDelta::minutes(minutes)).to_rfc3339())
}
