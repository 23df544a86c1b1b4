//! Without its database: what goes on, what is said, and that all is well by itself afterwards. SQLite's is a file and
//! cannot be away; what a full disk does to it is a test of the store's.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use super::program::{Server, command, succeed};
use crate::support::proxy::Proxy;
use crate::support::{Engine, TestDatabase, http, person};

const PROGRAMME: &str = "/v1/events/internationalisation-and-metropolitan-spaces-en/programme";
const REGISTRATIONS: &str = "/v1/events/internationalisation-and-metropolitan-spaces-en/registrations";

/// A server whose database is behind a proxy, and that has shown the programme once.
async fn prepare() -> (TestDatabase, Proxy, Server) {
    let database = TestDatabase::create(Engine::Postgres).await;
    succeed(&database, &["migrate"]);
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../programmes/internationalisation-and-metropolitan-spaces-en.yaml");
    succeed(&database, &["publish", file]);
    let (proxy, url) = Proxy::before(&database.environment()).await;
    let mut command = command(&database);
    command.env("DATABASE_URL", url);
    let server = Server::start_command(command, &database.directory.path().join("log"));
    let programme = get(&server, PROGRAMME).await;
    assert!(programme.status() == 200 && !programme.headers().contains_key("cache-status"));
    (database, proxy, server)
}

async fn get(server: &Server, path: &str) -> Response {
    http().get(format!("{}{path}", server.base)).send().await.unwrap()
}

/// Registers somebody, with a key of their own.
async fn register(server: &Server, name: &str) -> Response {
    let request = http().post(format!("{}{REGISTRATIONS}", server.base)).header("idempotency-key", name);
    request.json(&person(&format!("{name}@example.org"))).send().await.unwrap()
}

/// That the answer is 503, and says when to come back.
async fn is_unavailable(answer: Response) {
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let problem: Value = answer.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["retryable"]), (&"database-unavailable".into(), &true.into()));
}

/// Waits until `/health/ready` is answered so.
async fn until_ready(server: &Server, status: u16) {
    for _ in 0..600 {
        if get(server, "/health/ready").await.status() == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("/health/ready was never {status}");
}

/// Waits until registering this person succeeds; everything before is 503.
async fn until_registered(server: &Server, name: &str) {
    for _ in 0..200 {
        let answer = register(server, name).await;
        if answer.status() == 201 {
            return;
        }
        is_unavailable(answer).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} was never registered: {}", std::fs::read_to_string(&server.log).unwrap());
}

async fn stops(mut server: Server) {
    server.signal("TERM");
    let (status, _server) = tokio::task::spawn_blocking(move || (server.child.wait().unwrap(), server)).await.unwrap();
    assert!(status.success(), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_goes_on_while_the_database_is_away() {
    let (_database, mut proxy, server) = prepare().await;
    proxy.go().await;
    until_ready(&server, 503).await;
    assert_eq!(get(&server, "/health/live").await.status(), 200);
    is_unavailable(register(&server, "ana").await).await;
    let mut status = None;
    for _ in 0..200 {
        let programme = get(&server, PROGRAMME).await;
        assert_eq!(programme.status(), 200);
        status = programme.headers().get("cache-status").map(|v| v.to_str().unwrap().to_owned());
        if status.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let status = status.expect("the programme never said that it may be old");
    assert!(
        status.starts_with("plenaria; hit; ttl=-") && status.ends_with("; detail=DATABASE-UNAVAILABLE"),
        "{status}"
    );

    proxy.come_back();
    until_ready(&server, 200).await;
    until_registered(&server, "ana").await;
    for _ in 0..200 {
        if !get(&server, PROGRAMME).await.headers().contains_key("cache-status") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!get(&server, PROGRAMME).await.headers().contains_key("cache-status"));

    // Without a database it can still be stopped.
    proxy.go().await;
    until_ready(&server, 503).await;
    stops(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_has_vanished_is_found_again() {
    let (database, proxy, server) = prepare().await;
    until_registered(&server, "ana").await;
    // More often than the desk has connections: none may stay lost. Who gets a new one notices nothing.
    for name in ["bea", "carla", "dora", "emil"] {
        proxy.swallow();
        until_registered(&server, name).await;
        until_ready(&server, 200).await;
    }
    let connection = database.connect().await;
    let count =
        sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT count(*) AS n FROM registrations");
    let row = sea_orm::ConnectionTrait::query_one_raw(&connection, count).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 5);
    stops(server).await;
}

/// Told to stop, it says so to balancers and goes on answering for a while.
async fn a_balancer_is_told_first(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let mut command = command(&database);
    command.env("PLENARIA_DRAIN_SECONDS", "3");
    let server = Server::start_command(command, &database.directory.path().join("log"));
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
    server.signal("TERM");
    let mut answer = get(&server, "/health/ready").await;
    while answer.status() == 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer = get(&server, "/health/ready").await;
    }
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "overloaded");
    let events = get(&server, "/v1/events").await;
    assert_eq!((events.status().as_u16(), &events.headers()["connection"]), (200, &"close".parse().unwrap()));
    stops(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balancer_is_told_first_on_postgres() {
    a_balancer_is_told_first(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balancer_is_told_first_on_sqlite() {
    a_balancer_is_told_first(Engine::Sqlite).await;
}
