//! The cost of validation: time linear in the body's size for any content, and responses of bounded size.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::http::calls::Call;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    unknown_fields_take_linear_time,
    large_bodies_are_handled_quickly,
    duplicate_names_are_rejected,
    batch_errors_are_truncated,
);

/// The largest body of a single registration, and of a batch.
const LIMITS: (usize, usize) = (256 * 1024, 2 * 1024 * 1024);

/// An object of about this many bytes, with short unknown field names.
fn unknown_fields(bytes: usize) -> String {
    let mut body = String::from("{");
    for n in 0.. {
        if body.len() + 16 > bytes {
            break;
        }
        let _ = write!(body, "{}\"a{n:x}\":0", if n == 0 { "" } else { "," });
    }
    body + "}"
}

/// The shortest of three attempts.
async fn quickest(call: &Call, app: &TestApp, body: &str) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let call = Call { body: Some(body.to_owned()), ..call.clone() };
        let started = Instant::now();
        let response = call.send(app).await;
        best = best.min(started.elapsed());
        let problem = response.json();
        assert!(matches!(response.status, 400 | 413 | 422), "{}: {}", call.id(), response.status);
        assert!(problem["errors"].as_array().is_none_or(|errors| errors.len() <= 50), "{}", call.id());
        if response.status == 422 {
            assert_eq!(problem["errors_truncated"], true, "{}", call.id());
        }
    }
    best
}

/// Eight times as many fields take about eight times as long; comparing all pairs would take 64 times as long.
async fn unknown_fields_take_linear_time(app: TestApp) {
    app.publish(&crate::support::server::sample_events::webinar()).await;
    let mut tried = 0;
    for call in Call::all(&app).await {
        if call.content_type.as_deref().is_none_or(|kind| !kind.contains("json")) {
            continue;
        }
        tried += 1;
        let small = quickest(&call, &app, &unknown_fields(LIMITS.0 / 8)).await;
        let large = quickest(&call, &app, &unknown_fields(LIMITS.0)).await;
        let bound = small.max(Duration::from_millis(5)) * 24;
        assert!(large < bound, "{}: {small:?}, and {large:?} for eight times as much", call.id());
    }
    assert!(tried >= 8, "{tried}");
}

async fn post(app: &TestApp, path: &str, token: Option<&str>, body: String) -> TestResponse {
    let mut request = app.client.post(format!("{}{path}", app.base)).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    TestResponse::read("POST", path, request.body(body).send().await.unwrap()).await
}

async fn large_bodies_are_handled_quickly(app: TestApp) {
    let mut event = definition("with-questions", None, false);
    let choices: Vec<Value> = (0..50).map(|n| json!({"key": format!("c-{n}"), "label": "C"})).collect();
    let questions = (0..50).map(|n| match n % 2 {
        0 => json!({"key": format!("question-number-{n}"), "label": "Q", "kind": "choices", "choices": choices}),
        _ => json!({"key": format!("question-number-{n}"), "label": "Q", "kind": "text"}),
    });
    event["registration"]["questions"] = questions.collect();
    app.publish(&event).await;
    let path = "/v1/events/with-questions/registrations";
    let with = |field: &str, value: String| {
        let mut person = person("ana@example.org");
        person.as_object_mut().unwrap().remove(field);
        let person = person.to_string();
        format!("{},\"{field}\":{value}}}", &person[..person.len() - 1])
    };
    let list = |item: &str| format!("[{}{item}]", format!("{item},").repeat(LIMITS.0 / (item.len() + 1) - 200));
    let long = "x".repeat(LIMITS.0 - 1_000);
    let names = unknown_fields(LIMITS.0 - 1_000);
    let near = (0..).map(|n| format!("\"question-numbr-{n}\":0")).take(9_000).collect::<Vec<_>>().join(",");
    let started = Instant::now();
    for (body, status) in [
        (with("answers", names.clone()), 422),
        (with("answers", format!("{{{near}}}")), 422),
        (with("answers", format!("{{\"question-number-0\":{}}}", list("\"c-1\""))), 201),
        (with("answers", format!("{{\"question-number-0\":{}}}", list("\"x\""))), 422),
        (with("answers", format!("{{\"question-number-0\":{}}}", list("0"))), 422),
        (with("name", format!("\"{long}\"")), 422),
        (with("country", format!("\"{long}\"")), 422),
        (with("language", format!("\"{long}\"")), 422),
        (with("emial", format!("\"{long}\"")), 422),
        (with(&long, "0".to_owned()), 422),
        (with("city", list("0")), 422),
        (format!("{}{}", "[".repeat(LIMITS.0 / 2), "]".repeat(LIMITS.0 / 2)), 400),
        (with("x", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), 400),
        (list("0"), 422),
        (format!("\"{long}\""), 422),
    ] {
        let response = post(&app, path, None, body.clone()).await;
        assert_eq!(response.status, status, "{}…: {}", &body[..200], &response.body[..response.body.len().min(500)]);
        assert!(response.body.len() < 100_000, "{}", response.body.len());
    }
    // Comparing all pairs took more than a minute.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

async fn duplicate_names_are_rejected(app: TestApp) {
    let mut event = definition("with-questions", None, false);
    event["registration"]["questions"] = json!([{"key": "why", "label": "Why?", "kind": "text"}]);
    app.publish(&event).await;
    let path = "/v1/events/with-questions/registrations";
    let person = person("ana@example.org").to_string();
    let with = |more: &str| format!("{},{more}}}", &person[..person.len() - 1]);
    for twice in [
        "\"name\":\"Bea\"",
        "\"answers\":{\"why\":\"a\",\"why\":\"b\"}",
        "\"answers\":{\"why\":\"a\",\"\\u0077hy\":\"b\"}",
        "\"answers\":{\"why\":{\"a\":1,\"a\":1}}",
        "\"city\":7,\"city\":\"Lleida\"",
    ] {
        post(&app, path, None, with(twice)).await.expect_problem(400, "malformed-request");
    }
    let (id, token, _) = app.registered("with-questions", "bea@example.org").await;
    let url = format!("{}/v1/registrations/{id}", app.base);
    let patch = app.client.patch(url).bearer_auth(&token).header("content-type", "application/merge-patch+json");
    let response = patch.body("{\"answers\":{\"why\":\"a\",\"why\":null}}").send().await.unwrap();
    assert_eq!(response.status(), 400);
}

async fn batch_errors_are_truncated(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    let client = app.partner("al-las").await;
    let path = "/v1/events/open/registrations/batch";
    let item = unknown_fields(LIMITS.1 / 500 - 100);
    let items = vec![item.as_str(); 500].join(",");
    for (atomic, status) in [(false, 200), (true, 422)] {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&client);
        let request = request.header("content-type", "application/json").header("idempotency-key", format!("{atomic}"));
        let body = format!("{{\"items\":[{items}],\"atomic\":{atomic}}}");
        let response = TestResponse::read("POST", path, request.body(body).send().await.unwrap()).await;
        let all = response.expect(status);
        assert!(response.body.len() < 1_000_000, "{} bytes", response.body.len());
        if atomic {
            assert_eq!((all["errors"].as_array().unwrap().len(), &all["errors_truncated"]), (50, &json!(true)));
            continue;
        }
        let results = all["results"].as_array().unwrap();
        let listed = |result: &Value| result["problem"]["errors"].as_array().map_or(0, Vec::len);
        assert!(results.iter().all(|result| (1..=50).contains(&listed(result))));
        assert_eq!(results.iter().map(listed).sum::<usize>(), 500);
    }
    // Too many items, and too many unknown fields.
    let many = format!("{{\"items\":[0{}]}}", ",0".repeat(LIMITS.1 / 2 - 100));
    assert_eq!(
        post(&app, path, Some(&client), many).await.field_errors(),
        [("/items".to_owned(), "length".to_owned())]
    );
    let names = unknown_fields(LIMITS.1);
    let response = post(&app, path, Some(&client), names).await;
    assert_eq!((response.status, response.json()["errors_truncated"].clone()), (422, json!(true)));
}
