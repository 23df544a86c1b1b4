//! Paths with unnecessary percent-escapes. A path that the router accepts must be the same path for authentication, rate
//! limits, the cache, metrics and logs.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::database::test_database::Engine;
use crate::support::http::calls::Call;
use crate::support::http::response::TestResponse;
use crate::support::http::spec;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{person, webinar};

crate::on_both_engines!(path_spellings_do_not_bypass_authentication, clients_are_recognised_in_every_spelling);

/// Equivalent spellings of a path, and some invalid ones.
fn spellings(path: &str) -> Vec<String> {
    let (path, query) = path.split_once('?').map_or((path, String::new()), |(path, query)| (path, format!("?{query}")));
    let escaped = |wanted: &dyn Fn(usize, char) -> bool| {
        let mut number = 0;
        path.chars().fold(String::new(), |mut text, one| {
            if one != '/' && wanted(number, one) {
                let _ = write!(text, "%{:02X}", u32::from(one));
            } else {
                text.push(one);
            }
            number += 1;
            text
        })
    };
    let first = escaped(&|at, _| at == 1);
    let mut all = vec![
        first.clone(),
        first.to_lowercase(),
        escaped(&|_, _| true),
        escaped(&|at, _| at == 2),
        escaped(&|_, one| "-._".contains(one)),
        escaped(&|_, one| one.is_ascii_digit()),
        // An escape that appears only after another is decoded: `%76` as `%%376`.
        format!("/%{:02X}{}", first.as_bytes()[2], &first[3..]).replacen("/%", "/%%", 1),
        path.replacen('/', "/%2F", 1),
        path.replacen('/', "%2F", 2).replacen("%2F", "/", 1),
        format!("{path}%2F"),
        format!("{path}%00"),
        format!("/%zz{path}"),
    ];
    all.dedup();
    all.into_iter().map(|path| path + &query).collect()
}

async fn send(app: &TestApp, call: &Call, path: &str) -> TestResponse {
    let mut request = app.client.request(call.method.parse().unwrap(), format!("{}{path}", app.base));
    let content_type = call.content_type.as_deref();
    for (name, value) in
        [("authorization", call.authorization.as_deref()), ("accept", call.accept), ("content-type", content_type)]
    {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    if let Some(body) = &call.body {
        request = request.body(body.clone());
    }
    let response = TestResponse::read_unchecked(request.send().await.unwrap()).await;
    // The specification has the plain path only; 404 is possible for any spelling.
    if response.status != 404 {
        spec::check(&call.method, &call.path(), response.status, response.header("content-type"), &response.body);
    }
    response
}

/// Every spelling of every operation's path behaves like the plain path or is not found.
async fn path_spellings_do_not_bypass_authentication(app: TestApp) {
    app.publish(&webinar()).await;
    for call in Call::all(&app).await {
        let plain = call.path();
        let bad = Call { authorization: Some("Bearer garbage".to_owned()), ..call.clone() };
        let counts = call.needs_token() || call.accepts_token();
        let mut equivalent = 0;
        for spelling in spellings(&plain) {
            if counts {
                let response = send(&app, &bad, &spelling).await;
                // As for the plain path, 404 and 405 precede authentication: `confirm%2F` is not `confirm` but an id.
                if response.status == 404 || response.status == 405 {
                    continue;
                }
                response.expect_problem(401, "invalid-token");
            }
            if call.is_read() {
                let response = send(&app, &call, &spelling).await;
                if response.status == 404 {
                    continue;
                }
                assert_eq!(response.status, 200, "{call} as {spelling}: {}", response.body);
                let none = Call { authorization: None, ..call.clone() };
                let response = send(&app, &none, &spelling).await;
                assert_eq!(response.status, if call.needs_token() { 401 } else { 200 }, "{call} as {spelling}");
            }
            equivalent += 1;
        }
        assert!(equivalent >= 3, "{call}: equivalent spellings have the same response");
    }
}

async fn clients_are_recognised_in_every_spelling(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let maker = app.partner("maker").await;
    let register = async |path: &str, email: &str, key: &str| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&maker).header("idempotency-key", key);
        let response = request.json(&person(email)).send().await.unwrap();
        TestResponse::read("POST", "/v1/events/mine/registrations", response).await
    };
    let plain = "/v1/events/mine/registrations";
    for (number, path) in
        ["/%761/events/mine/registrations", "/v1/events/%6Dine/registration%73"].into_iter().enumerate()
    {
        let (email, key) = (format!("p{number}@example.org"), format!("key-{number}"));
        let created = register(path, &email, &key).await.expect(201);
        assert_eq!(created["source"], "maker", "{path}");
        // A request in another spelling is the same request for its idempotency key.
        let again = register(plain, &email, &key).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{path}");
        assert_eq!(again.expect(201)["id"], created["id"]);
    }
    let problem = app.client.get(format!("{}/%761/events/nothing", app.base)).send().await.unwrap();
    let problem = TestResponse::read("GET", "/v1/events/nothing", problem).await.expect_problem(404, "not-found");
    assert_eq!(problem["instance"], json!("/v1/events/nothing"));
}

/// Decisions that depend on a path's prefix are the same in every spelling.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_and_pages_apply_to_every_spelling() {
    let quotas = plenaria_http::limits::rate_limit::Quotas { reads: 2, ..Default::default() };
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.rate_limits = Some(quotas)).await;
    for path in ["/%68ealth/live", "/health/liv%65", "/%68%65alth/ready"] {
        for _ in 0..4 {
            let response = app.client.get(format!("{}{path}", app.base)).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 200, "{path} is free");
        }
    }
    let page = app.client.get(format!("{}/%64ocs/", app.base)).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    assert!(page.headers().contains_key("content-security-policy"), "{:?}", page.headers());
}
