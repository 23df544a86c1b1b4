//! `POST /v1/registrations/{registration}/attendance`: recording who attended.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    the_first_attendance_time_is_kept,
    only_confirmed_registrations_attend,
    if_match_and_idempotency_keys_apply,
    only_clients_that_see_the_registration_record_attendance
);

async fn attend(app: &TestApp, id: &str, token: Option<&str>, body: &Value) -> TestResponse {
    app.send("POST", &format!("/v1/registrations/{id}/attendance"), token, Some(body)).await
}

/// Waits until the feed has this many changes of a registration, and returns their types and sequences.
async fn changes(app: &TestApp, token: &str, id: &str, number: usize) -> Vec<(String, i64)> {
    for _ in 0..100 {
        let page = app.send("GET", "/v1/changes?limit=100", Some(token), None).await.expect(200);
        let all = page["data"].as_array().unwrap().iter();
        let own = all.filter(|change| change["data"]["registration"]["id"] == id);
        let own: Vec<_> =
            own.map(|c| (c["type"].as_str().unwrap().to_owned(), c["sequence"].as_i64().unwrap())).collect();
        if own.len() >= number {
            return own;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the feed does not have {number} changes");
}

async fn the_first_attendance_time_is_kept(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let (id, _, created) = app.registered("small", "ana@example.org").await;
    // During the event, and then later.
    app.set_time("2026-11-24T10:30:00Z");
    let owner = app.partner("owner").await;
    let attended = attend(&app, &id, Some(&owner), &json!({"attended": true})).await;
    assert_eq!(attended.header("etag"), Some("\"2\""));
    let attended = attended.expect(200);
    assert_eq!(attended["attended_at"], "2026-11-24T10:30:00Z");
    assert_eq!((&attended["revision"], &attended["updated_at"]), (&json!(2), &json!("2026-11-24T10:30:00Z")));
    assert_eq!((&attended["status"], &attended["confirmed_at"]), (&json!("confirmed"), &created["confirmed_at"]));
    app.set_time("2026-11-24T10:40:00Z");
    let again = attend(&app, &id, Some(&owner), &json!({"attended": true})).await.expect(200);
    assert_eq!(again, attended, "repeating it changes nothing");
    let back = attend(&app, &id, Some(&owner), &json!({"attended": false})).await.expect(200);
    assert_eq!((&back["attended_at"], &back["revision"]), (&Value::Null, &json!(3)));
    let again = attend(&app, &id, Some(&owner), &json!({"attended": false})).await.expect(200);
    assert_eq!(again, back);
    let anew = attend(&app, &id, Some(&owner), &json!({"attended": true})).await.expect(200);
    assert_eq!(anew["attended_at"], "2026-11-24T10:40:00Z");
    let recorded = changes(&app, &owner, &id, 4).await;
    let expected = [("created", 1), ("attended", 2), ("attended", 3), ("attended", 4)];
    assert_eq!(recorded, expected.map(|(kind, sequence)| (format!("registration.{kind}"), sequence)));
    assert_eq!(app.availability("small").await["confirmed"], 1, "attendance does not affect seats");
}

async fn only_confirmed_registrations_attend(app: TestApp) {
    let mut event = definition("small", Some(1), true);
    event["owner"] = json!("owner");
    app.publish(&event).await;
    let owner = app.partner("owner").await;
    let (seated, seated_token, _) = app.registered("small", "a@example.org").await;
    let (waiting, ..) = app.registered("small", "b@example.org").await;
    for attended in [true, false] {
        let problem = attend(&app, &waiting, Some(&owner), &json!({"attended": attended})).await;
        let problem = problem.expect_problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("is not confirmed"), "{problem}");
        assert_eq!(problem["retryable"], true, "a seat may become free");
    }
    let keyed = || async {
        let path = format!("{}/v1/registrations/{waiting}/attendance", app.base);
        let request = app.client.post(path).bearer_auth(&owner).header("idempotency-key", "k");
        request.json(&json!({"attended": true})).send().await.unwrap().status().as_u16()
    };
    assert_eq!(keyed().await, 409);
    app.cancel(&seated, &seated_token).await.expect(200);
    let given_back = attend(&app, &seated, Some(&owner), &json!({"attended": true})).await;
    assert_eq!(given_back.expect_problem(409, "conflict")["retryable"], false);
    assert_eq!(keyed().await, 200, "after the promotion, the same request succeeds");
    // After the start, free seats are not given to the waiting list.
    let (late, ..) = app.registered("small", "c@example.org").await;
    app.set_time("2026-11-24T10:00:00Z");
    let owner = app.partner("owner").await;
    let too_late = attend(&app, &late, Some(&owner), &json!({"attended": true})).await;
    assert_eq!(too_late.expect_problem(409, "conflict")["retryable"], false);
}

async fn if_match_and_idempotency_keys_apply(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (id, ..) = app.registered("small", "ana@example.org").await;
    let path = format!("{}/v1/registrations/{id}/attendance", app.base);
    let send = async |header: (&str, &str), attended: bool| {
        let request = app.client.post(&path).bearer_auth(&owner).header(header.0, header.1);
        let response = request.json(&json!({"attended": attended})).send().await.unwrap();
        TestResponse::read("POST", &format!("/v1/registrations/{id}/attendance"), response).await
    };
    let stale = send(("if-match", "\"7\""), true).await;
    assert_eq!(stale.header("etag"), Some("\"1\""));
    stale.expect_problem(412, "precondition-failed");
    let first = send(("if-match", "\"1\""), true).await;
    assert_eq!(first.header("etag"), Some("\"2\""));
    // A replayed response is the first one, also after later changes.
    let keyed = send(("idempotency-key", "k"), false).await;
    send(("if-match", "*"), true).await.expect(200);
    let again = send(("idempotency-key", "k"), false).await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &keyed.body));
    assert_eq!((again.status, again.header("etag")), (200, keyed.header("etag")));
    send(("idempotency-key", "k"), true).await.expect_problem(422, "idempotency-mismatch");
    assert_eq!(app.read(&id, &owner).await.expect(200)["revision"], 4);
    for (body, pointer, code) in [
        (json!({}), "/attended", "required"),
        (json!({"attended": null}), "/attended", "required"),
        (json!({"attended": "yes"}), "/attended", "type"),
        (json!({"attended": true, "atended": true}), "/atended", "unknown-field"),
    ] {
        let field_errors = attend(&app, &id, Some(&owner), &body).await.field_errors();
        assert_eq!(field_errors, [(pointer.to_owned(), code.to_owned())], "{body}");
    }
}

async fn only_clients_that_see_the_registration_record_attendance(app: TestApp) {
    app.publish(&owned("small", "owner", &["co"])).await;
    let (id, manage, _) = app.registered("small", "ana@example.org").await;
    let maker = app.partner("maker").await;
    let created = app.registered_by("small", &maker, &person("b@example.org")).await;
    let body = json!({"attended": true});
    attend(&app, &id, Some(&manage), &body).await.expect_problem(401, "invalid-token");
    attend(&app, &id, None, &body).await.expect_problem(401, "unauthenticated");
    attend(&app, &id, Some(&maker), &body).await.expect_problem(404, "not-found");
    let reader = app.token_of("owner", "registrations:read").await;
    let problem = attend(&app, &id, Some(&reader), &body).await.expect_problem(403, "insufficient-scope");
    assert_eq!(problem["required_scope"], "registrations:write");
    assert_eq!(app.read(&id, &reader).await.expect(200)["attended_at"], Value::Null);
    attend(&app, &id, Some(&app.partner("co").await), &body).await.expect(200);
    attend(&app, created["id"].as_str().unwrap(), Some(&maker), &body).await.expect(200);
}
