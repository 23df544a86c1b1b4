//! The feed of changes when the program is killed under load.

use std::collections::HashSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, FromQueryResult as _, Statement};
use serde_json::Value;
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::program::{Server, command, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::server::sample_events::person;

pub(crate) const DEFINITION: &str = "slug: hot\nstatus: published\nlanguage: en\ntitle: Hot\nstarts: 2090-01-01T10:00\n\
                          time_zone: Etc/UTC\nduration_minutes: 60\nowner: metropolis\n\
                          registration: { capacity: 100, waitlist: true }\n";
/// The number of kills.
const KILLS: usize = 3;
/// How many people are registered before each kill, even if that takes long.
const REGISTERED_BEFORE_A_KILL: usize = 40;

/// The program with a fixed public URL, for which tokens are issued; its port differs at each start.
fn program(database: &TestDatabase) -> Command {
    let mut command = command(database);
    command.env("PLENARIA_PUBLIC_URL", "http://api.example.org").env("PLENARIA_RATE_LIMITS", "off");
    command
}

fn start(database: &TestDatabase) -> Server {
    Server::start_command(program(database), &database.directory.path().join("log"))
}

/// An access token of a new client of the event's owner.
pub(crate) async fn token(database: &TestDatabase, base: &str, scope: &str) -> String {
    let arguments = ["clients", "add", "--organisation", "metropolis", "--name", "Reader", "--scope", scope];
    let output = succeed(database, &arguments);
    let after = |name: &str| output.split_once(name).unwrap().1.split_whitespace().next().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        after("client_id:"),
        after("client_secret:")
    );
    let request = crate::support::http::client::http().post(format!("{base}/oauth/token")).body(form);
    let response = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    response.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
}

/// Registers people, whom it counts, until `over` is set, and cancels every second one; failed requests are retried.
async fn load(base: Arc<RwLock<String>>, over: Arc<AtomicBool>, registered: Arc<AtomicUsize>, writer: usize) {
    let client = crate::support::http::client::http();
    for n in 0.. {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let base = base.read().await.clone();
        let path = format!("{base}/v1/events/hot/registrations");
        let request = client.post(path).json(&person(&format!("person-{writer}-{n}@example.org"))).send();
        let response = async { request.await?.error_for_status()?.json::<Value>().await };
        let Ok(registration) = response.await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        registered.fetch_add(1, Ordering::SeqCst);
        if n % 2 == 0 {
            let path = format!("{base}/v1/registrations/{}/cancel", registration["id"].as_str().unwrap());
            let _ = client.post(path).bearer_auth(registration["manage_token"].as_str().unwrap()).send().await;
        }
    }
}

/// Follows the feed until `over` is set and a page is empty.
async fn follow(base: Arc<RwLock<String>>, over: Arc<AtomicBool>, token: String) -> Vec<Value> {
    let client = crate::support::http::client::http();
    let (mut received, mut cursor) = (Vec::new(), String::new());
    loop {
        let last = over.load(Ordering::SeqCst);
        let url = format!("{}/v1/changes?limit=100&wait=2{cursor}", base.read().await);
        let response =
            async { client.get(url).bearer_auth(&token).send().await?.error_for_status()?.json::<Value>().await };
        let Ok(page) = response.await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let data = page["data"].as_array().unwrap();
        if last && data.is_empty() {
            return received;
        }
        received.extend(data.iter().cloned());
        cursor = format!("&cursor={}", page["page"]["next_cursor"].as_str().unwrap());
    }
}

async fn a_killed_program_leaves_no_gap(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    let mut server = start(&database);
    let token = token(&database, &server.base, "registrations:read").await;
    let (base, over) = (Arc::new(RwLock::new(server.base.clone())), Arc::new(AtomicBool::new(false)));
    let reader = tokio::spawn(follow(Arc::clone(&base), Arc::clone(&over), token));
    let registered = Arc::new(AtomicUsize::new(0));
    let write = |writer| load(Arc::clone(&base), Arc::clone(&over), Arc::clone(&registered), writer);
    let writers: Vec<_> = (0..8).map(|writer| tokio::spawn(write(writer))).collect();
    for kill in 1..=KILLS {
        tokio::time::sleep(Duration::from_millis(900)).await;
        let started = Instant::now();
        while registered.load(Ordering::SeqCst) < kill * REGISTERED_BEFORE_A_KILL {
            assert!(started.elapsed() < Duration::from_secs(30), "registering is too slow");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.signal("KILL");
        server.child.wait().unwrap();
        server = start(&database);
        base.write().await.clone_from(&server.base);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    let received = tokio::time::timeout(Duration::from_mins(1), reader).await.expect("the reader ends").unwrap();
    compare(&database, &received).await;
}

/// Asserts that the reader received every change once, and that the changes match the registrations.
async fn compare(database: &TestDatabase, received: &[Value]) {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        id: Uuid,
        revision: i64,
        status: String,
    }
    let connection = database.connect().await;
    let sql = "SELECT id, revision, status FROM registrations";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(&connection).await.unwrap();
    assert!(rows.len() >= KILLS * REGISTERED_BEFORE_A_KILL, "only {} were registered", rows.len());
    let ids: HashSet<&str> = received.iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), received.len(), "a change is duplicated");
    let mut of_registrations = 0;
    for row in &rows {
        let id = row.id.to_string();
        let changes: Vec<&Value> = received.iter().filter(|c| c["data"]["registration"]["id"] == id.as_str()).collect();
        let sequences: Vec<i64> = changes.iter().map(|c| c["sequence"].as_i64().unwrap()).collect();
        assert_eq!(sequences, (1..=row.revision).collect::<Vec<_>>(), "{id}");
        assert_eq!(changes.last().unwrap()["data"]["registration"]["status"], row.status.as_str());
        of_registrations += changes.len();
    }
    assert_eq!(
        received.iter().filter(|c| c["type"].as_str().unwrap().starts_with("registration.")).count(),
        of_registrations
    );
}

crate::with_both_engines!(a_killed_program_leaves_no_gap);
