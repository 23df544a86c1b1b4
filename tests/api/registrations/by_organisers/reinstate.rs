//! `POST /v1/registrations/{registration}/reinstate`.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::{TestApp, TestSettings};
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};
use crate::support::server::seats::assert_seat_counts;

crate::on_both_engines!(
    a_free_seat_is_given_back,
    a_cancelled_registration_has_no_attendance,
    the_reinstated_joins_the_end_of_the_waiting_list,
    the_rules_of_registering_apply,
    if_match_and_idempotency_keys_apply,
    only_organisers_reinstate,
    people_reinstated_at_once_share_the_last_seat,
);

async fn reinstate(app: &TestApp, id: &str, token: Option<&str>) -> TestResponse {
    app.send("POST", &format!("/v1/registrations/{id}/reinstate"), token, None).await
}

/// An event of the organisation `owner` with so many seats.
fn small(capacity: u32, waitlist: bool) -> Value {
    let mut event = definition("small", Some(capacity), waitlist);
    event["owner"] = json!("owner");
    event
}

async fn a_free_seat_is_given_back(app: TestApp) {
    app.publish(&small(1, true)).await;
    let owner = app.partner("owner").await;
    let (id, token, created) = app.registered("small", "Ana@Example.org").await;
    let untouched = reinstate(&app, &id, Some(&owner)).await.expect(200);
    assert_eq!(untouched["revision"], 1, "an active registration stays as it is");
    app.cancel(&id, &token).await.expect(200);
    app.set_time("2026-11-23T10:00:00Z");
    let owner = app.partner("owner").await;
    let response = reinstate(&app, &id, Some(&owner)).await;
    assert_eq!(response.header("etag"), Some("\"3\""));
    let after = response.expect(200);
    let mut expected = created.clone();
    expected.as_object_mut().unwrap().remove("manage_token");
    expected["revision"] = json!(3);
    expected["updated_at"] = json!("2026-11-23T10:00:00Z");
    expected["confirmed_at"] = json!("2026-11-23T10:00:00Z");
    assert_eq!(after, expected);
    assert_eq!(app.read(&id, &token).await.expect(200), after, "the holder's link works again");
    assert_eq!(app.availability("small").await["seats_left"], 0);
    assert_seat_counts(&app, 1, 0).await;
    app.all_told().await;
    let page = app.send("GET", "/v1/changes?types=registration.reinstated", Some(&owner), None).await.expect(200);
    let change = &page["data"][0];
    assert_eq!((&change["type"], &change["sequence"]), (&json!("registration.reinstated"), &json!(3)));
    assert_eq!(change["data"]["registration"]["status"], "confirmed");
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}

/// Somebody leaves during the event, and comes back.
async fn a_cancelled_registration_has_no_attendance(app: TestApp) {
    let mut event = definition("small", Some(1), true);
    event["owner"] = json!("owner");
    event["registration"]["closes"] = json!("2026-11-24T11:00");
    app.publish(&event).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    app.set_time("2026-11-24T10:30:00Z");
    let owner = app.partner("owner").await;
    let attended = async |expected: Value| {
        let path = format!("/v1/registrations/{id}/attendance");
        let response = app.send("POST", &path, Some(&owner), Some(&json!({"attended": true}))).await.expect(200);
        assert_eq!(response["attended_at"], expected);
    };
    attended(json!("2026-11-24T10:30:00Z")).await;
    assert_eq!(app.cancel(&id, &token).await.expect(200)["attended_at"], Value::Null);
    assert_eq!(reinstate(&app, &id, Some(&owner)).await.expect(200)["attended_at"], Value::Null);
    app.set_time("2026-11-24T10:40:00Z");
    attended(json!("2026-11-24T10:40:00Z")).await;
}

async fn the_reinstated_joins_the_end_of_the_waiting_list(app: TestApp) {
    app.publish(&small(1, true)).await;
    let owner = app.partner("owner").await;
    let (ana, token, _) = app.registered("small", "ana@example.org").await;
    app.registered("small", "ben@example.org").await;
    app.registered("small", "cem@example.org").await;
    app.cancel(&ana, &token).await.expect(200);
    // Ben has the seat now, and Cem waits.
    let back = reinstate(&app, &ana, Some(&owner)).await.expect(200);
    assert_eq!((&back["status"], &back["waitlist_position"]), (&json!("waitlisted"), &json!(2)));
    assert_eq!((&back["confirmed_at"], &back["cancelled_at"]), (&Value::Null, &Value::Null));
    assert_seat_counts(&app, 1, 2).await;
}

async fn the_rules_of_registering_apply(app: TestApp) {
    app.publish(&small(1, false)).await;
    let owner = app.partner("owner").await;
    let (ana, token, _) = app.registered("small", "ana@example.org").await;
    app.cancel(&ana, &token).await.expect(200);
    let (again, token, _) = app.registered("small", "ANA@example.org").await;
    let taken = reinstate(&app, &ana, Some(&owner)).await.expect_problem(409, "already-registered");
    assert_eq!(taken["registration_id"], again.as_str());
    app.cancel(&again, &token).await.expect(200);
    app.registered("small", "ben@example.org").await;
    reinstate(&app, &ana, Some(&owner)).await.expect_problem(409, "event-full");
    app.set_time("2026-11-24T10:00:00Z");
    let owner = app.partner("owner").await;
    reinstate(&app, &ana, Some(&owner)).await.expect_problem(409, "registration-closed");
    app.set_time("2026-11-24T11:00:00Z");
    let owner = app.partner("owner").await;
    reinstate(&app, &ana, Some(&owner)).await.expect_problem(409, "event-ended");
    app.send("DELETE", &format!("/v1/registrations/{ana}"), Some(&owner), None).await.expect(204);
    reinstate(&app, &ana, Some(&owner)).await.expect_problem(404, "not-found");
    assert_seat_counts(&app, 1, 0).await;
}

async fn if_match_and_idempotency_keys_apply(app: TestApp) {
    app.publish(&small(1, true)).await;
    let owner = app.partner("owner").await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    app.cancel(&id, &token).await.expect(200);
    let path = format!("/v1/registrations/{id}/reinstate");
    let send = async |name: &str, value: &str| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&owner).header(name, value);
        TestResponse::read("POST", &path, request.send().await.unwrap()).await
    };
    let stale = send("if-match", "\"1\"").await;
    assert_eq!(stale.header("etag"), Some("\"2\""));
    stale.expect_problem(412, "precondition-failed");
    let first = send("idempotency-key", "k").await;
    assert_eq!(first.expect(200)["status"], "confirmed");
    app.cancel(&id, &token).await.expect(200);
    let again = send("idempotency-key", "k").await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &first.body));
    assert_eq!(app.read(&id, &token).await.expect(200)["status"], "cancelled", "nothing happened again");
    let unknown = app.send("POST", &path, Some(&owner), Some(&json!({"reason": "x"}))).await;
    assert_eq!(unknown.field_errors(), [("/reason".to_owned(), "unknown-field".to_owned())]);
}

async fn only_organisers_reinstate(app: TestApp) {
    app.publish(&owned("small", "owner", &["co"])).await;
    let maker = app.partner("maker").await;
    let created = app.registered_by("small", &maker, &person("ana@example.org")).await;
    let (id, token) = (created["id"].as_str().unwrap(), created["manage_token"].as_str().unwrap());
    app.cancel(id, &maker).await.expect(200);
    reinstate(&app, id, Some(token)).await.expect_problem(401, "invalid-token");
    reinstate(&app, id, None).await.expect_problem(401, "unauthenticated");
    reinstate(&app, id, Some(&maker)).await.expect_problem(404, "not-found");
    reinstate(&app, id, Some(&app.partner("other").await)).await.expect_problem(404, "not-found");
    let reader = app.token_of("owner", "registrations:read").await;
    reinstate(&app, id, Some(&reader)).await.expect_problem(403, "insufficient-scope");
    reinstate(&app, id, Some(&app.partner("co").await)).await.expect(200);
}

async fn people_reinstated_at_once_share_the_last_seat(app: TestApp) {
    app.publish(&small(3, true)).await;
    let owner = app.partner("owner").await;
    let mut ids = Vec::new();
    for number in 0..8 {
        let (id, token, _) = app.registered("small", &format!("p{number}@example.org")).await;
        app.cancel(&id, &token).await.expect(200);
        ids.push(id);
    }
    let same_issuer = |settings: &mut TestSettings| settings.public_url = Some(app.base.clone());
    let (other, _stopper) = app.another_instance_with(same_issuer).await;
    let all = ids.iter().enumerate().map(|(number, id)| {
        let base = if number % 2 == 0 { &app.base } else { &other };
        let request = app.client.post(format!("{base}/v1/registrations/{id}/reinstate")).bearer_auth(&owner);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap()["status"].clone() }
    });
    let statuses = futures_util::future::join_all(all).await;
    let count = |status: &str| statuses.iter().filter(|found| *found == status).count();
    assert_eq!((count("confirmed"), count("waitlisted")), (3, 5), "{statuses:?}");
    assert_seat_counts(&app, 3, 5).await;
}
