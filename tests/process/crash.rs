//! The end of the program: asked for, and not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use super::program::{Server, succeed};
use crate::support::{Engine, TestDatabase, person};

const DEFINITION: &str = "slug: hot\nstatus: published\nlanguage: en\ntitle: Hot\nstarts: 2090-01-01T10:00\n\
                          time_zone: Etc/UTC\nduration_minutes: 60\nregistration: { capacity: 100, waitlist: true }\n";

async fn prepare(engine: Engine) -> (TestDatabase, Server) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    let server = Server::start(&database, &database.directory.path().join("log"));
    (database, server)
}

/// The key that a person's form sends along, each time that it is sent.
fn key(email: &str) -> String {
    format!("form of {email}")
}

async fn register(client: &reqwest::Client, base: &str, email: &str) -> reqwest::Result<reqwest::Response> {
    let request = client.post(format!("{base}/v1/events/hot/registrations")).header("idempotency-key", key(email));
    request.json(&person(email)).send().await
}

/// Registers people until the server is gone; every 201, as id, token and address.
async fn load(base: &str, people: &Arc<AtomicUsize>) -> Vec<(String, String, String)> {
    let client = crate::support::http();
    let mut ledger = Vec::new();
    loop {
        let email = format!("person-{}@example.org", people.fetch_add(1, Ordering::SeqCst));
        let Ok(response) = register(&client, base, &email).await else { return ledger };
        if response.status() != 201 {
            return ledger;
        }
        // An answer that was cut off is none.
        let Ok(registration) = response.json::<Value>().await else { return ledger };
        let text = |name: &str| registration[name].as_str().unwrap().to_owned();
        ledger.push((text("id"), text("manage_token"), email));
    }
}

/// So many callers, in the midst of their load: so many people have asked.
async fn callers(
    base: &str,
    number: usize,
    asked: usize,
) -> (Arc<AtomicUsize>, Vec<JoinHandle<Vec<(String, String, String)>>>) {
    let people = Arc::new(AtomicUsize::new(0));
    let caller = |_| {
        let (base, people) = (base.to_owned(), Arc::clone(&people));
        tokio::spawn(async move { load(&base, &people).await })
    };
    let callers = (0..number).map(caller).collect();
    while people.load(Ordering::SeqCst) < asked {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (people, callers)
}

/// After a crash every form is sent again: who was answered gets the same answer, and who was not is registered once,
/// whether the crash came before the commit or between the commit and the answer.
async fn nothing_acknowledged_is_lost(engine: Engine) {
    let (database, mut server) = prepare(engine).await;
    let (asked, callers) = callers(&server.base, 16, 300).await;
    server.signal("KILL");
    server.child.wait().unwrap();
    let mut ledger = Vec::new();
    for caller in callers {
        ledger.extend(caller.await.unwrap());
    }
    assert!(ledger.len() > 150, "only {} were answered", ledger.len());

    let server = Server::start(&database, &database.directory.path().join("log"));
    let client = crate::support::http();
    for (id, token, email) in &ledger {
        let response =
            client.get(format!("{}/v1/registrations/{id}", server.base)).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{email} was answered with 201 and is lost");
        assert_eq!(response.json::<Value>().await.unwrap()["email"], email.as_str());
        let again = client.post(format!("{}/v1/events/hot/registrations", server.base)).json(&person(email)).send();
        assert_eq!(again.await.unwrap().status(), 409, "{email} is there once");
        let replayed = register(&client, &server.base, email).await.unwrap();
        assert_eq!(replayed.headers()["idempotency-replayed"], "true", "{email}");
        let replayed: Value = replayed.json().await.unwrap();
        assert_eq!((replayed["id"].as_str(), replayed["manage_token"].as_str()), (Some(&**id), Some(&**token)));
    }
    let answered: std::collections::HashSet<&str> = ledger.iter().map(|(.., email)| email.as_str()).collect();
    let unanswered = (0..asked.load(Ordering::SeqCst)).map(|n| format!("person-{n}@example.org"));
    let unanswered: Vec<String> = unanswered.filter(|email| !answered.contains(email.as_str())).collect();
    assert!(!unanswered.is_empty(), "somebody is always cut off");
    for email in unanswered {
        assert_eq!(register(&client, &server.base, &email).await.unwrap().status(), 201, "{email}");
        let again = register(&client, &server.base, &email).await.unwrap();
        assert_eq!((again.status().as_u16(), again.headers().contains_key("idempotency-replayed")), (201, true));
    }
    // The seats may be a second old.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let seats = client.get(format!("{}/v1/events/hot/availability", server.base)).send().await.unwrap();
    let seats: Value = seats.json().await.unwrap();
    let counted = count(&database).await;
    assert_eq!((seats["confirmed"].as_i64(), seats["waitlisted"].as_i64()), (Some(counted.0), Some(counted.1)));
    assert_eq!(counted.0, 100);
    assert!(counted.0 + counted.1 >= i64::try_from(ledger.len()).unwrap());
}

async fn count(database: &TestDatabase) -> (i64, i64) {
    use sea_orm::{ConnectionTrait as _, Statement};
    let connection = database.connect().await;
    let sql = "SELECT SUM(CASE WHEN status = 'confirmed' THEN 1 ELSE 0 END) AS c, \
               SUM(CASE WHEN status = 'waitlisted' THEN 1 ELSE 0 END) AS w, \
               COUNT(*) - COUNT(DISTINCT live_email) AS twice FROM registrations";
    let row = connection
        .query_one_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.try_get::<i64>("", "twice").unwrap(), 0);
    (row.try_get("", "c").unwrap(), row.try_get("", "w").unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    nothing_acknowledged_is_lost(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    nothing_acknowledged_is_lost(Engine::Sqlite).await;
}

/// SIGTERM: every request that was taken is answered, and the log holds no personal data.
async fn a_stop_finishes_what_was_taken(engine: Engine) {
    let (_database, mut server) = prepare(engine).await;
    let (_, callers) = callers(&server.base, 8, 100).await;
    server.signal("TERM");
    let status = tokio::task::spawn_blocking(move || (server.child.wait().unwrap(), server)).await.unwrap();
    assert!(status.0.success(), "{:?}", status.0);
    for caller in callers {
        caller.await.unwrap();
    }
    let log = std::fs::read_to_string(&status.1.log).unwrap();
    assert!(log.contains("stopped") && log.contains("request_id"), "{log}");
    assert!(!log.contains("example.org") && !log.contains("Pérez"), "personal data in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_what_was_taken_on_postgres() {
    a_stop_finishes_what_was_taken(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_what_was_taken_on_sqlite() {
    a_stop_finishes_what_was_taken(Engine::Sqlite).await;
}
