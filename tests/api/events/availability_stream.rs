//! Live seats as Server-Sent Events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    changes_arrive,
    a_reader_continues_on_any_instance,
    a_stream_ends_with_its_event,
    drafts_have_no_stream,
    a_stream_ends_when_the_server_stops,
);

/// How soon a message must be here. The program takes a second; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(8);

/// An open stream.
struct Reader {
    response: reqwest::Response,
    /// What has been received and not been read.
    received: String,
}

/// What ends with a blank line: a message, or comments and other fields.
#[derive(Debug)]
struct Block(String);

impl Block {
    /// The value of a field.
    fn field(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn id(&self) -> u64 {
        self.field("id").unwrap_or_else(|| panic!("no id: {}", self.0)).parse().expect("a number")
    }

    fn data(&self) -> Value {
        assert_eq!(self.field("event"), Some("availability"), "{}", self.0);
        serde_json::from_str(self.field("data").expect("data")).expect("JSON")
    }

    fn status(&self) -> Value {
        self.data()["status"].clone()
    }
}

impl Reader {
    /// What follows next; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Block> {
        while !self.received.contains("\n\n") {
            let chunk = tokio::time::timeout(SOON, self.response.chunk()).await.expect("something arrives in time");
            self.received.push_str(std::str::from_utf8(&chunk.expect("a connection")?).expect("UTF-8"));
        }
        let (block, rest) = self.received.split_once("\n\n").expect("a block");
        let (block, rest) = (Block(block.to_owned()), rest.to_owned());
        self.received = rest;
        Some(block)
    }

    async fn message(&mut self) -> Block {
        self.next().await.expect("a message")
    }

    /// The first message for which this holds; each has a greater id than the one before.
    async fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Block {
        let mut last = 0;
        loop {
            let message = self.message().await;
            assert!(message.id() > last, "{message:?}");
            last = message.id();
            if holds(&message.data()) {
                return message;
            }
        }
    }
}

fn url(base: &str, event: &str) -> String {
    format!("{base}/v1/events/{event}/availability/stream")
}

async fn get(app: &TestApp, base: &str, event: &str, last_id: Option<u64>) -> reqwest::Response {
    let request = app.client.get(url(base, event)).header("accept", "text/event-stream");
    let request = last_id.into_iter().fold(request, |request, id| request.header("last-event-id", id.to_string()));
    request.send().await.expect("a response")
}

async fn open(app: &TestApp, base: &str, event: &str, last_id: Option<u64>) -> Reader {
    let response = get(app, base, event, last_id).await;
    assert_eq!(response.status(), 200);
    Reader { response, received: String::new() }
}

async fn changes_arrive(app: TestApp) {
    app.publish(&definition("small", Some(2), true)).await;
    let mut stream = open(&app, &app.base, "small", None).await;
    let header = |name: &str| stream.response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store, no-transform"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert_eq!((header("content-encoding"), header("etag")), (None, None));
    let first = stream.message().await;
    assert_eq!(first.field("retry"), Some("3000"));
    assert_eq!(first.data(), app.availability("small").await);

    app.registered("small", "ana@example.org").await;
    let second = stream.message().await;
    assert!(second.id() > first.id());
    assert_eq!((&second.data()["seats_left"], second.status()), (&json!(1), json!("open")));
    app.registered("small", "bob@example.org").await;
    let (id, token, _) = app.registered("small", "cleo@example.org").await;
    let full = stream.until(|data| data["waitlisted"] == 1).await;
    assert_eq!((&full.data()["seats_left"], full.status()), (&json!(0), json!("waitlist")));
    app.cancel(&id, &token).await.expect(200);
    stream.until(|data| data["waitlisted"] == 0).await;

    let mut cancelled = definition("small", Some(2), true);
    cancelled["status"] = json!("cancelled");
    app.publish(&cancelled).await;
    stream.until(|data| data["status"] == "cancelled").await;
}

async fn a_reader_continues_on_any_instance(app: TestApp) {
    app.publish(&definition("small", Some(2), false)).await;
    let elsewhere = app.another_instance().await;
    let id = open(&app, &app.base, "small", None).await.message().await.id();
    // Nothing has changed: the first message is the next change, on either instance.
    let mut streams = Vec::new();
    for base in [&app.base, &elsewhere] {
        let mut stream = open(&app, base, "small", Some(id)).await;
        let comment = stream.message().await;
        assert_eq!((comment.field("retry"), comment.field("data")), (Some("3000"), None), "{comment:?}");
        streams.push(stream);
    }
    app.registered("small", "ana@example.org").await;
    let mut ids = Vec::new();
    for stream in &mut streams {
        let message = stream.message().await;
        assert_eq!(message.data()["confirmed"], 1);
        assert!(message.id() > id);
        ids.push(message.id());
    }
    // Something has changed since: it comes at once.
    for (base, last) in [(&app.base, id), (&elsewhere, id), (&app.base, 0), (&elsewhere, u64::MAX)] {
        assert_eq!(open(&app, base, "small", Some(last)).await.message().await.data()["confirmed"], 1, "{last}");
    }
    for (base, last) in [(&app.base, ids[1]), (&elsewhere, ids[0])] {
        let comment = open(&app, base, "small", Some(last)).await.message().await;
        assert_eq!(comment.field("data"), None, "the other instance's id means the same");
    }
    let request = app.client.get(url(&app.base, "small")).header("last-event-id", "not one of ours");
    let mut stream = Reader { response: request.send().await.unwrap(), received: String::new() };
    stream.message().await.data();
}

async fn a_stream_ends_with_its_event(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let mut stream = open(&app, &app.base, "small", None).await;
    assert_eq!(stream.message().await.status(), "open");
    app.set_time("2026-11-24T10:30:00Z");
    stream.until(|data| data["status"] == "closed").await;
    app.set_time("2026-11-24T11:00:00Z");
    let last = stream.message().await;
    assert_eq!(last.status(), "ended");
    assert!(stream.next().await.is_none());
    // A reader that knows it is told not to come again; another one gets the last message.
    let path = "/v1/events/small/availability/stream";
    let response = get(&app, &app.base, "small", Some(last.id())).await;
    let response = TestResponse::read("GET", path, response).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert_eq!(response.header("cache-control"), Some("no-store, no-transform"));
    let mut stream = open(&app, &app.base, "small", None).await;
    assert_eq!(stream.message().await.status(), "ended");
    assert!(stream.next().await.is_none());
}

async fn drafts_have_no_stream(app: TestApp) {
    let mut draft = definition("hidden", None, false);
    draft["status"] = json!("draft");
    app.publish(&draft).await;
    let path = "/v1/events/hidden/availability/stream";
    app.get(path).await.expect_problem(404, "not-found");
    draft["status"] = json!("published");
    app.publish(&draft).await;
    let mut stream = open(&app, &app.base, "hidden", None).await;
    stream.message().await.data();
    draft["status"] = json!("draft");
    app.publish(&draft).await;
    assert!(stream.next().await.is_none(), "the event was withdrawn");
    app.get(path).await.expect_problem(404, "not-found");
}

async fn a_stream_ends_when_the_server_stops(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let (base, stopper) = app
        .another_instance_with(|settings| {
            settings.drain = Duration::from_secs(2);
            settings.shutdown_timeout = Duration::from_secs(20);
        })
        .await;
    let mut stream = open(&app, &base, "small", None).await;
    let id = stream.message().await.id();
    let stopping = tokio::spawn(stopper.stop());
    let started = std::time::Instant::now();
    let farewell = stream.message().await;
    let retry: u32 = farewell.field("retry").expect("when to connect again").parse().unwrap();
    assert!((1_000..=5_000).contains(&retry) && farewell.field("data").is_none(), "{farewell:?}");
    assert!(stream.next().await.is_none());
    // Until other connections are rejected, new streams get the first message, and end too.
    let mut stream = open(&app, &base, "small", None).await;
    stream.message().await.data();
    assert!(stream.message().await.field("retry").is_some() && stream.next().await.is_none());
    stopping.await.unwrap();
    assert!(started.elapsed() < SOON, "streams do not delay the end: {:?}", started.elapsed());
    let comment = open(&app, &app.base, "small", Some(id)).await.message().await;
    assert_eq!(comment.field("data"), None, "the reader continues elsewhere");
}

/// One address reaches its limit; others do not notice. Readers that have gone free their places.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_twenty_streams() {
    let app = TestApp::start_with(Engine::Sqlite, |settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    app.publish(&definition("small", None, false)).await;
    let request = |method: reqwest::Method, address: &'static str| {
        app.client.request(method, url(&app.base, "small")).header("x-forwarded-for", address).send()
    };
    let get = |address: &'static str| request(reqwest::Method::GET, address);
    let mut streams = Vec::new();
    for _ in 0..20 {
        assert_eq!(request(reqwest::Method::HEAD, "198.51.100.1").await.unwrap().status(), 200, "HEAD takes no place");
        let response = get("198.51.100.1").await.unwrap();
        assert_eq!(response.status(), 200);
        streams.push(response);
    }
    let response = get("198.51.100.1").await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    let response = TestResponse::read("GET", "/v1/events/small/availability/stream", response).await;
    response.expect_problem(503, "overloaded");
    assert_eq!(get("198.51.100.2").await.unwrap().status(), 200, "another address");
    // Nothing is sent in the meantime: the server notices that the connections were closed.
    drop(streams);
    let closed = std::time::Instant::now();
    while get("198.51.100.1").await.unwrap().status() != 200 {
        assert!(closed.elapsed() < Duration::from_secs(2), "the places are free again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
