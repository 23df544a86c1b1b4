//! The program is killed or stopped under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::program::{Server, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::server::sample_events::person;

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

/// The idempotency key of a person's form, the same for each submission.
fn key(email: &str) -> String {
    format!("form of {email}")
}

async fn register(client: &reqwest::Client, base: &str, email: &str) -> reqwest::Result<reqwest::Response> {
    let request = client.post(format!("{base}/v1/events/hot/registrations")).header("idempotency-key", key(email));
    request.json(&person(email)).send().await
}

/// Registers people until the server is gone; returns the id, token and address of every 201.
async fn load(base: &str, people: &Arc<AtomicUsize>) -> Vec<(String, String, String)> {
    let client = crate::support::http::client::http();
    let mut acknowledged = Vec::new();
    loop {
        let email = format!("person-{}@example.org", people.fetch_add(1, Ordering::SeqCst));
        let Ok(response) = register(&client, base, &email).await else { return acknowledged };
        if response.status() != 201 {
            return acknowledged;
        }
        // An incomplete response is not an acknowledgement.
        let Ok(registration) = response.json::<Value>().await else { return acknowledged };
        let text = |name: &str| registration[name].as_str().unwrap().to_owned();
        acknowledged.push((text("id"), text("manage_token"), email));
    }
}

/// Starts callers, and returns once this many people have been sent.
async fn callers(
    base: &str,
    number: usize,
    sent: usize,
) -> (Arc<AtomicUsize>, Vec<JoinHandle<Vec<(String, String, String)>>>) {
    let people = Arc::new(AtomicUsize::new(0));
    let caller = |_| {
        let (base, people) = (base.to_owned(), Arc::clone(&people));
        tokio::spawn(async move { load(&base, &people).await })
    };
    let callers = (0..number).map(caller).collect();
    while people.load(Ordering::SeqCst) < sent {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (people, callers)
}

/// After a crash every form is sent again: an acknowledged person gets the same response, and any other is registered
/// once, whether the crash came before the commit or between the commit and the response.
async fn nothing_acknowledged_is_lost(engine: Engine) {
    let (database, mut server) = prepare(engine).await;
    let (sent, callers) = callers(&server.base, 16, 300).await;
    server.signal("KILL");
    server.child.wait().unwrap();
    let mut acknowledged = Vec::new();
    for caller in callers {
        acknowledged.extend(caller.await.unwrap());
    }
    assert!(acknowledged.len() > 150, "only {} were acknowledged", acknowledged.len());

    let server = Server::start(&database, &database.directory.path().join("log"));
    let client = crate::support::http::client::http();
    for (id, token, email) in &acknowledged {
        let response =
            client.get(format!("{}/v1/registrations/{id}", server.base)).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{email} was acknowledged with 201 and is lost");
        assert_eq!(response.json::<Value>().await.unwrap()["email"], email.as_str());
        let again = client.post(format!("{}/v1/events/hot/registrations", server.base)).json(&person(email)).send();
        assert_eq!(again.await.unwrap().status(), 409, "{email} is registered once");
        let replayed = register(&client, &server.base, email).await.unwrap();
        assert_eq!(replayed.headers()["idempotency-replayed"], "true", "{email}");
        let replayed: Value = replayed.json().await.unwrap();
        assert_eq!((replayed["id"].as_str(), replayed["manage_token"].as_str()), (Some(&**id), Some(&**token)));
    }
    let acknowledged_emails: std::collections::HashSet<&str> =
        acknowledged.iter().map(|(.., email)| email.as_str()).collect();
    let unacknowledged = (0..sent.load(Ordering::SeqCst)).map(|n| format!("person-{n}@example.org"));
    let unacknowledged: Vec<String> =
        unacknowledged.filter(|email| !acknowledged_emails.contains(email.as_str())).collect();
    assert!(!unacknowledged.is_empty(), "the kill must interrupt a request");
    for email in unacknowledged {
        assert_eq!(register(&client, &server.base, &email).await.unwrap().status(), 201, "{email}");
        let again = register(&client, &server.base, &email).await.unwrap();
        assert_eq!((again.status().as_u16(), again.headers().contains_key("idempotency-replayed")), (201, true));
    }
    // Seat counts are cached for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let seats = client.get(format!("{}/v1/events/hot/availability", server.base)).send().await.unwrap();
    let seats: Value = seats.json().await.unwrap();
    let counted = count(&database).await;
    assert_eq!((seats["confirmed"].as_i64(), seats["waitlisted"].as_i64()), (Some(counted.0), Some(counted.1)));
    assert_eq!(counted.0, 100);
    assert!(counted.0 + counted.1 >= i64::try_from(acknowledged.len()).unwrap());
}

async fn count(database: &TestDatabase) -> (i64, i64) {
    let sql = "SELECT SUM(CASE WHEN status = 'confirmed' THEN 1 ELSE 0 END) AS c, \
               SUM(CASE WHEN status = 'waitlisted' THEN 1 ELSE 0 END) AS w, \
               COUNT(*) - COUNT(DISTINCT active_email) AS twice FROM registrations";
    let rows = database.rows(sql).await;
    let row = &rows[0];
    assert_eq!(row.try_get::<i64>("", "twice").unwrap(), 0);
    (row.try_get("", "c").unwrap(), row.try_get("", "w").unwrap())
}

/// After SIGTERM every accepted request gets its response, and the log has no personal data.
async fn a_stop_finishes_accepted_requests(engine: Engine) {
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

crate::with_both_engines!(nothing_acknowledged_is_lost, a_stop_finishes_accepted_requests);
