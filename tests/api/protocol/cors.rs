//! Cross-origin requests, also behind a shared cache: a response is either the same for all origins or has `Vary: Origin`.
//! `scripts/proxies` tests it with real caches.

use plenaria_http::request::origin::Origins;

use crate::support::database::test_database::Engine;
use crate::support::http::calls::Call;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, webinar};

crate::on_both_engines!(every_operation_with_and_without_an_origin, paths_without_operations);

const LISTED: &str = "https://www.example.org";
const ALSO_LISTED: &str = "http://localhost:3000";
const EXPOSED: [&str; 12] = [
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
];

/// Sends a request with these headers. The response is not checked against the specification, which does not have all
/// paths.
async fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&'static str, &str)]) -> TestResponse {
    let mut request = app.client.request(method.parse().unwrap(), format!("{}{path}", app.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = TestResponse::read_unchecked(request.send().await.unwrap()).await;
    let lines = response.headers.get_all("vary").iter().count();
    assert!(lines <= 1, "{method} {path}: some caches read only one Vary line, and there are {lines}");
    response
}

#[track_caller]
fn assert_open(at: &str, response: &TestResponse) {
    assert_eq!(response.header("access-control-allow-origin"), Some("*"), "{at} {}", response.status);
    let exposed = response.header("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
    for name in EXPOSED {
        assert!(exposed.split(',').any(|e| e.trim() == name), "{at} {}: {name} in {exposed}", response.status);
    }
    assert_eq!(response.header("access-control-allow-credentials"), None, "{at}");
    let vary = response.header("vary").unwrap_or_default();
    assert!(!vary.contains("Origin"), "{at}: the response does not depend on the origin: {vary}");
}

/// Each operation with its own method and with methods that it does not allow: successes and errors.
async fn every_operation_with_and_without_an_origin(app: TestApp) {
    app.publish(&webinar()).await;
    for call in Call::all(&app).await {
        let own = call.method.clone();
        for method in [own.as_str(), "HEAD", "OPTIONS", "TRACE"] {
            for origin in [None, Some(("origin", "https://a.example")), Some(("origin", "null"))] {
                let mut call = Call { method: method.to_owned(), header: origin, ..call.clone() };
                if method != own {
                    call.body = None;
                }
                assert_open(&format!("{call} {origin:?}"), &call.send(&app).await);
                // An invalid token is rejected before routing.
                call.authorization = Some("Bearer garbage".to_owned());
                assert_open(&format!("{call} {origin:?}"), &call.send(&app).await);
            }
        }
    }
}

/// HTML pages, the token endpoint, unknown paths, and cached and not-modified responses.
async fn paths_without_operations(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    for (method, path, status) in [
        ("GET", "/v1/events/small", 200),
        ("GET", "/v1/events/small", 200),
        ("HEAD", "/v1/events/small", 200),
        ("GET", "/v1/events/nothing", 404),
        ("GET", "/v1/events?nothing=1", 400),
        ("GET", "/nowhere", 404),
        ("OPTIONS", "/nowhere", 404),
        ("POST", "/oauth/token", 400),
        ("GET", "/oauth/token", 405),
        ("GET", "/.well-known/jwks.json", 200),
        ("GET", "/docs/", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/problems/event-full", 200),
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("OPTIONS", "/health/ready", 204),
    ] {
        for origin in [None, Some(("origin", LISTED))] {
            let mut headers: Vec<(&'static str, &str)> = origin.into_iter().collect();
            let response = ask(&app, method, path, &headers).await;
            assert!(response.status == status || path == "/oauth/token", "{method} {path}: {}", response.status);
            assert_open(&format!("{method} {path}"), &response);
            if let Some(tag) = response.header("etag").filter(|_| method == "GET") {
                headers.push(("if-none-match", tag));
                let again = ask(&app, method, path, &headers).await;
                assert_eq!(again.status, 304, "{path}");
                assert_open(&format!("304 of {path}"), &again);
                assert_eq!(again.header("vary"), response.header("vary"), "{path}");
            }
        }
    }
}

/// Browsers send a preflight before a page may send a token or JSON. For an unknown path it must succeed too, so that the
/// page sees the 404.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preflights() {
    let app = TestApp::start(Engine::Sqlite).await;
    let preflight = [
        ("origin", LISTED),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type, idempotency-key, authorization"),
    ];
    for (path, allow) in [
        ("/v1/events/small/registrations", Some("GET, HEAD, POST, OPTIONS")),
        ("/v1/nothing", None),
        ("/nowhere", None),
    ] {
        let response = ask(&app, "OPTIONS", path, &preflight).await;
        assert_eq!((response.status, response.header("allow"), response.body.as_str()), (204, allow, ""), "{path}");
        assert_open(path, &response);
        assert!(response.header("access-control-allow-methods").unwrap().contains("PATCH"));
        assert_eq!(response.header("access-control-allow-headers"), Some(preflight[2].1));
        assert_eq!(response.header("access-control-max-age"), Some("7200"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_origins_keeps_caches_right() {
    let listed = Origins::Only(vec![LISTED.to_owned(), ALSO_LISTED.to_owned()]);
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.origins = listed).await;
    app.publish(&definition("small", None, false)).await;
    let tag = ask(&app, "GET", "/v1/events/small", &[]).await.header("etag").unwrap().to_owned();
    for (method, path) in [
        ("GET", "/v1/events/small"),
        ("HEAD", "/v1/events/small"),
        ("GET", "/v1/events/nothing"),
        ("GET", "/nowhere"),
        ("DELETE", "/v1/events/small"),
        ("OPTIONS", "/v1/events/small"),
        ("POST", "/oauth/token"),
        ("GET", "/docs/"),
        ("GET", "/openapi.json"),
        ("GET", "/problems/event-full"),
        ("GET", "/health/live"),
    ] {
        for origin in [None, Some(LISTED), Some(ALSO_LISTED), Some("https://evil.example"), Some("null"), None] {
            let conditions: [Vec<(&'static str, &str)>; 3] = [
                Vec::new(),
                vec![("if-none-match", tag.as_str())],
                vec![("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")],
            ];
            for other_headers in conditions {
                let at = format!("{method} {path} of {origin:?} with {other_headers:?}");
                let headers: Vec<_> =
                    origin.map(|origin| ("origin", origin)).into_iter().chain(other_headers.clone()).collect();
                let response = ask(&app, method, path, &headers).await;
                let allowed = origin.filter(|origin| [LISTED, ALSO_LISTED].contains(origin));
                assert_eq!(response.header("access-control-allow-origin"), allowed, "{at}");
                let exposed = response.header("access-control-expose-headers");
                assert_eq!(exposed.is_some(), allowed.is_some(), "{at}");
                let vary = response.header("vary").unwrap_or_default();
                assert!(vary.split(", ").any(|name| name == "Origin"), "{at}: {vary}");
                let is_preflight = method == "OPTIONS" && other_headers.len() == 2 && allowed.is_some();
                assert_eq!(
                    response.header("access-control-allow-headers"),
                    is_preflight.then_some("authorization"),
                    "{at}"
                );
            }
        }
    }
}
