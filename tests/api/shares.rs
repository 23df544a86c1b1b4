//! What one caller may hold at a time: places to wait for changes, and connections that it does not read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::partners::owned;
use crate::support::{Engine, TestApp};

const READ: &str = "registrations:read";
/// How many may wait for one client, and from one address.
const SHARE: usize = 64;

/// One client, and then one address, has all of its share; others wait as ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_caller_does_not_take_all_places_to_wait() {
    let app = TestApp::start_with(Engine::Sqlite, |settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        settings.most_waiting = 2 * SHARE;
    })
    .await;
    let (one, other) = (app.token_of("metropolis", READ).await, app.token_of("al-las", READ).await);
    let wait = |token: &str, address: &'static str, seconds: u32| {
        let url = format!("{}/v1/changes?wait={seconds}", app.base);
        app.client.get(url).bearer_auth(token).header("x-forwarded-for", address).send()
    };
    let waiting: Vec<_> = (0..SHARE).map(|_| tokio::spawn(wait(&one, "198.51.100.1:4711", 14))).collect();
    // One more would take the place of one that has not come yet.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let begun = Instant::now();
    // Until all of them wait, one more is answered after a second that there is nothing.
    let refused = loop {
        let answer = wait(&one, "198.51.100.1", 1).await.unwrap();
        if answer.status() != 200 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "one client may wait as often as it likes");
    };
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["retry_after"]), (&json!("rate-limited"), &json!(5)));
    let status = async |token: &str, address: &'static str, seconds: u32| {
        wait(token, address, seconds).await.unwrap().status().as_u16()
    };
    assert_eq!(status(&one, "198.51.100.2", 1).await, 429, "the client's share, from another address");
    assert_eq!(status(&other, "198.51.100.1", 1).await, 429, "the address's share, of another client");
    assert_eq!(status(&other, "198.51.100.2", 1).await, 200, "others wait");
    assert_eq!(status(&one, "198.51.100.1", 0).await, 200, "who does not wait needs no place");
    for answer in waiting {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200, "nobody who waited was turned away");
    }
    assert_eq!(status(&one, "198.51.100.1", 1).await, 200, "their places are free");
}

/// An export over a connection of its own that has begun, and of which nothing but that is read.
async fn begin_export(app: &TestApp, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    let path = "/v1/events/mine/registrations/export?format=ndjson";
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).await.unwrap();
    assert_eq!(std::str::from_utf8(&begun), Ok("HTTP/1.1 200"));
    stream
}

/// Who stops reading is cut off and holds nothing any more; who reads slowly gets all of it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_reading_is_cut_off() {
    let timeout = Duration::from_secs(3);
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.reader_timeout = timeout).await;
    app.publish(&owned("mine", "owner", &["co"])).await;
    // Far more than fits into what lies between the program and a reader that does not read.
    app.fill("mine", 80_000).await;
    let (owner, co) = (app.partner("owner").await, app.partner("co").await);
    let slow = tokio::spawn({
        let mut stream = begin_export(&app, &co).await;
        async move {
            let (mut piece, mut all) = (vec![0; 256 * 1024], Vec::new());
            let begun = Instant::now();
            loop {
                let read = stream.read(&mut piece).await.expect("it is not cut off");
                all.extend_from_slice(&piece[..read]);
                if read == 0 {
                    return all;
                }
                if begun.elapsed() < 3 * timeout {
                    tokio::time::sleep(timeout / 10).await;
                }
            }
        }
    });
    // All that one client may have at a time.
    let mut stalled = Vec::new();
    for _ in 0..4 {
        stalled.push(begin_export(&app, &owner).await);
    }
    let begun = Instant::now();
    let head =
        || app.client.head(format!("{}/v1/events/mine/registrations/export", app.base)).bearer_auth(&owner).send();
    assert_eq!(head().await.unwrap().status(), 429, "they have begun");
    while head().await.unwrap().status() != 200 {
        assert!(begun.elapsed() < 5 * timeout, "who does not read keeps its place");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(begun.elapsed() > timeout / 2, "they were not cut off at once");
    // The first of them has gone; the others began a little later.
    tokio::time::sleep(timeout).await;
    for mut stream in stalled {
        let mut all = Vec::new();
        let reading = stream.read_to_end(&mut all);
        let result = tokio::time::timeout(Duration::from_secs(20), reading).await.expect("its connection is gone");
        assert!(result.is_err() || !all.ends_with(b"0\r\n\r\n"), "{} bytes look like a whole export", all.len());
    }
    let all = slow.await.unwrap();
    assert!(all.ends_with(b"0\r\n\r\n"), "who reads slowly gets all: {} bytes", all.len());
}
