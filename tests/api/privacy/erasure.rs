//! `DELETE /v1/registrations/{registration}`: no personal data remains anywhere.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::database::search::places_with;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};
use crate::support::server::seats::{assert_seat_counts, instances};

crate::on_both_engines!(
    nothing_of_the_person_remains,
    an_erased_registration_is_not_found,
    the_seat_goes_to_the_waitlist,
    only_holders_and_owners_erase,
    counts_survive_erasure_after_the_event,
    a_late_retry_does_not_register_again,
    churn_keeps_the_counts,
    the_desk_sees_the_freed_seat,
);

async fn erase(app: &TestApp, id: &str, token: &str) -> TestResponse {
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(token), None).await
}

fn zebedee(number: usize) -> Value {
    json!({
        "email": format!("Zebedee.{number}@example.org"), "name": "Zebedee Quux", "privacy_accepted": true,
        "organisation": "Zebedee & Sons", "position": "Zebedee in chief", "city": "Zebedeeville", "country": "ES",
        "access_needs": "Room for Zebedee", "answers": {"why": "Because I am Zebedee"},
    })
}

fn event_with_question() -> Value {
    let mut event = owned("summit", "metropolis", &[]);
    event["registration"]["questions"] = json!([{"key": "why", "label": "Why?", "kind": "text"}]);
    event
}

async fn with_key(app: &TestApp, path: &str, key: &str, token: Option<&str>, body: &Value) -> TestResponse {
    let mut request = app.client.post(format!("{}{path}", app.base)).header("idempotency-key", key).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    TestResponse::read("POST", path, request.send().await.unwrap()).await
}

fn credentials(created: &Value) -> (String, String) {
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    (text("id"), text("manage_token"))
}

async fn nothing_of_the_person_remains(app: TestApp) {
    app.publish(&event_with_question()).await;
    let path = "/v1/events/summit/registrations";
    let client = app.partner("al-las").await;
    let mut people = Vec::new();
    people.push(credentials(&with_key(&app, path, "public", None, &zebedee(0)).await.expect(201)));
    let mut body = zebedee(1);
    body["external_reference"] = json!("crm-zebedee");
    people.push(credentials(&with_key(&app, path, "client", Some(&client), &body).await.expect(201)));
    for (atomic, first) in [(true, 10), (false, 20)] {
        let items: Vec<Value> = (first..first + 5).map(zebedee).collect();
        let body = json!({"items": items, "atomic": atomic});
        let batch = format!("{path}/batch");
        let created = with_key(&app, &batch, &format!("batch-{first}"), Some(&client), &body).await.expect(200);
        people.extend(created["results"].as_array().unwrap().iter().map(|result| credentials(&result["registration"])));
    }
    for number in 100..300 {
        people.push(credentials(&app.register("summit", &zebedee(number)).await.expect(201)));
    }
    for (id, token) in &people {
        let path = format!("/v1/registrations/{id}");
        app.send("PATCH", &path, Some(token), Some(&json!({"city": "New Zebedee"}))).await.expect(200);
    }
    let (id, token) = &people[0];
    let reason = json!({"reason": "Zebedee cannot come"});
    with_key(&app, &format!("/v1/registrations/{id}/cancel"), "cancel", Some(token), &reason).await.expect(200);
    // Other people's registrations lie between them and stay.
    for number in 0..200 {
        app.registered("summit", &format!("other{number}@example.org")).await;
    }
    let tables = places_with(&app, "zebedee").await;
    for table in ["registrations", "idempotency_records"] {
        assert!(tables.iter().any(|name| name == table), "the search works: {tables:?}");
    }
    for (id, token) in &people {
        let response = erase(&app, id, token).await;
        response.expect(204);
        assert!(response.body.is_empty());
    }
    app.store.checkpoint_wal().await.unwrap();
    for text in ["zebedee", "new zebedee", "quux", "crm-"] {
        assert_eq!(places_with(&app, text).await, [""; 0], "{text}");
    }
    assert_seat_counts(&app, 200, 0).await;
    let sql = "SELECT COUNT(*) AS n FROM registrations WHERE country = 'ES' AND status = 'cancelled'";
    let counted = app.database.number(sql).await;
    assert_eq!(counted, i64::try_from(people.len()).unwrap(), "erased registrations keep counting");
}

async fn an_erased_registration_is_not_found(app: TestApp) {
    app.publish(&event_with_question()).await;
    let owner = app.partner("metropolis").await;
    let client = app.partner("al-las").await;
    let mut body = person("ana@example.org");
    body["external_reference"] = json!("crm-1");
    let created = app.registered_by("summit", &client, &body).await;
    let (id, token) = credentials(&created);
    app.set_time("2026-11-23T09:10:00Z");
    erase(&app, &id, &token).await.expect(204);
    for token in [&token, &owner, &client] {
        app.read(&id, token).await.expect_problem(404, "not-found");
        app.cancel(&id, token).await.expect_problem(404, "not-found");
        erase(&app, &id, token).await.expect_problem(404, "not-found");
        let path = format!("/v1/registrations/{id}");
        app.send("PATCH", &path, Some(token), Some(&json!({"city": "x"}))).await.expect_problem(404, "not-found");
    }
    app.send("GET", &format!("/v1/registrations/{id}/join"), Some(&token), None).await.expect_problem(404, "not-found");
    for token in [&owner, &client] {
        for query in ["", "?email=ana@example.org", "?external_reference=crm-1", "?status=cancelled"] {
            let path = format!("/v1/events/summit/registrations{query}");
            assert_eq!(app.send("GET", &path, Some(token), None).await.expect(200)["data"], json!([]), "{query}");
        }
    }
    // The address and the reference can be used again.
    let again = app.registered_by("summit", &client, &body).await;
    assert_ne!(again["id"], created["id"]);
    // The feed has the erasure, without personal data.
    let expected = json!(["registration.created", "registration.cancelled", "registration.erased"]);
    let mut types = json!([]);
    for _ in 0..100 {
        let all = app.send("GET", "/v1/changes", Some(&client), None).await.expect(200);
        let of_it = all["data"].as_array().unwrap().iter().filter(|c| c["data"]["registration"]["id"] == id.as_str());
        let changes: Vec<&Value> = of_it.collect();
        types = changes.iter().map(|change| change["type"].clone()).collect();
        if types == expected {
            let erased = &changes[2]["data"]["registration"];
            assert_eq!((&erased["revision"], &erased["external_reference"]), (&json!(3), &Value::Null));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{types}");
}

async fn the_seat_goes_to_the_waitlist(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (id, token, _) = app.registered("small", "a@example.org").await;
    let (second, second_token, _) = app.registered("small", "b@example.org").await;
    let (third, third_token, _) = app.registered("small", "c@example.org").await;
    // Erasing a person on the waiting list promotes nobody; the next one moves up.
    erase(&app, &second, &second_token).await.expect(204);
    assert_eq!(app.read(&third, &third_token).await.expect(200)["waitlist_position"], 1);
    let stale = app.client.delete(format!("{}/v1/registrations/{id}", app.base)).bearer_auth(&token);
    let response = stale.header("if-match", "\"9\"").send().await.unwrap();
    let response = TestResponse::read("DELETE", &format!("/v1/registrations/{id}"), response).await;
    response.expect_problem(412, "precondition-failed");
    assert_eq!(response.header("etag"), Some("\"1\""));
    erase(&app, &id, &token).await.expect(204);
    assert_eq!(app.read(&third, &third_token).await.expect(200)["status"], "confirmed");
    assert_eq!(app.availability("small").await["seats_left"], 0, "this instance shows its own change at once");
    // Erasing a cancelled registration frees no seat again.
    app.cancel(&third, &third_token).await.expect(200);
    erase(&app, &third, &third_token).await.expect(204);
    assert_seat_counts(&app, 0, 0).await;
}

async fn only_holders_and_owners_erase(app: TestApp) {
    app.publish(&owned("summit", "metropolis", &["al-las"])).await;
    let partner = app.partner("elsewhere").await;
    let created = app.registered_by("summit", &partner, &person("ana@example.org")).await;
    let (id, _) = credentials(&created);
    for (organisation, sees) in [("al-las", 200), ("elsewhere", 200), ("nobody", 404)] {
        let client = app.partner(organisation).await;
        assert_eq!(app.read(&id, &client).await.status, sees);
        erase(&app, &id, &client).await.expect_problem(404, "not-found");
    }
    let reader = app.token_of("metropolis", "registrations:read").await;
    erase(&app, &id, &reader).await.expect_problem(403, "insufficient-scope");
    let (_, other, _) = app.registered("summit", "bea@example.org").await;
    erase(&app, &id, &other).await.expect_problem(404, "not-found");
    erase(&app, &id, &app.partner("metropolis").await).await.expect(204);
}

/// After the end of the event, erasing removes personal data but does not cancel, so the counts stay.
async fn counts_survive_erasure_after_the_event(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let mut people = Vec::new();
    for number in 0..2 {
        let mut body = zebedee(number);
        body.as_object_mut().unwrap().remove("answers");
        people.push(credentials(&app.register("small", &body).await.expect(201)));
    }
    app.set_time("2026-11-24T12:00:00Z");
    for (id, token) in &people {
        erase(&app, id, token).await.expect(204);
        app.read(id, token).await.expect_problem(404, "not-found");
    }
    app.store.checkpoint_wal().await.unwrap();
    assert_eq!(places_with(&app, "zebedee").await, [""; 0]);
    assert_seat_counts(&app, 1, 1).await;
}

async fn a_late_retry_does_not_register_again(app: TestApp) {
    app.publish(&event_with_question()).await;
    let path = "/v1/events/summit/registrations";
    let (id, token) = credentials(&with_key(&app, path, "first", None, &zebedee(1)).await.expect(201));
    let client = app.partner("metropolis").await;
    let batch = json!({"items": [zebedee(2), zebedee(3)]});
    let batch_path = format!("{path}/batch");
    let created = with_key(&app, &batch_path, "batch", Some(&client), &batch).await.expect(200);
    let (second, second_token) = credentials(&created["results"][0]["registration"]);
    erase(&app, &id, &token).await.expect(204);
    erase(&app, &second, &second_token).await.expect(204);
    let again = with_key(&app, path, "first", None, &zebedee(1)).await;
    again.expect_problem(404, "not-found");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = with_key(&app, &batch_path, "batch", Some(&client), &batch).await.expect(200);
    assert_eq!(again["results"][0]["problem"]["code"], "not-found");
    assert_eq!(again["results"][1], created["results"][1]);
    assert_seat_counts(&app, 1, 0).await;
}

/// People register, cancel, erase and update concurrently; in any order, all seats are taken while the waiting list is
/// not empty.
async fn churn_keeps_the_counts(app: TestApp) {
    app.publish(&definition("rush", Some(20), true)).await;
    let bases = instances(&app).await;
    let one = |n: usize| {
        let (app, base) = (&app, &bases[n % bases.len()]);
        async move {
            let url = format!("{base}/v1/events/rush/registrations");
            let response = app.client.post(url).json(&person(&format!("person-{n}@example.org"))).send().await.unwrap();
            assert_eq!(response.status(), 201);
            let (id, token) = credentials(&response.json().await.unwrap());
            let url = format!("{base}/v1/registrations/{id}");
            let send = async |request: reqwest::RequestBuilder| {
                let status = request.bearer_auth(&token).send().await.unwrap().status().as_u16();
                assert!(matches!(status, 200 | 204 | 404 | 409), "{status}");
                status
            };
            let city = json!({"city": "Lleida"});
            let (patch, cancel) = (app.client.patch(&url).json(&city), app.client.post(format!("{url}/cancel")));
            match n % 4 {
                0 => assert_eq!(send(cancel).await, 200),
                1 => assert_eq!(send(app.client.delete(&url)).await, 204),
                2 => assert_eq!(send(patch).await, 200),
                // All three at once: the registration ends erased.
                _ => {
                    let (.., erased) = futures_util::join!(send(patch), send(cancel), send(app.client.delete(&url)));
                    assert_eq!(erased, 204);
                }
            }
        }
    };
    join_all((0..160).map(one)).await;
    assert_seat_counts(&app, 20, 20).await;
}

/// An erasure invalidates the counts that the desk has cached.
async fn the_desk_sees_the_freed_seat(app: TestApp) {
    app.publish(&definition("small", Some(40), false)).await;
    let mut people = Vec::new();
    for number in 0..40 {
        people.push(app.registered("small", &format!("p{number}@example.org")).await);
    }
    app.register("small", &person("late@example.org")).await.expect_problem(409, "event-full");
    erase(&app, &people[7].0, &people[7].1).await.expect(204);
    app.registered("small", "late@example.org").await;
    app.register("small", &person("later@example.org")).await.expect_problem(409, "event-full");
    assert_seat_counts(&app, 40, 0).await;
}
