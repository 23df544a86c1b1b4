//! Other spellings of a path: percent-escapes where none are needed. Whatever the router takes for a path must be that path
//! to everybody else: to those who authenticate, limit, keep, count and log.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::partners::owned;
use crate::support::{Answer, Call, Engine, TestApp, person, spec, webinar};

crate::on_both_engines!(no_spelling_gets_around_authentication, a_client_stays_a_client);

/// The path in spellings that mean the same, and in some that are broken.
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
        // An escape that only shows once another is decoded: `%76` as `%%376`.
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

async fn send(app: &TestApp, call: &Call, path: &str) -> Answer {
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
    let answer = Answer::read_unchecked(request.send().await.unwrap()).await;
    // The specification knows the plain path; what is not found may be said of any.
    if answer.status != 404 {
        spec::check(&call.method, &call.path(), answer.status, answer.header("content-type"), &answer.body);
    }
    answer
}

/// Every operation, in every spelling: as the plain one, or not found.
async fn no_spelling_gets_around_authentication(app: TestApp) {
    app.publish(&webinar()).await;
    for call in Call::all(&app).await {
        let plain = call.path();
        let bad = Call { authorization: Some("Bearer garbage".to_owned()), ..call.clone() };
        let counts = call.needs_token() || call.may_show_token();
        let mut alike = 0;
        for spelling in spellings(&plain) {
            if counts {
                let answer = send(&app, &bad, &spelling).await;
                // As for the plain path, it comes first that there is nothing, or nothing of that method: `confirm%2F` is no
                // `confirm`, but stands where an id does.
                if answer.status == 404 || answer.status == 405 {
                    continue;
                }
                answer.expect_problem(401, "invalid-token");
            }
            if call.reads() {
                let answer = send(&app, &call, &spelling).await;
                if answer.status == 404 {
                    continue;
                }
                assert_eq!(answer.status, 200, "{call} as {spelling}: {}", answer.body);
                let none = Call { authorization: None, ..call.clone() };
                let answer = send(&app, &none, &spelling).await;
                assert_eq!(answer.status, if call.needs_token() { 401 } else { 200 }, "{call} as {spelling}");
            }
            alike += 1;
        }
        assert!(alike >= 3, "{call}: what is only spelt otherwise is the same");
    }
}

async fn a_client_stays_a_client(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let maker = app.partner("maker").await;
    let register = async |path: &str, email: &str, key: &str| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&maker).header("idempotency-key", key);
        let answer = request.json(&person(email)).send().await.unwrap();
        Answer::read("POST", "/v1/events/mine/registrations", answer).await
    };
    let plain = "/v1/events/mine/registrations";
    for (number, path) in
        ["/%761/events/mine/registrations", "/v1/events/%6Dine/registration%73"].into_iter().enumerate()
    {
        let (email, key) = (format!("p{number}@example.org"), format!("key-{number}"));
        let made = register(path, &email, &key).await.expect(201);
        assert_eq!(made["source"], "maker", "{path}");
        // The same request in another spelling is the same request.
        let again = register(plain, &email, &key).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{path}");
        assert_eq!(again.expect(201)["id"], made["id"]);
    }
    let problem = app.client.get(format!("{}/%761/events/nothing", app.base)).send().await.unwrap();
    let problem = Answer::read("GET", "/v1/events/nothing", problem).await.expect_problem(404, "not-found");
    assert_eq!(problem["instance"], json!("/v1/events/nothing"));
}

/// What is decided by a path's beginning is decided the same in every spelling.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_and_pages_know_every_spelling() {
    let quotas = plenaria_http::rate_limit::Quotas { reads: 2, ..Default::default() };
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.rate_limits = Some(quotas)).await;
    for path in ["/%68ealth/live", "/health/liv%65", "/%68%65alth/ready"] {
        for _ in 0..4 {
            let answer = app.client.get(format!("{}{path}", app.base)).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{path} is free");
        }
    }
    let page = app.client.get(format!("{}/%64ocs/", app.base)).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    assert!(page.headers().contains_key("content-security-policy"), "{:?}", page.headers());
}
