//! `Idempotency-Key`: repeated requests have one effect and one response, on any instance.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    the_first_response_is_replayed,
    a_different_body_is_rejected,
    concurrent_requests_have_one_effect,
    conflicts_are_replayed_and_validation_errors_are_not,
    cancelling_is_idempotent,
    records_expire_after_a_day,
    no_secret_is_stored,
    a_retry_during_the_first_request_is_rejected,
    invalid_keys_are_rejected,
);

async fn post(app: &TestApp, base: &str, path: &str, key: &str, token: Option<&str>, body: &Value) -> TestResponse {
    let request = app.client.post(format!("{base}{path}")).header("idempotency-key", key).json(body);
    let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
    TestResponse::read("POST", path, request.send().await.expect("a response")).await
}

async fn register(app: &TestApp, key: &str, body: &Value) -> TestResponse {
    post(app, &app.base, "/v1/events/small/registrations", key, None, body).await
}

#[track_caller]
fn assert_replayed(first: &TestResponse, again: &TestResponse) {
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    for name in ["location", "etag", "content-type", "cache-control"] {
        assert_eq!(first.header(name), again.header(name), "{name}");
    }
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
}

async fn the_first_response_is_replayed(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    app.registered("small", "first@example.org").await;
    let body = person("ana@example.org");
    let first = register(&app, "k-1", &body).await;
    assert_eq!(first.expect(201)["waitlist_position"], 1);
    assert_replayed(&first, &register(&app, "k-1", &body).await);
    assert_replayed(&first, &register(&app, "\"k-1\"", &body).await);
    // The replayed response does not change with the registration.
    let (id, token) = (first.json()["id"].clone(), first.json()["manage_token"].clone());
    let (id, token) = (id.as_str().unwrap(), token.as_str().unwrap());
    app.cancel(id, token).await.expect(200);
    app.set_time("2026-11-23T10:00:00Z");
    assert_replayed(&first, &register(&app, "k-1", &body).await);
    // Another key, or the same key for another path, is a new request.
    assert_ne!(register(&app, "k-2", &body).await.expect(201)["id"], first.json()["id"]);
    app.publish(&definition("other", None, false)).await;
    let other = post(&app, &app.base, "/v1/events/other/registrations", "k-1", None, &body).await;
    assert_eq!((other.status, other.header("idempotency-replayed")), (201, None));
}

async fn a_different_body_is_rejected(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    register(&app, "k", &person("ana@example.org")).await.expect(201);
    register(&app, "k", &person("bob@example.org")).await.expect_problem(422, "idempotency-mismatch");
    assert_eq!(app.availability("small").await["confirmed"], 1);
    let two = ["eve@example.org", "max@example.org"].map(person);
    let both = futures_util::join!(register(&app, "at-once", &two[0]), register(&app, "at-once", &two[1]));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
}

/// Concurrent equal requests, on PostgreSQL to several instances.
async fn concurrent_requests_have_one_effect(app: TestApp) {
    app.publish(&definition("small", Some(10), true)).await;
    let mut bases = vec![app.base.clone()];
    if app.database.engine == Engine::Postgres {
        bases.push(app.another_instance().await);
        bases.push(app.another_instance().await);
    }
    let body = person("ana@example.org");
    let path = "/v1/events/small/registrations";
    let one = |n: usize| post(&app, &bases[n % bases.len()], path, "k", None, &body);
    let responses = join_all((0..100).map(one)).await;
    let first = responses.iter().filter(|a| a.header("idempotency-replayed").is_none()).count();
    assert_eq!(first, 1, "exactly one request has the effect");
    for response in &responses {
        response.expect(201);
        let comparable = |a: &TestResponse| {
            let mut body = a.json();
            // Links differ, because each instance of the test has its own address.
            body.as_object_mut().unwrap().remove("links");
            (body, a.header("etag").map(str::to_owned), a.header("location").map(str::to_owned))
        };
        assert_eq!(comparable(response), comparable(&responses[0]));
    }
    let connection = app.database.connect().await;
    let changes = "(SELECT type FROM outbox UNION ALL SELECT type FROM changes) AS c WHERE type LIKE 'registration.%'";
    for (table, rows) in [("registrations", 1), (changes, 1), ("idempotency_records", 1)] {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), rows, "{table}");
    }
}

async fn conflicts_are_replayed_and_validation_errors_are_not(app: TestApp) {
    app.publish(&definition("small", Some(1), false)).await;
    let (id, token, _) = app.registered("small", "first@example.org").await;
    let body = person("ana@example.org");
    let first = register(&app, "k", &body).await;
    first.expect_problem(409, "event-full");
    app.cancel(&id, &token).await.expect(200);
    let again = register(&app, "k", &body).await;
    assert_eq!(again.expect_problem(409, "event-full")["seats_left"], first.json()["seats_left"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let wrong = json!({"email": "ana@example.org", "name": "Ana"});
    register(&app, "mistake", &wrong).await.expect_problem(422, "validation-failed");
    assert_eq!(register(&app, "mistake", &body).await.expect(201)["status"], "confirmed");
    let twice = register(&app, "twice", &body).await;
    twice.expect_problem(409, "already-registered");
    register(&app, "twice", &body).await.expect_problem(409, "already-registered");
}

async fn cancelling_is_idempotent(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let path = format!("/v1/registrations/{id}/cancel");
    let cancel = |key: &'static str, body: Value| {
        let (app, path, token) = (&app, &path, &token);
        async move { post(app, &app.base, path, key, Some(token), &body).await }
    };
    let body = json!({"reason": "ill"});
    let first = cancel("k", body.clone()).await;
    assert_eq!(first.expect(200)["cancellation_reason"], "ill");
    assert_replayed(&first, &cancel("k", body.clone()).await);
    cancel("k", json!({"reason": "well"})).await.expect_problem(422, "idempotency-mismatch");
    // The same key of another holder is a new request.
    let (other, other_token, _) = app.registered("small", "bob@example.org").await;
    let path = format!("/v1/registrations/{other}/cancel");
    let response = post(&app, &app.base, &path, "k", Some(&other_token), &body).await;
    assert_eq!((response.status, response.header("idempotency-replayed")), (200, None));
    let responses = join_all((0..20).map(|_| cancel("many", body.clone()))).await;
    assert_eq!(responses.iter().filter(|a| a.header("idempotency-replayed").is_none()).count(), 1);
    app.set_time("2026-11-24T11:00:00Z");
    cancel("late", body.clone()).await.expect(200);
}

async fn records_expire_after_a_day(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let body = person("ana@example.org");
    let first = register(&app, "k", &body).await;
    app.set_time("2026-11-24T08:59:59Z");
    assert_replayed(&first, &register(&app, "k", &body).await);
    app.set_time("2026-11-24T09:00:01Z");
    register(&app, "k", &body).await.expect_problem(409, "already-registered");
    assert_eq!(
        app.store.remove_expired_idempotency_records(app.now()).await.unwrap(),
        0,
        "the new record has not expired"
    );
    app.set_time("2026-11-25T09:00:02Z");
    assert_eq!(app.store.remove_expired_idempotency_records(app.now()).await.unwrap(), 1);
}

async fn no_secret_is_stored(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let response = register(&app, "my-secret-key", &person("ana@example.org")).await.expect(201);
    let connection = app.database.connect().await;
    let sql = "SELECT body FROM idempotency_records";
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
    let stored: String = connection.query_one_raw(statement).await.unwrap().unwrap().try_get("", "body").unwrap();
    assert!(stored.contains("ana@example.org") && !stored.contains("manage_token"));
    assert!(!stored.contains(response["manage_token"].as_str().unwrap()) && !stored.contains("my-secret-key"));
}

/// While the first request waits for the database, an equal one is rejected with Retry-After; afterwards it is replayed.
async fn a_retry_during_the_first_request_is_rejected(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let connection = app.database.connect().await;
    let lock = if app.database.engine == Engine::Postgres {
        "BEGIN; SELECT * FROM event_seats FOR UPDATE"
    } else {
        "BEGIN IMMEDIATE"
    };
    connection.execute_unprepared(lock).await.unwrap();
    let body = person("ana@example.org");
    let first = async {
        let response = register(&app, "k", &body).await;
        assert_eq!((response.status, response.header("idempotency-replayed")), (201, None));
    };
    let second = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let response = register(&app, "k", &body).await;
        response.expect_problem(409, "idempotency-in-progress");
        assert_eq!(response.header("retry-after"), Some("1"));
        connection.execute_unprepared("ROLLBACK").await.unwrap();
    };
    futures_util::join!(first, second);
    assert_eq!(register(&app, "k", &body).await.header("idempotency-replayed"), Some("true"));
}

async fn invalid_keys_are_rejected(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    for bad in ["", "\"\"", "a\tb", &*"x".repeat(256)] {
        let response = register(&app, bad, &person("ana@example.org")).await;
        response.expect_problem(400, "malformed-request");
    }
    assert_eq!(app.availability("small").await["confirmed"], 0);
    register(&app, &"x".repeat(255), &person("ana@example.org")).await.expect(201);
}
