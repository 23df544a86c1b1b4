//! `POST /v1/events/{event}/registrations/batch`.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    items_are_independent_by_default,
    an_atomic_batch_is_all_or_nothing,
    an_idempotency_key_has_one_effect,
    batch_limits_are_enforced
);

async fn batch(app: &TestApp, token: &str, key: Option<&str>, body: &Value) -> TestResponse {
    let path = "/v1/events/small/registrations/batch";
    let mut request = app.client.post(format!("{}{path}", app.base)).bearer_auth(token).json(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    TestResponse::read("POST", path, request.send().await.expect("a response")).await
}

fn people(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers.map(|number| person(&format!("p{number}@example.org"))).collect()
}

fn statuses(response: &Value) -> Vec<u64> {
    response["results"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

async fn items_are_independent_by_default(app: TestApp) {
    app.publish(&definition("small", Some(2), true)).await;
    let maker = app.partner("maker").await;
    let mut items = people(0..3);
    items.extend([person("P0@example.org"), json!({"email": "x"}), json!(7)]);
    let response = batch(&app, &maker, None, &json!({"items": items})).await;
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let response = response.expect(200);
    assert_eq!(statuses(&response), [201, 201, 201, 409, 422, 422]);
    let result = |index: usize| &response["results"][index];
    assert_eq!((&result(0)["registration"]["source"], &result(0)["index"]), (&json!("maker"), &json!(0)));
    assert_eq!(result(2)["registration"]["waitlist_position"], 1);
    let problem = &result(3)["problem"];
    assert_eq!(
        (&problem["code"], &problem["registration_id"]),
        (&json!("already-registered"), &result(0)["registration"]["id"])
    );
    assert_eq!(result(4)["problem"]["errors"].as_array().unwrap().len(), 3);
    let token = result(0)["registration"]["manage_token"].as_str().unwrap();
    app.read(result(0)["registration"]["id"].as_str().unwrap(), token).await.expect(200);
    assert_eq!(app.availability("small").await["confirmed"], 2);
}

async fn an_atomic_batch_is_all_or_nothing(app: TestApp) {
    app.publish(&definition("small", Some(3), false)).await;
    let maker = app.partner("maker").await;
    let mut items = people(0..3);
    items[1] = json!({"email": "x", "name": "X", "privacy_accepted": true});
    items[2]["nmae"] = json!("x");
    let response = batch(&app, &maker, None, &json!({"items": items, "atomic": true})).await;
    let expected = [("/items/1/email", "email"), ("/items/2/nmae", "unknown-field")];
    assert_eq!(response.field_errors(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    let response = batch(&app, &maker, Some("four"), &json!({"items": people(0..4), "atomic": true})).await;
    assert_eq!(response.expect_problem(409, "event-full")["index"], 3);
    assert_eq!(app.availability("small").await["confirmed"], 0, "none of them");
    let again = batch(&app, &maker, Some("four"), &json!({"items": people(0..4), "atomic": true})).await;
    assert_eq!(again.expect_problem(409, "event-full")["index"], 3);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let good = batch(&app, &maker, None, &json!({"items": people(0..3), "atomic": true})).await.expect(200);
    assert_eq!(statuses(&good), [201; 3]);
    assert_eq!(app.availability("small").await["confirmed"], 3);
    let twice = batch(&app, &maker, None, &json!({"items": people(2..5), "atomic": true})).await;
    assert_eq!(twice.expect_problem(409, "already-registered")["index"], 0);
}

async fn an_idempotency_key_has_one_effect(app: TestApp) {
    use sea_orm::ConnectionTrait as _;
    app.publish(&owned("small", "maker", &[])).await;
    let maker = app.partner("maker").await;
    let connection = app.database.connect().await;
    for (number, atomic) in [false, true].into_iter().enumerate() {
        let key = format!("key-{atomic}");
        let body = json!({"items": people(number * 100..number * 100 + 50), "atomic": atomic});
        let first = batch(&app, &maker, Some(&key), &body).await;
        assert_eq!(statuses(&first.expect(200)), [201; 50]);
        let again = batch(&app, &maker, Some(&key), &body).await;
        assert_eq!((again.json(), again.header("idempotency-replayed")), (first.json(), Some("true")));
        let other = json!({"items": people(0..1), "atomic": atomic});
        batch(&app, &maker, Some(&key), &other).await.expect_problem(422, "idempotency-mismatch");
        // As after a crash before the batch's own record was stored.
        connection.execute_unprepared("DELETE FROM idempotency_records WHERE registration_id IS NULL").await.unwrap();
        let again = batch(&app, &maker, Some(&key), &body).await;
        assert_eq!(again.json(), first.json(), "the items' own records replay");
    }
    assert_eq!(app.availability("small").await["confirmed"], 100);
    let with_personal_data =
        "SELECT 1 FROM idempotency_records WHERE registration_id IS NULL AND body LIKE '%example.org%'";
    assert!(app.database.rows(with_personal_data).await.is_empty(), "the batch's record has no personal data");
}

async fn batch_limits_are_enforced(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let maker = app.partner("maker").await;
    for (body, expected) in [
        (json!({}), ("/items", "required")),
        (json!({"items": []}), ("/items", "length")),
        (json!({"items": people(0..501)}), ("/items", "length")),
        (json!({"items": 7}), ("/items", "type")),
        (json!({"items": people(0..1), "atomic": "yes"}), ("/atomic", "type")),
        (json!({"items": people(0..1), "atomc": true}), ("/atomc", "unknown-field")),
    ] {
        let field_errors = batch(&app, &maker, None, &body).await.field_errors();
        assert_eq!(field_errors, [(expected.0.to_owned(), expected.1.to_owned())]);
    }
    let mut long = person("a@example.org");
    long["access_needs"] = json!("x".repeat(2_100_000));
    batch(&app, &maker, None, &json!({"items": [long]})).await.expect_problem(413, "payload-too-large");
    // Per registration, a full batch is at least five times as fast as single requests.
    let started = std::time::Instant::now();
    for body in people(1000..1100) {
        app.registered_by("small", &maker, &body).await;
    }
    let singles = started.elapsed() / 100;
    let started = std::time::Instant::now();
    let response = batch(&app, &maker, None, &json!({"items": people(0..500)})).await.expect(200);
    let each = started.elapsed() / 500;
    assert_eq!(statuses(&response), [201; 500]);
    // Measured: about fifty times as fast.
    assert!(each * 5 < singles, "single {singles:?}, in a batch {each:?}");
}
