//! The sandbox: its events in every state, its clients, its mail, and what it refuses.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::program::{SECRET, Server, command, run, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::WEBINAR;

const MANAGE_URL: &str = "https://www.example.org/mine";

/// The program as a sandbox with this data directory.
fn sandbox(directory: &Path, mode: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenaria"));
    command.env_clear().env("PLENARIA_DATA_DIR", directory).env("PLENARIA_LISTEN", "127.0.0.1:0");
    command.env("PLENARIA_RATE_LIMITS", "off").env("PLENARIA_MANAGE_URL", MANAGE_URL).env("PLENARIA_SANDBOX", mode);
    command
}

async fn call(server: &Server, method: Method, path: &str, token: Option<&str>, body: Value) -> (StatusCode, Value) {
    let mut request = http().request(method, format!("{}{path}", server.base));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["plenaria-sandbox"], "true", "{path}");
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}

async fn get(server: &Server, path: &str) -> Value {
    let (status, body) = call(server, Method::GET, path, None, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

/// The first message to an address, once it is there.
async fn mail_to(server: &Server, address: &str) -> Value {
    for _ in 0..200 {
        let found = get(server, &format!("/sandbox/mail?to={address}")).await;
        if let Some(mail) = found["data"].get(0) {
            return mail.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail to {address}");
}

fn person(address: &str) -> Value {
    json!({"email": address, "name": "Ana Pérez", "privacy_accepted": true, "language": "es"})
}

#[tokio::test]
async fn a_sandbox_has_events_in_every_state_and_clients_with_known_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_command(sandbox(directory.path(), "true"), &directory.path().join("log"));
    for (slug, phase, status, seats_left, waitlisted) in [
        ("open", "upcoming", "open", json!(null), 0),
        ("few-seats", "upcoming", "open", json!(3), 0),
        ("waitlist", "upcoming", "waitlist", json!(0), 3),
        ("full", "upcoming", "full", json!(0), 0),
        ("not-open", "upcoming", "not_open", json!(100), 0),
        ("closed", "upcoming", "closed", json!(46), 0),
        ("confirmation", "upcoming", "open", json!(27), 0),
        ("questions", "upcoming", "open", json!(36), 0),
        ("conference", "upcoming", "open", json!(194), 0),
        ("live", "live", "closed", json!(94), 0),
        ("ended", "ended", "ended", json!(88), 0),
        ("cancelled", "upcoming", "cancelled", json!(47), 0),
    ] {
        let event = get(&server, &format!("/v1/events/example-{slug}?lang=ca")).await;
        assert_eq!(event["phase"], phase, "{slug}");
        assert!(event["title"].as_str().unwrap().starts_with("Exemple: "), "{slug}");
        let seats = get(&server, &format!("/v1/events/example-{slug}/availability")).await;
        assert_eq!(
            (&seats["status"], &seats["seats_left"], &seats["waitlisted"]),
            (&json!(status), &seats_left, &json!(waitlisted)),
            "{slug}"
        );
    }
    assert_eq!(get(&server, "/v1/events/example-ended").await["materials"].as_array().unwrap().len(), 3);
    assert_eq!(get(&server, "/v1/events/example-conference").await["rooms"].as_array().unwrap().len(), 2);
    let cancelled = get(&server, "/v1/events/example-cancelled?lang=fr").await;
    assert_eq!(cancelled["cancellation_reason"], "La salle d'exemple a été inondée.");
    // The examples of the documentation work too.
    get(&server, &format!("/v1/events/{WEBINAR}")).await;

    let index = get(&server, "/sandbox").await;
    assert_eq!((index["events"].as_array().unwrap().len(), index["clients"].as_array().unwrap().len()), (12, 4));
    for event in index["events"].as_array().unwrap() {
        let page = http().get(event["page_url"].as_str().unwrap()).header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{event}");
    }
    for client in index["clients"].as_array().unwrap() {
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let request = http().post(format!("{}/oauth/token", server.base));
        let request = request.basic_auth(text("client_id"), Some(text("client_secret")));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let token: Value = request.body("grant_type=client_credentials").send().await.unwrap().json().await.unwrap();
        let path = "/v1/events/example-waitlist/registrations?status=waitlisted";
        let (status, list) = call(&server, Method::GET, path, token["access_token"].as_str(), Value::Null).await;
        let expected = if text("organisation") == "example-partner" { 0 } else { 3 };
        assert_eq!((status, list["data"].as_array().unwrap().len()), (StatusCode::OK, expected), "{client}");
    }
    for (path, is_readable) in
        [("/sandbox", false), ("/sandbox/mail", false), ("/%73andbox", false), ("/v1/events", true)]
    {
        let request = http().get(format!("{}{path}", server.base)).header("origin", "https://other.example");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), is_readable, "{path}");
    }
    let page = http().get(format!("{}/sandbox", server.base)).header("accept", "text/html").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(page.text().await.unwrap().contains("plenaria_sandbox_partner"));
}

#[tokio::test]
async fn mail_is_read_over_http_and_goes_with_the_person() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_command(sandbox(directory.path(), "true"), &directory.path().join("log"));
    let path = "/v1/events/example-open/registrations";
    let (status, made) = call(&server, Method::POST, path, None, person("<ana>@example.org")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{made}");
    let (status, made) = call(&server, Method::POST, path, None, person("ana@example.org")).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let mail = mail_to(&server, "ANA@example.org").await;
    assert_eq!((&mail["kind"], &mail["language"]), (&json!("registered"), &json!("es")));
    assert_eq!(mail["registration_id"], made["id"]);
    assert!(mail["subject"].as_str().unwrap().starts_with("[Sandbox] "), "{mail}");
    let link = mail["links"]["manage"].as_str().unwrap();
    assert!(link.starts_with(MANAGE_URL) && mail["text"].as_str().unwrap().contains(link), "{mail}");
    let registration = format!("/v1/registrations/{}", made["id"].as_str().unwrap());
    let token = mail["manage_token"].as_str();
    assert_eq!(call(&server, Method::GET, &registration, token, Value::Null).await.0, StatusCode::OK);

    let path = "/v1/events/example-confirmation/registrations";
    let (status, _) = call(&server, Method::POST, path, None, person("bilal@example.org")).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let mail = mail_to(&server, "bilal@example.org").await;
    assert_eq!((&mail["kind"], &mail["manage_token"]), (&json!("confirm_address"), &Value::Null));
    let body = json!({"confirmation_token": mail["confirmation_token"]});
    let (status, confirmed) = call(&server, Method::POST, "/v1/registrations/confirm", None, body).await;
    assert_eq!((status, &confirmed["status"]), (StatusCode::CREATED, &json!("confirmed")));

    // Everyone who was registered for the cancelled event got the reason in their language.
    let mail = mail_to(&server, "dolors.waitlist@example.org").await;
    assert_eq!(mail["language"], "ca");
    let mail = mail_to(&server, "bilal.cancelled@example.org").await;
    assert!(mail["text"].as_str().unwrap().contains("inondée"), "{mail}");

    let page = http().get(format!("{}/sandbox/mail?limit=100", server.base)).header("accept", "text/html");
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("ana@example.org") && page.contains("#registration="), "{page}");
    for query in ["limit=0", "limit=101", "from=x"] {
        let (status, _) = call(&server, Method::GET, &format!("/sandbox/mail?{query}"), None, Value::Null).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    let limited = get(&server, "/sandbox/mail?limit=1").await;
    assert_eq!((limited["data"].as_array().unwrap().len(), &limited["page"]["limit"]), (1, &json!(1)));

    let erased = call(&server, Method::DELETE, &registration, token, Value::Null).await.0;
    assert_eq!(erased, StatusCode::NO_CONTENT);
    for _ in 0..200 {
        if get(&server, "/sandbox/mail?to=ana@example.org").await["data"].as_array().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the mail is still there");
}

#[tokio::test]
async fn a_sandbox_begins_anew_unless_it_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let path = "/v1/events/example-full/registrations";
    let seats = "/v1/events/example-few-seats/availability";
    {
        let server = Server::start_command(sandbox(directory.path(), "true"), &log);
        let path = path.replace("full", "few-seats");
        let (status, _) = call(&server, Method::POST, &path, None, person("ana@example.org")).await;
        assert_eq!(status, StatusCode::CREATED);
        // A second sandbox does not take the first one's database away.
        let output = sandbox(directory.path(), "true").output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains("PLENARIA_DATA_DIR"), "{error}");
        // Commands use the sandbox's database.
        let output = sandbox(directory.path(), "true").args(["clients", "list"]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("example-partner"));
    }
    {
        let server = Server::start_command(sandbox(directory.path(), "keep"), &log);
        assert_eq!(get(&server, seats).await["seats_left"], 2);
        let (status, problem) = call(&server, Method::POST, path, None, person("ana@example.org")).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("event-full")));
    }
    let server = Server::start_command(sandbox(directory.path(), "true"), &log);
    assert_eq!(get(&server, seats).await["seats_left"], 3);
    assert!(!directory.path().join("plenaria.db").exists(), "the data directory itself is not touched");
}

#[tokio::test]
async fn a_sandbox_takes_postgresql_only_when_asked_and_empty() {
    let database = TestDatabase::create(Engine::Postgres).await;
    succeed(&database, &["migrate"]);
    let start = |mode: &str| {
        let mut command = command(&database);
        command.env("PLENARIA_SANDBOX", mode).env("PLENARIA_SECRET_KEY", SECRET);
        command
    };
    let failure = |mode: &str, arguments: &[&str]| {
        let output = start(mode).args(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = failure("true", &[]);
    assert!(error.contains("PLENARIA_SANDBOX=postgresql") && error.contains("DATABASE_URL"), "{error}");
    let log = database.directory.path().join("log");
    let first = Server::start_command(start("postgresql"), &log);
    assert_eq!(get(&first, "/v1/events/example-waitlist/availability").await["waitlisted"], 3);
    mail_to(&first, "ana.open@example.org").await;
    drop(first);
    let server = Server::start_command(start("postgresql"), &log);
    assert_eq!(get(&server, "/v1/events/example-few-seats/availability").await["seats_left"], 3, "kept");
    let error = failure("postgresql", &["worker"]);
    assert!(error.contains("no worker"), "{error}");
    drop(server);

    for arguments in [["serve"], ["worker"], ["doctor"]] {
        let output = run(&database, &arguments);
        let text =
            String::from_utf8_lossy(&if arguments == ["doctor"] { output.stdout } else { output.stderr }).into_owned();
        assert!(!output.status.success() && text.contains("sandbox"), "{arguments:?}: {text}");
    }
    for number in 1..=4 {
        succeed(&database, &["clients", "disable", &format!("01900000-0000-7000-8000-00000000000{number}")]);
    }
    drop(Server::start(&database, &log));

    let others = TestDatabase::create(Engine::Postgres).await;
    succeed(&others, &["migrate"]);
    let file = format!("{}/../../programmes/{WEBINAR}.yaml", env!("CARGO_MANIFEST_DIR"));
    succeed(&others, &["publish", &file]);
    let output = command(&others).env("PLENARIA_SANDBOX", "postgresql").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("not a sandbox's"), "{error}");
}

/// The last client is added last. Without it, a start adds what is missing, and nothing twice.
#[tokio::test]
async fn a_sandbox_that_was_filled_partly_is_completed() {
    let database = TestDatabase::create(Engine::Postgres).await;
    succeed(&database, &["migrate"]);
    let start = || {
        let mut command = command(&database);
        command.env("PLENARIA_SANDBOX", "postgresql");
        Server::start_command(command, &database.directory.path().join("log"))
    };
    drop(start());
    let counts = "SELECT COUNT(*) AS n FROM registrations WHERE status <> 'cancelled'";
    let attended = "SELECT COUNT(*) AS n FROM registrations WHERE attended_at IS NOT NULL";
    let clients = "SELECT COUNT(*) AS n FROM clients";
    let before = [database.number(counts).await, database.number(attended).await];
    database.execute("DELETE FROM clients WHERE id IN ('01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000004')").await;
    database.execute("UPDATE registrations SET attended_at = NULL").await;
    let server = start();
    assert_eq!([database.number(counts).await, database.number(attended).await], before);
    assert_eq!(database.number(clients).await, 4);
    assert_eq!(get(&server, "/v1/events/example-few-seats/availability").await["seats_left"], 3);
    assert_eq!(get(&server, "/v1/events/example-cancelled/availability").await["status"], "cancelled");
}

#[tokio::test]
async fn without_the_setting_nothing_of_a_sandbox_exists() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = Server::start(&database, &database.directory.path().join("log"));
    for path in ["/sandbox", "/sandbox/mail", "/v1/events/example-open"] {
        let response = http().get(format!("{}{path}", server.base)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(!response.headers().contains_key("plenaria-sandbox"));
    }
    let output = run(&database, &["--sandbox=some", "serve"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("PLENARIA_SANDBOX"));
}
