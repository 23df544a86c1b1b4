//! `GET /v1/events/{event}/statistics` and its charts.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::mail::queue::{smtp_worker, wait_for_messages};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(
    everything_is_counted,
    days_are_those_of_the_events_zone,
    pending_requests_are_counted_apart,
    mails_are_counted,
    numbers_are_kept_for_some_seconds,
    only_organisers_read_them,
    charts_have_texts_and_a_language,
);

/// Requests the statistics with the token of a new client of an organisation.
async fn read(app: &TestApp, event: &str, organisation: &str, query: &str) -> TestResponse {
    let token = app.token_of(organisation, "events:write").await;
    app.send("GET", &format!("/v1/events/{event}/{query}"), Some(&token), None).await
}

async fn statistics(app: &TestApp, event: &str) -> Value {
    read(app, event, "owner", "statistics").await.expect(200)
}

/// An event with one seat more than people register, a waiting list and audiences.
fn event(capacity: u32) -> Value {
    let mut event = owned("mine", "owner", &["co"]);
    event["time_zone"] = json!("Europe/Madrid");
    event["registration"] = json!({"capacity": capacity, "waitlist": true});
    event["audiences"] = json!([
        {"key": "city", "label": {"en": "City & <council>", "es": "Ciudad"}}, {"key": "press", "label": "Press"},
    ]);
    event
}

fn from(email: &str, country: &str, audience: &str) -> Value {
    let mut body = person(email);
    (body["country"], body["audience"]) = (json!(country), json!(audience));
    body
}

async fn everything_is_counted(app: TestApp) {
    app.publish(&event(4)).await;
    let (owner, maker) = (app.partner("owner").await, app.partner("maker").await);
    let register = async |body: Value| app.register("mine", &body).await.expect(201);
    let attends = register(from("a@example.org", "ES", "city")).await;
    let cancels = register(from("b@example.org", "FR", "city")).await;
    register(from("c@example.org", "ES", "press")).await;
    let mut spanish = person("d@example.org");
    spanish["language"] = json!("es");
    app.registered_by("mine", &maker, &spanish).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let erased = text(&register(from("e@example.org", "IT", "city")).await["id"]);
    app.cancel(&text(&cancels["id"]), &text(&cancels["manage_token"])).await.expect(200);
    register(from("f@example.org", "ES", "city")).await;
    app.send("DELETE", &format!("/v1/registrations/{erased}"), Some(&owner), None).await.expect(204);
    let path = format!("/v1/registrations/{}/attendance", text(&attends["id"]));
    app.send("POST", &path, Some(&owner), Some(&json!({"attended": true}))).await.expect(200);
    let found = statistics(&app, "mine").await;
    assert_eq!(found["event"]["slug"], "mine");
    assert_eq!((&found["capacity"], &found["attended"]), (&json!(4), &json!(1)));
    assert_eq!(found["totals"], json!({"pending": 0, "confirmed": 4, "waitlisted": 0, "cancelled": 2}));
    let counts = |numbers: [u64; 4]| {
        let [confirmed, waitlisted, cancelled, attended] = numbers;
        json!({"confirmed": confirmed, "waitlisted": waitlisted, "cancelled": cancelled, "attended": attended})
    };
    let group = |name: &str, key: Value, numbers: [u64; 4]| {
        let mut group = counts(numbers);
        group[name] = key;
        group
    };
    let audience = |key: Value, numbers| group("audience", key, numbers);
    assert_eq!(
        found["by_audience"],
        json!([
            audience(json!("city"), [2, 0, 2, 1]),
            audience(json!("press"), [1, 0, 0, 0]),
            audience(Value::Null, [1, 0, 0, 0])
        ])
    );
    let country = |key: Value, numbers| group("country", key, numbers);
    assert_eq!(
        found["by_country"],
        json!([
            country(json!("ES"), [3, 0, 0, 1]),
            country(json!("FR"), [0, 0, 1, 0]),
            country(json!("IT"), [0, 0, 1, 0]),
            country(Value::Null, [1, 0, 0, 0])
        ]),
        "an erased registration is counted"
    );
    let language = |key: &str, numbers| group("language", json!(key), numbers);
    assert_eq!(found["by_language"], json!([language("en", [3, 0, 2, 1]), language("es", [1, 0, 0, 0])]));
    let source = |key: &str, numbers| group("source", json!(key), numbers);
    assert_eq!(found["by_source"], json!([source("public", [3, 0, 2, 1]), source("maker", [1, 0, 0, 0])]));
    assert_eq!(found["by_day"], json!([{"date": "2026-11-23", "registrations": 6, "total": 6}]));
    assert_eq!(found["as_of"], "2026-11-23T09:00:00Z");
    app.publish(&owned("empty", "owner", &[])).await;
    let empty = statistics(&app, "empty").await;
    for name in ["by_audience", "by_country", "by_language", "by_source", "by_day"] {
        assert_eq!(empty[name], json!([]), "{name}");
    }
    assert_eq!(empty["capacity"], 1000);
}

async fn days_are_those_of_the_events_zone(app: TestApp) {
    let mut document = event(1);
    document["starts"] = json!("2026-11-30T10:00");
    app.publish(&document).await;
    for (number, at) in ["2026-11-23T22:59:59Z", "2026-11-23T23:00:00Z", "2026-11-26T09:00:00Z"].iter().enumerate() {
        app.set_time(at);
        app.registered("mine", &format!("p{number}@example.org")).await;
    }
    let found = statistics(&app, "mine").await;
    assert_eq!(found["totals"], json!({"pending": 0, "confirmed": 1, "waitlisted": 2, "cancelled": 0}));
    let day = |date: &str, registrations: u64, total: u64| json!({"date": date, "registrations": registrations, "total": total});
    let expected = [day("2026-11-23", 1, 1), day("2026-11-24", 1, 2), day("2026-11-25", 0, 2), day("2026-11-26", 1, 3)];
    assert_eq!(found["by_day"], json!(expected));
}

async fn pending_requests_are_counted_apart(app: TestApp) {
    app.publish_confirming(&event(4)).await;
    for number in 0..2 {
        app.register("mine", &person(&format!("p{number}@example.org"))).await.expect(202);
    }
    let token = app.confirmation_token("p1@example.org").await;
    app.confirm(&token).await.expect(201);
    let found = statistics(&app, "mine").await;
    assert_eq!(found["totals"], json!({"pending": 1, "confirmed": 1, "waitlisted": 0, "cancelled": 0}));
    assert_eq!(found["by_day"], json!([{"date": "2026-11-23", "registrations": 1, "total": 1}]));
    assert_eq!(found["by_country"][0]["confirmed"], 1);
}

async fn mails_are_counted(app: TestApp) {
    let server = MailServer::start().await;
    server.reject("nobody");
    let worker = smtp_worker(&app, &server).await;
    let mut document = event(4);
    document["starts"] = json!("2027-03-01T10:00");
    app.publish(&document).await;
    for name in ["ana", "berta", "nobody"] {
        app.registered("mine", &format!("{name}@example.org")).await;
    }
    wait_for_messages(&app, "state <> 'pending'", 3).await;
    assert_eq!(statistics(&app, "mine").await["mail"], json!({"sent": 2, "waiting": 0, "refused": 1}));
    worker.stop().await;
}

async fn numbers_are_kept_for_some_seconds(app: TestApp) {
    app.publish(&event(4)).await;
    app.registered("mine", "a@example.org").await;
    let first = read(&app, "mine", "owner", "statistics").await;
    app.registered("mine", "b@example.org").await;
    let second = read(&app, "mine", "co", "statistics").await;
    assert_eq!((first.header("etag"), &first.body), (second.header("etag"), &second.body));
    assert_eq!(first.header("cache-control"), Some("private, no-cache"));
    // Another process reads them itself.
    let other = app.another_instance().await;
    let client = app.add_client("owner", "events:write").await;
    let request = app.client.post(format!("{other}/oauth/token")).basic_auth(client.id, Some(client.secret));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let granted = request.body("grant_type=client_credentials").send().await.unwrap().json::<Value>().await.unwrap();
    let token = granted["access_token"].as_str().unwrap();
    let response =
        app.client.get(format!("{other}/v1/events/mine/statistics")).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["totals"]["confirmed"], 2);
}

async fn only_organisers_read_them(app: TestApp) {
    app.publish(&event(4)).await;
    let mut draft = owned("draft", "owner", &[]);
    draft["status"] = json!("draft");
    app.publish(&draft).await;
    let maker = app.partner("maker").await;
    app.registered_by("mine", &maker, &person("a@example.org")).await;
    for path in ["statistics", "statistics.svg?chart=countries"] {
        read(&app, "mine", "owner", path).await.expect_text(200);
        read(&app, "mine", "co", path).await.expect_text(200);
        read(&app, "draft", "owner", path).await.expect_text(200);
        read(&app, "mine", "maker", path).await.expect_problem(404, "not-found");
        read(&app, "draft", "maker", path).await.expect_problem(404, "not-found");
        read(&app, "unknown", "owner", path).await.expect_problem(404, "not-found");
        let path = format!("/v1/events/mine/{path}");
        app.get(&path).await.expect_problem(401, "unauthenticated");
        let problem = app.send("GET", &path, Some(&maker), None).await.expect_problem(403, "insufficient-scope");
        assert_eq!(problem["required_scope"], "events:write");
    }
}

async fn charts_have_texts_and_a_language(app: TestApp) {
    app.publish(&event(4)).await;
    app.register("mine", &from("a@example.org", "ES", "city")).await.expect(201);
    let chart = async |query: &str| read(&app, "mine", "owner", &format!("statistics.svg{query}")).await;
    let default = chart("").await;
    assert_eq!(
        (default.header("content-type"), default.header("content-language")),
        (Some("image/svg+xml"), Some("en"))
    );
    assert!(default.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert!(default.expect_text(200).contains("Registrations from 23/11/2026 to 23/11/2026: 1."), "{}", default.body);
    let spanish = chart("?chart=countries&lang=es-MX").await;
    assert_eq!(spanish.header("content-language"), Some("es"));
    let text = spanish.expect_text(200);
    for part in ["<title>Inscripciones confirmadas por país</title>", "España: 1.", "prefers-color-scheme:dark"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let audiences = chart("?chart=audiences").await;
    assert!(audiences.expect_text(200).contains("City &amp; &lt;council&gt;: 1."), "{}", audiences.body);
    assert!(chart("?chart=audiences&lang=es").await.expect_text(200).contains("Ciudad: 1."));
    assert_eq!(chart("?chart=audiences&lang=zh").await.header("content-language"), Some("en"), "the event's language");
    let problem = chart("?chart=pie").await.expect_problem(400, "invalid-parameter");
    assert!(problem["detail"].as_str().unwrap().contains("countries"), "{problem}");
    chart("?lang=%20").await.expect_problem(400, "invalid-parameter");
}
