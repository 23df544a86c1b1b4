//! Rate limits, requests of other origins' pages, and slow clients.

use std::time::Duration;

use plenaria_http::limits::rate_limit::Quotas;
use plenaria_http::request::origin::Origins;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, person, webinar};

async fn limited(engine: Engine, reads: u32, registrations: u32) -> TestApp {
    TestApp::start_with(engine, |settings| {
        settings.rate_limits = Some(Quotas { reads, registrations, ..Quotas::default() });
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await
}

async fn get_from(app: &TestApp, path: &str, address: &str, tag: Option<&str>) -> TestResponse {
    let mut request = app.client.get(format!("{}{path}", app.base)).header("x-forwarded-for", address);
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    TestResponse::read("GET", path, request.send().await.expect("a response")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_has_a_quota() {
    let app = limited(Engine::Sqlite, 3, 2).await;
    app.publish(&definition("small", None, false)).await;
    for left in [2, 1, 0] {
        let response = get_from(&app, "/v1/events/small", "1.2.3.4", None).await;
        response.expect(200);
        assert_eq!(response.header("ratelimit-policy"), Some("\"default\";q=3;w=60"));
        assert_eq!(response.header("ratelimit"), Some(&*format!("\"default\";r={left};t={}", 60 - 20 * left)));
    }
    let response = get_from(&app, "/v1/events/small", "1.2.3.4", None).await;
    let problem = response.expect_problem(429, "rate-limited");
    assert_eq!((problem["retry_after"].as_i64(), response.header("retry-after")), (Some(20), Some("20")));
    assert_eq!(response.header("ratelimit"), Some("\"default\";r=0;t=60"));
    // Errors count too, and have the headers; health checks are free; other callers have their own quota.
    let response = get_from(&app, "/v1/events/nothing", "1.2.3.5", None).await;
    assert_eq!((response.status, response.header("ratelimit")), (404, Some("\"default\";r=2;t=20")));
    for _ in 0..5 {
        assert_eq!(get_from(&app, "/health/live", "1.2.3.4", None).await.status, 200);
        let health = get_from(&app, "/health/live", "1.2.3.6", None).await;
        assert_eq!(
            health.header("ratelimit"),
            Some("\"default\";r=3;t=0"),
            "health checks do not count, and the headers say so"
        );
    }
    // A /64 network counts as one caller.
    for n in 1..=3 {
        assert_eq!(get_from(&app, "/v1/events/small", &format!("2001:db8::{n}"), None).await.status, 200);
    }
    assert_eq!(get_from(&app, "/v1/events/small", "2001:db8::4", None).await.status, 429);
    assert_eq!(get_from(&app, "/v1/events/small", "2001:db8:0:1::4", None).await.status, 200);
    // The quota refills with time.
    app.set_time("2026-11-23T09:00:20Z");
    assert_eq!(get_from(&app, "/v1/events/small", "1.2.3.4", None).await.status, 200);
    assert_eq!(get_from(&app, "/v1/events/small", "1.2.3.4", None).await.status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_modified_responses_are_free() {
    let app = limited(Engine::Sqlite, 3, 2).await;
    app.publish(&definition("small", None, false)).await;
    let first = get_from(&app, "/v1/events/small", "1.2.3.4", None).await;
    for _ in 0..20 {
        let response = get_from(&app, "/v1/events/small", "1.2.3.4", first.header("etag")).await;
        assert_eq!((response.status, response.header("ratelimit")), (304, Some("\"default\";r=2;t=20")));
    }
}

/// `If-None-Match: *` matches everything, so every response is 304; those that queried the database count nevertheless.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_cached_responses_are_free() {
    let app = limited(Engine::Sqlite, 3, 2).await;
    app.publish(&webinar()).await;
    let uncached = ["/v1/events?q=metropolitan", "/v1/events", "/v1/speakers", "/v1/speakers/elham-fakhari"];
    for (number, path) in uncached.into_iter().enumerate() {
        let address = format!("1.2.4.{number}");
        for left in [2, 1, 0] {
            let response = get_from(&app, path, &address, Some("*")).await;
            let limit = format!("\"default\";r={left};t={}", 60 - 20 * left);
            assert_eq!((response.status, response.header("ratelimit")), (304, Some(&*limit)), "{path}");
        }
        get_from(&app, path, &address, Some("*")).await.expect_problem(429, "rate-limited");
    }
    let event = format!("/v1/events/{WEBINAR}");
    let below = ["", "/programme", "/sessions", "/sessions/tehran", "/speakers", "/calendar.ics", "/programme.ics"];
    let other_paths = ["/openapi.json", "/problems/event-full"].map(str::to_owned);
    for (number, path) in below.map(|path| format!("{event}{path}")).into_iter().chain(other_paths).enumerate() {
        let address = format!("1.2.5.{number}");
        get_from(&app, &path, &address, None).await;
        for _ in 0..10 {
            let response = get_from(&app, &path, &address, Some("*")).await;
            assert_eq!((response.status, response.header("ratelimit")), (304, Some("\"default\";r=2;t=20")), "{path}");
        }
    }
}

/// Some proxies append the port, such as Azure's Application Gateway.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forwarded_addresses_may_have_a_port() {
    let app = limited(Engine::Sqlite, 3, 2).await;
    app.publish(&definition("small", None, false)).await;
    for addresses in [
        ["198.51.100.10:5321", "198.51.100.10:5322", "198.51.100.10", "\"198.51.100.10:80\""],
        ["[2001:db8::1]:443", "2001:db8::2", "[2001:db8::3]", "6.6.6.6, [2001:db8::4]:1"],
    ] {
        for (number, address) in addresses.into_iter().enumerate() {
            let status = get_from(&app, "/v1/events/small", address, None).await.status;
            assert_eq!(status, if number < 3 { 200 } else { 429 }, "{address}");
        }
    }
    // Unparseable addresses share one quota.
    for (number, address) in
        ["7.7.7.1, nonsense", "7.7.7.2, 1.2.3.4:x", "7.7.7.3, [::1", "7.7.7.4, "].into_iter().enumerate()
    {
        let status = get_from(&app, "/v1/events/small", address, None).await.status;
        assert_eq!(status, if number < 3 { 200 } else { 429 }, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_have_a_quota_of_their_own() {
    let app = limited(Engine::Sqlite, 100, 2).await;
    app.publish(&definition("small", None, false)).await;
    for (n, status) in [(1, 201), (2, 201), (3, 429)] {
        let response = app.register("small", &person(&format!("p{n}@example.org"))).await;
        assert_eq!(response.status, status);
        assert_eq!(response.header("ratelimit-policy"), Some("\"registrations\";q=2;w=60"));
    }
    assert_eq!(app.availability("small").await["confirmed"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rate_limit_headers_without_limits() {
    let app = TestApp::start(Engine::Sqlite).await;
    assert!(app.get("/v1/events").await.header("ratelimit").is_none());
}

async fn from_origin(app: &TestApp, method: &str, path: &str, headers: &[(&'static str, &str)]) -> reqwest::Response {
    let mut request = app.client.request(method.parse().expect("a method"), format!("{}{path}", app.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("a response")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_any_origin_may_call() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.publish(&definition("small", None, false)).await;
    let page = ("origin", "https://www.example.org");
    // The first is rendered, the second comes from the cache, and the others are errors; a page may read all of them.
    for path in ["/v1/events/small", "/v1/events/small", "/v1/events/nothing", "/nowhere"] {
        let response = from_origin(&app, "GET", path, &[page]).await;
        let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_ascii_lowercase());
        assert_eq!(header("access-control-allow-origin").as_deref(), Some("*"), "{path}");
        let exposed = header("access-control-expose-headers").unwrap_or_default();
        for name in [
            "etag",
            "link",
            "location",
            "request-id",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "idempotency-replayed",
            "content-language",
            "www-authenticate",
            "deprecation",
            "sunset",
        ] {
            assert!(exposed.split(',').any(|e| e.trim() == name), "{path}: {name} in {exposed}");
        }
    }
    let preflight = [
        page,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type, idempotency-key, authorization"),
    ];
    let response = from_origin(&app, "OPTIONS", "/v1/events/small/registrations", &preflight).await;
    assert!(response.status().is_success() && response.headers().contains_key("request-id"));
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_ascii_lowercase();
    assert!(header("access-control-allow-methods").contains("post"));
    for name in ["content-type", "idempotency-key", "authorization"] {
        assert!(header("access-control-allow-headers").contains(name), "{name}");
    }
    assert!(response.headers().get("access-control-allow-credentials").is_none());
    // Also without an Origin, since a shared cache may serve this response to a page of another origin.
    let plain = from_origin(&app, "GET", "/v1/events/small", &[]).await;
    assert_eq!(plain.headers()["access-control-allow-origin"], "*");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_origins_are_configurable() {
    let named = "https://www.example.org";
    let app = TestApp::start_with(Engine::Sqlite, |s| s.origins = Origins::Only(vec![named.to_owned()])).await;
    app.publish(&definition("small", None, false)).await;
    for _ in 0..2 {
        let response = from_origin(&app, "GET", "/v1/events/small", &[("origin", named)]).await;
        assert_eq!(response.headers()["access-control-allow-origin"], named);
        assert!(response.headers().get_all("vary").iter().any(|v| v.to_str().unwrap().contains("Origin")));
        let other = from_origin(&app, "GET", "/v1/events/small", &[("origin", "https://evil.example")]).await;
        assert!(other.headers().get("access-control-allow-origin").is_none());
    }
}

/// Five hundred clients send a byte per second; others are served meanwhile, and the slow ones are disconnected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_do_not_block_others() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.publish(&definition("small", None, false)).await;
    let address = app.base.strip_prefix("http://").unwrap().to_owned();
    let mut slow = Vec::new();
    for n in 0..500 {
        let address = address.clone();
        slow.push(tokio::spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            // Half of them are slow with the head, half with the body.
            let head = "POST /v1/events/small/registrations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n";
            let text = if n % 2 == 0 { format!("{head}x-slow: ") } else { format!("{head}\r\n{{") };
            stream.write_all(text.as_bytes()).await.unwrap();
            let mut response = Vec::new();
            loop {
                tokio::select! {
                    read = stream.read_buf(&mut response) => if read.is_err() || response.is_empty() || response.ends_with(b"}") || response.ends_with(b"\r\n\r\n") { break },
                    () = tokio::time::sleep(Duration::from_secs(1)) => if stream.write_all(b" ").await.is_err() { break },
                }
            }
            String::from_utf8_lossy(&response).chars().take(12).collect::<String>()
        }));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    for n in 0..20 {
        app.registered("small", &format!("p{n}@example.org")).await;
        app.get("/v1/events/small").await.expect(200);
    }
    let ends = futures_util::future::join_all(slow).await;
    assert!(ends.iter().all(|end| matches!(end.as_deref(), Ok("HTTP/1.1 408" | ""))), "{:?}", ends.first());
    assert_eq!(app.availability("small").await["confirmed"], 20);
}
