//! The program without its database: what continues, what it reports, and that it recovers by itself. SQLite's database is
//! a file and is always reachable; the store's own tests fill its disk.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use crate::program::{Server, command, succeed};
use crate::support::database::proxy::Proxy;
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::person;

const PROGRAMME: &str = "/v1/events/internationalisation-and-metropolitan-spaces-en/programme";
const REGISTRATIONS: &str = "/v1/events/internationalisation-and-metropolitan-spaces-en/registrations";

/// A server whose database is behind a proxy, and that has the programme in its cache.
async fn prepare() -> (TestDatabase, Proxy, Server) {
    let database = TestDatabase::create(Engine::Postgres).await;
    succeed(&database, &["migrate"]);
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../programmes/internationalisation-and-metropolitan-spaces-en.yaml");
    succeed(&database, &["publish", file]);
    let (proxy, url) = Proxy::in_front_of(&database.environment()).await;
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

/// Registers a person with an idempotency key of their own.
async fn register(server: &Server, name: &str) -> Response {
    let request = http().post(format!("{}{REGISTRATIONS}", server.base)).header("idempotency-key", name);
    request.json(&person(&format!("{name}@example.org"))).send().await.unwrap()
}

/// Asserts a 503 with Retry-After.
async fn assert_unavailable(response: Response) {
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let problem: Value = response.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["retryable"]), (&"database-unavailable".into(), &true.into()));
}

/// Waits until `/health/ready` has this status.
async fn wait_until_ready(server: &Server, status: u16) {
    for _ in 0..600 {
        if get(server, "/health/ready").await.status() == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("/health/ready was never {status}");
}

/// Waits until registering this person succeeds; asserts that every failure before is a 503.
async fn wait_until_registered(server: &Server, name: &str) {
    for _ in 0..200 {
        let response = register(server, name).await;
        if response.status() == 201 {
            return;
        }
        assert_unavailable(response).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} was never registered: {}", std::fs::read_to_string(&server.log).unwrap());
}

/// Sends SIGTERM and asserts a successful exit.
async fn assert_stops(mut server: Server) {
    server.signal("TERM");
    let (status, _server) = tokio::task::spawn_blocking(move || (server.child.wait().unwrap(), server)).await.unwrap();
    assert!(status.success(), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cached_reads_continue_without_the_database() {
    let (_database, mut proxy, server) = prepare().await;
    proxy.stop().await;
    wait_until_ready(&server, 503).await;
    assert_eq!(get(&server, "/health/live").await.status(), 200);
    assert_unavailable(register(&server, "ana").await).await;
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
    let status = status.expect("the programme was never marked as stale");
    assert!(
        status.starts_with("plenaria; hit; ttl=-") && status.ends_with("; detail=DATABASE-UNAVAILABLE"),
        "{status}"
    );

    proxy.restart();
    wait_until_ready(&server, 200).await;
    wait_until_registered(&server, "ana").await;
    for _ in 0..200 {
        if !get(&server, PROGRAMME).await.headers().contains_key("cache-status") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!get(&server, PROGRAMME).await.headers().contains_key("cache-status"));

    // The server can be stopped without its database.
    proxy.stop().await;
    wait_until_ready(&server, 503).await;
    assert_stops(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_reconnects_after_a_silent_loss() {
    let (database, proxy, server) = prepare().await;
    wait_until_registered(&server, "ana").await;
    // More often than the desk has connections, so that every one is lost and replaced.
    for name in ["bea", "carla", "dora", "emil"] {
        proxy.silence();
        wait_until_registered(&server, name).await;
        wait_until_ready(&server, 200).await;
    }
    assert_eq!(database.number("SELECT count(*) AS n FROM registrations").await, 5);
    assert_stops(server).await;
}

/// After SIGTERM the readiness check fails at once, while requests are still served for the drain time.
async fn readiness_fails_before_the_server_stops(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let mut command = command(&database);
    command.env("PLENARIA_DRAIN_SECONDS", "3");
    let server = Server::start_command(command, &database.directory.path().join("log"));
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
    server.signal("TERM");
    let mut response = get(&server, "/health/ready").await;
    while response.status() == 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        response = get(&server, "/health/ready").await;
    }
    assert_eq!(response.status(), 503);
    assert_eq!(response.json::<Value>().await.unwrap()["code"], "overloaded");
    let events = get(&server, "/v1/events").await;
    assert_eq!((events.status().as_u16(), &events.headers()["connection"]), (200, &"close".parse().unwrap()));
    assert_stops(server).await;
}

crate::with_both_engines!(readiness_fails_before_the_server_stops);
