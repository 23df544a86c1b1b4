//! Limits of one caller: concurrent long polls of the feed, and connections that it does not read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;

const READ: &str = "registrations:read";
/// The limit of concurrent long polls of one client, and of one address.
const SHARE: usize = 64;

/// One client and one address reach their limits; others can still wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_caller_cannot_take_all_long_polls() {
    let app = TestApp::start_with(Engine::Sqlite, |settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        settings.max_long_polls = 2 * SHARE;
    })
    .await;
    let (one, other) = (app.token_of("metropolis", READ).await, app.token_of("al-las", READ).await);
    let wait = |token: &str, address: &'static str, seconds: u32| {
        let url = format!("{}/v1/changes?wait={seconds}", app.base);
        app.client.get(url).bearer_auth(token).header("x-forwarded-for", address).send()
    };
    let waiting: Vec<_> = (0..SHARE).map(|_| tokio::spawn(wait(&one, "198.51.100.1:4711", 14))).collect();
    // A further request now could take the slot of one that has not arrived yet.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let started = Instant::now();
    // While not all of them wait yet, a further request ends after a second with an empty page.
    let rejected = loop {
        let response = wait(&one, "198.51.100.1", 1).await.unwrap();
        if response.status() != 200 {
            break response;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "the long polls of one client are not limited");
    };
    assert_eq!((rejected.status().as_u16(), rejected.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    let problem: Value = rejected.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["retry_after"]), (&json!("rate-limited"), &json!(5)));
    let status = async |token: &str, address: &'static str, seconds: u32| {
        wait(token, address, seconds).await.unwrap().status().as_u16()
    };
    assert_eq!(status(&one, "198.51.100.2", 1).await, 429, "the client's limit, from another address");
    assert_eq!(status(&other, "198.51.100.1", 1).await, 429, "the address's limit, of another client");
    assert_eq!(status(&other, "198.51.100.2", 1).await, 200, "other callers can wait");
    assert_eq!(status(&one, "198.51.100.1", 0).await, 200, "a request without `wait` needs no slot");
    for response in waiting {
        assert_eq!(response.await.unwrap().unwrap().status(), 200, "every waiting request was served");
    }
    assert_eq!(status(&one, "198.51.100.1", 1).await, 200, "the slots are free again");
}

/// Starts an export on a connection of its own, and reads no more than the status line's beginning.
async fn begin_export(app: &TestApp, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    let path = "/v1/events/mine/registrations/export?format=ndjson";
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status_line = [0; 12];
    stream.read_exact(&mut status_line).await.unwrap();
    assert_eq!(std::str::from_utf8(&status_line), Ok("HTTP/1.1 200"));
    stream
}

/// A reader that stalls is disconnected and frees its slot; a slow reader gets the whole export.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_readers_are_disconnected() {
    let timeout = Duration::from_secs(3);
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.reader_timeout = timeout).await;
    app.publish(&owned("mine", "owner", &["co"])).await;
    // Far more than the socket buffers between the program and a stalled reader hold.
    app.insert_registrations("mine", 80_000).await;
    let (owner, co) = (app.partner("owner").await, app.partner("co").await);
    let slow = tokio::spawn({
        let mut stream = begin_export(&app, &co).await;
        async move {
            let (mut piece, mut all) = (vec![0; 256 * 1024], Vec::new());
            let started = Instant::now();
            loop {
                let read = stream.read(&mut piece).await.expect("a slow reader is not disconnected");
                all.extend_from_slice(&piece[..read]);
                if read == 0 {
                    return all;
                }
                if started.elapsed() < 3 * timeout {
                    tokio::time::sleep(timeout / 10).await;
                }
            }
        }
    });
    // The limit of concurrent exports of one client.
    let mut stalled = Vec::new();
    for _ in 0..4 {
        stalled.push(begin_export(&app, &owner).await);
    }
    let started = Instant::now();
    let head =
        || app.client.head(format!("{}/v1/events/mine/registrations/export", app.base)).bearer_auth(&owner).send();
    assert_eq!(head().await.unwrap().status(), 429, "the limit is reached");
    while head().await.unwrap().status() != 200 {
        assert!(started.elapsed() < 5 * timeout, "a stalled reader keeps its slot");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(started.elapsed() > timeout / 2, "they were not disconnected at once");
    // One is disconnected; the others started a little later.
    tokio::time::sleep(timeout).await;
    for mut stream in stalled {
        let mut all = Vec::new();
        let reading = stream.read_to_end(&mut all);
        let result = tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the connection is closed");
        assert!(result.is_err() || !all.ends_with(b"0\r\n\r\n"), "{} bytes look like a whole export", all.len());
    }
    let all = slow.await.unwrap();
    assert!(all.ends_with(b"0\r\n\r\n"), "a slow reader gets the whole export: {} bytes", all.len());
}
