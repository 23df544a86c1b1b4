//! Registrations that require a confirmed address, as far as the API shows them; `mail/delivery.rs` tests the mails.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::database::search::places_with;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};
use crate::support::server::seats::{assert_seat_counts, instances};

crate::on_both_engines!(
    confirming_takes_the_seat,
    responses_do_not_reveal_registrations,
    repeated_requests_send_few_messages,
    unconfirmed_requests_are_removed,
    tokens_have_one_purpose,
    confirmation_may_come_too_late,
    capacity_is_exact,
    concurrent_equal_requests_are_one,
    partners_cannot_probe_addresses,
    responses_are_replayed,
    the_manage_link_is_resent,
);

/// The kind and language of each queued message, none of which has been attempted.
pub(crate) async fn messages(app: &TestApp) -> Vec<(String, String)> {
    let connection = app.database.connect().await;
    let sql = "SELECT kind, language, state, attempts, data FROM messages ORDER BY created_at, kind";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let mut all = Vec::new();
    for row in rows {
        let text = |name: &str| row.try_get::<String>("", name).unwrap();
        assert_eq!((text("state"), row.try_get::<i64>("", "attempts").unwrap()), ("pending".to_owned(), 0));
        assert_eq!(row.try_get::<Value>("", "data").unwrap(), json!({}), "neither token nor address");
        all.push((text("kind"), text("language")));
    }
    all
}

fn kinds(all: &[(String, String)]) -> Vec<&str> {
    all.iter().map(|(kind, _)| kind.as_str()).collect()
}

async fn resend(app: &TestApp, event: &str, email: &str) -> TestResponse {
    let path = format!("/v1/events/{event}/registrations/resend");
    app.send("POST", &path, None, Some(&json!({ "email": email }))).await
}

async fn confirming_takes_the_seat(app: TestApp) {
    let mut event = definition("careful", Some(1), true);
    event["owner"] = json!("metropolis");
    app.publish_confirming(&event).await;
    let mut body = person("Ana@Example.org");
    body["language"] = json!("ca");
    let response = app.register("careful", &body).await;
    assert_eq!(response.expect(202), json!({"status": "confirmation_sent"}));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!((response.header("location"), response.header("etag")), (None, None));
    assert_eq!(messages(&app).await, [("confirm_address".to_owned(), "ca".to_owned())]);
    assert_seat_counts(&app, 0, 0).await;
    let token = app.confirmation_token("ana@example.org").await;
    assert!(
        places_with(&app, &token.rsplit('.').next().unwrap().to_lowercase()).await.is_empty(),
        "no token is stored"
    );
    app.set_time("2026-11-23T09:05:00Z");
    let confirmed = app.confirm(&token).await;
    let created = confirmed.expect(201);
    let (id, manage) =
        (created["id"].as_str().unwrap().to_owned(), created["manage_token"].as_str().unwrap().to_owned());
    assert_eq!(confirmed.header("location"), Some(&*format!("/v1/registrations/{id}")));
    assert_eq!((confirmed.header("etag"), confirmed.header("cache-control")), (Some("\"2\""), Some("no-store")));
    assert_eq!((&created["status"], &created["email"]), (&json!("confirmed"), &json!("Ana@Example.org")));
    assert_eq!(
        (&created["created_at"], &created["confirmed_at"]),
        (&json!("2026-11-23T09:00:00Z"), &json!("2026-11-23T09:05:00Z"))
    );
    let mut read = app.read(&id, &manage).await.expect(200);
    read["manage_token"] = json!(manage);
    assert_eq!(read, created);
    assert_seat_counts(&app, 1, 0).await;
    // Confirming again returns the same response while the token is valid.
    app.set_time("2026-11-23T09:06:00Z");
    assert_eq!(app.confirm(&token).await.expect(200), created);
    // The next person is put on the waiting list.
    app.register("careful", &person("bea@example.org")).await.expect(202);
    let waiting = app.confirm(&app.confirmation_token("bea@example.org").await).await.expect(201);
    assert_eq!((&waiting["status"], &waiting["waitlist_position"]), (&json!("waitlisted"), &json!(1)));
    app.cancel(&id, &manage).await.expect(200);
    assert_seat_counts(&app, 1, 0).await;
    app.confirm(&token).await.expect_problem(409, "conflict");
    // The feed has the registration once it is confirmed.
    let client = app.partner("metropolis").await;
    let expected = json!(["confirmed", "waitlisted", "cancelled", "promoted"]);
    let mut received = json!([]);
    for _ in 0..100 {
        let path = "/v1/changes?types=registration.created,registration.confirmed,registration.waitlisted,registration.cancelled,registration.promoted";
        let all = app.send("GET", path, Some(&client), None).await.expect(200);
        let names = all["data"].as_array().unwrap().iter().map(|change| change["type"].as_str().unwrap());
        received = names.map(|name| json!(name.trim_start_matches("registration."))).collect();
        if received.as_array().unwrap().len() == 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let sorted = |value: &Value| {
        let mut all: Vec<String> = value.as_array().unwrap().iter().map(Value::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&received), sorted(&expected));
}

/// A response without the headers that vary by request.
fn comparable(response: &TestResponse) -> (u16, BTreeMap<String, String>, String) {
    let varies = ["request-id", "date"];
    let headers = response.headers.iter().filter(|(name, _)| !varies.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (response.status, headers, response.body.clone())
}

async fn responses_do_not_reveal_registrations(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let new = app.register("careful", &person("ana@example.org")).await;
    let pending = app.register("careful", &person("ana@example.org")).await;
    app.confirm(&app.confirmation_token("ana@example.org").await).await.expect(201);
    let registered = app.register("careful", &person("ANA@example.org")).await;
    new.expect(202);
    assert_eq!(comparable(&new), comparable(&pending));
    assert_eq!(comparable(&new), comparable(&registered));
    assert_eq!(kinds(&messages(&app).await), ["already_registered", "confirm_address"]);
    let [registered, unknown] =
        [resend(&app, "careful", "ana@example.org").await, resend(&app, "careful", "x@example.org").await];
    assert_eq!(comparable(&registered), comparable(&unknown));
    assert_eq!(comparable(&registered), comparable(&new));
    assert_seat_counts(&app, 1, 0).await;
    // Validation errors are reported for any address.
    let bad = app.register("careful", &json!({"email": "ana@example.org"})).await;
    assert_eq!(bad.field_errors().len(), 2);
}

async fn repeated_requests_send_few_messages(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let repeat = async |time: &str| {
        app.set_time(time);
        for _ in 0..3 {
            app.register("careful", &person("ana@example.org")).await.expect(202);
            resend(&app, "careful", "ana@example.org").await.expect(202);
        }
    };
    repeat("2026-11-23T09:00:00Z").await;
    repeat("2026-11-23T09:04:59Z").await;
    assert_eq!(kinds(&messages(&app).await), ["confirm_address"]);
    repeat("2026-11-23T09:05:00Z").await;
    assert_eq!(kinds(&messages(&app).await), ["confirm_address", "confirm_address"]);
    app.confirm(&app.confirmation_token("ana@example.org").await).await.expect(201);
    repeat("2026-11-23T09:06:00Z").await;
    repeat("2026-11-23T09:07:00Z").await;
    let all = messages(&app).await;
    // The mailbox's budget of three messages an hour is used up, so the link is not sent.
    assert_eq!(kinds(&all)[2..], ["already_registered"]);
    repeat("2026-11-23T10:04:59Z").await;
    assert_eq!(
        kinds(&messages(&app).await)[3..],
        ["already_registered"],
        "one earlier message was more than an hour ago"
    );
    repeat("2026-11-23T10:06:30Z").await;
    assert_eq!(kinds(&messages(&app).await)[4..], ["manage_link"], "two earlier messages were more than an hour ago");
}

async fn unconfirmed_requests_are_removed(app: TestApp) {
    let mut event = definition("careful", None, false);
    event["starts"] = json!("2026-12-24T10:00");
    app.publish_confirming(&event).await;
    let mut body = person("zebedee@example.org");
    body["organisation"] = json!("Zebedee & Sons");
    let url = format!("{}/v1/events/careful/registrations", app.base);
    let keyed = app.client.post(url).header("idempotency-key", "k").json(&body).send().await.unwrap();
    assert_eq!(keyed.status(), 202);
    let token = app.confirmation_token("zebedee@example.org").await;
    app.set_time("2026-11-25T08:59:59Z");
    assert_eq!(app.store.remove_unconfirmed(app.now()).await.unwrap(), 0);
    // A renewed request has the full time again.
    app.register("careful", &person("bea@example.org")).await.expect(202);
    app.set_time("2026-11-25T09:00:00Z");
    assert_eq!(app.confirm(&token).await.field_errors(), [("/confirmation_token".to_owned(), "token".to_owned())]);
    assert!(!places_with(&app, "zebedee").await.is_empty());
    assert_eq!(app.store.remove_unconfirmed(app.now()).await.unwrap(), 1);
    app.store.checkpoint_wal().await.unwrap();
    assert_eq!(places_with(&app, "zebedee").await, [""; 0]);
    assert_eq!(kinds(&messages(&app).await), ["confirm_address"], "its message is removed too");
    app.confirm(&app.confirmation_token("bea@example.org").await).await.expect(201);
    app.set_time("2026-12-01T00:00:00Z");
    assert_eq!(app.store.remove_unconfirmed(app.now()).await.unwrap(), 0, "confirmed registrations stay");
    assert_seat_counts(&app, 1, 0).await;
}

async fn tokens_have_one_purpose(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    app.publish(&definition("plain", None, false)).await;
    app.register("careful", &person("ana@example.org")).await.expect(202);
    let token = app.confirmation_token("ana@example.org").await;
    let (id, manage, _) = app.registered("plain", "ana@example.org").await;
    app.read(&id, &token).await.expect_problem(401, "invalid-token");
    let bad = [("/confirmation_token".to_owned(), "token".to_owned())];
    for wrong in [&manage, "x", "a.b.c", &token[..token.len() - 2], &format!("{token}x")] {
        assert_eq!(app.confirm(wrong).await.field_errors(), bad, "{wrong}");
    }
    let path = "/v1/registrations/confirm";
    app.send("GET", path, None, None).await.expect_problem(405, "method-not-allowed");
    for missing in [json!({}), json!({"confirmation_token": ""})] {
        let field_errors = app.send("POST", path, None, Some(&missing)).await.field_errors();
        assert_eq!(field_errors, [("/confirmation_token".to_owned(), "required".to_owned())]);
    }
    let created = app.confirm(&token).await.expect(201);
    app.send(
        "DELETE",
        &format!("/v1/registrations/{}", created["id"].as_str().unwrap()),
        created["manage_token"].as_str(),
        None,
    )
    .await
    .expect(204);
    assert_eq!(app.confirm(&token).await.field_errors(), bad, "the token's registration has been erased");
}

async fn confirmation_may_come_too_late(app: TestApp) {
    app.publish_confirming(&definition("careful", Some(1), false)).await;
    let mut tokens = Vec::new();
    for name in ["a", "b", "c"] {
        let email = format!("{name}@example.org");
        app.register("careful", &person(&email)).await.expect(202);
        tokens.push(app.confirmation_token(&email).await);
    }
    let first = app.confirm(&tokens[0]).await.expect(201);
    app.confirm(&tokens[1]).await.expect_problem(409, "event-full");
    // That the event is full reveals nothing about an address.
    for email in ["a@example.org", "b@example.org", "new@example.org"] {
        app.register("careful", &person(email)).await.expect_problem(409, "event-full");
    }
    app.cancel(first["id"].as_str().unwrap(), first["manage_token"].as_str().unwrap()).await.expect(200);
    assert_eq!(
        app.confirm(&tokens[1]).await.expect(201)["status"],
        "confirmed",
        "a token stays valid after a rejection"
    );
    app.set_time("2026-11-24T10:00:00Z");
    for response in [app.confirm(&tokens[2]).await, app.register("careful", &person("d@example.org")).await] {
        response.expect_problem(409, "registration-closed");
    }
    app.set_time("2026-11-24T11:00:00Z");
    app.confirm(&tokens[2]).await.expect_problem(409, "event-ended");
    assert_seat_counts(&app, 1, 0).await;
}

async fn capacity_is_exact(app: TestApp) {
    app.publish_confirming(&definition("careful", Some(20), true)).await;
    let bases = instances(&app).await;
    let one = |n: usize| {
        let (app, base) = (&app, &bases[n % bases.len()]);
        async move {
            let email = format!("p{n}@example.org");
            let url = format!("{base}/v1/events/careful/registrations");
            assert_eq!(app.client.post(url).json(&person(&email)).send().await.unwrap().status(), 202);
            let body = json!({"confirmation_token": app.confirmation_token(&email).await});
            let confirm = || app.client.post(format!("{base}/v1/registrations/confirm")).json(&body).send();
            // Two concurrent confirmations have one effect.
            let both = futures_util::join!(confirm(), confirm());
            let mut statuses = [both.0.unwrap().status().as_u16(), both.1.unwrap().status().as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 201]);
        }
    };
    for some in (0..60).collect::<Vec<_>>().chunks(20) {
        join_all(some.iter().map(|n| one(*n))).await;
    }
    assert_seat_counts(&app, 20, 40).await;
}

async fn concurrent_equal_requests_are_one(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let bases = instances(&app).await;
    let one = |n: usize| {
        let request = app.client.post(format!("{}/v1/events/careful/registrations", bases[n % bases.len()]));
        let request = if n.is_multiple_of(2) { request.header("idempotency-key", "one") } else { request };
        async move { request.json(&person("ana@example.org")).send().await.unwrap().status().as_u16() }
    };
    let responses = join_all((0..30).map(one)).await;
    assert_eq!(responses, [202; 30]);
    assert_eq!(kinds(&messages(&app).await), ["confirm_address"]);
    app.confirm(&app.confirmation_token("ana@example.org").await).await.expect(201);
    assert_seat_counts(&app, 1, 0).await;
}

async fn partners_cannot_probe_addresses(app: TestApp) {
    app.publish_confirming(&owned("summit", "metropolis", &[])).await;
    let (partner, owner) = (app.partner("al-las").await, app.partner("metropolis").await);
    let register = async |email: &str, reference: &str| {
        let mut body = person(email);
        body["external_reference"] = json!(reference);
        app.send("POST", "/v1/events/summit/registrations", Some(&partner), Some(&body)).await
    };
    app.register("summit", &person("known@example.org")).await.expect(202);
    app.confirm(&app.confirmation_token("known@example.org").await).await.expect(201);
    for (email, time) in [("known@example.org", "2026-11-23T09:01:00Z"), ("new@example.org", "2026-11-23T09:02:00Z")] {
        app.set_time(time);
        assert_eq!(register(email, email).await.expect(202), json!({"status": "confirmation_sent"}));
        // The reference of a pending registration can be used like an unused one.
        assert_eq!(register("other@example.org", email).await.expect(202), json!({"status": "confirmation_sent"}));
    }
    let listed = async |token: &str| {
        let list = app.send("GET", "/v1/events/summit/registrations", Some(token), None).await.expect(200);
        list["data"].as_array().unwrap().len()
    };
    assert_eq!((listed(&partner).await, listed(&owner).await), (0, 4), "the organiser sees pending registrations");
    let created = app.confirm(&app.confirmation_token("other@example.org").await).await.expect(201);
    assert_eq!((&created["source"], &created["external_reference"]), (&json!("al-las"), &json!("new@example.org")));
    assert_eq!(listed(&partner).await, 1);
    register("third@example.org", "new@example.org").await.expect_problem(409, "conflict");
    // The items of a batch are answered individually, and take no seat.
    let path = "/v1/events/summit/registrations/batch";
    let items = json!([person("known@example.org"), person("b@example.org"), {"email": "x"}]);
    let post = async |body: Value| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&partner);
        let response = request.header("idempotency-key", "batch").json(&body).send().await.unwrap();
        TestResponse::read("POST", path, response).await
    };
    for _ in 0..2 {
        let results = post(json!({ "items": items })).await.expect(200)["results"].clone();
        assert_eq!(results[0], json!({"index": 0, "status": 202, "registration": null, "problem": null}));
        assert_eq!(results[1], json!({"index": 1, "status": 202, "registration": null, "problem": null}));
        assert_eq!((&results[2]["status"], &results[2]["problem"]["code"]), (&json!(422), &json!("validation-failed")));
    }
    let atomic = json!({"items": [person("c@example.org")], "atomic": true});
    app.send("POST", path, Some(&partner), Some(&atomic)).await.expect_problem(409, "conflict");
    assert_seat_counts(&app, 2, 0).await;
}

async fn responses_are_replayed(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    let post = async |path: &str, key: &str, body: &Value| {
        let request = app.client.post(format!("{}{path}", app.base)).header("idempotency-key", key);
        TestResponse::read("POST", path, request.json(body).send().await.unwrap()).await
    };
    let path = "/v1/events/careful/registrations";
    let first = post(path, "a", &person("ana@example.org")).await;
    let again = post(path, "a", &person("ana@example.org")).await;
    assert_eq!((first.expect(202), again.header("idempotency-replayed")), (again.expect(202), Some("true")));
    post(path, "a", &person("bea@example.org")).await.expect_problem(422, "idempotency-mismatch");
    let body = json!({"confirmation_token": app.confirmation_token("ana@example.org").await});
    let first = post("/v1/registrations/confirm", "a", &body).await;
    let again = post("/v1/registrations/confirm", "a", &body).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_seat_counts(&app, 1, 0).await;
}

async fn the_manage_link_is_resent(app: TestApp) {
    app.publish(&definition("plain", None, false)).await;
    let (id, token, _) = app.registered("plain", "ana@example.org").await;
    let response = resend(&app, "plain", " ANA@example.org ").await;
    assert_eq!(response.expect(202), json!({"status": "confirmation_sent"}));
    assert_eq!(messages(&app).await, [("manage_link".to_owned(), "en".to_owned())]);
    resend(&app, "plain", "nobody@example.org").await.expect(202);
    resend(&app, "nowhere", "ana@example.org").await.expect_problem(404, "not-found");
    assert_eq!(resend(&app, "plain", "ana").await.field_errors(), [("/email".to_owned(), "email".to_owned())]);
    app.cancel(&id, &token).await.expect(200);
    app.set_time("2026-11-23T09:10:00Z");
    resend(&app, "plain", "ana@example.org").await.expect(202);
    assert_eq!(messages(&app).await.len(), 1, "a cancelled registration has no link to resend");
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&token), None).await.expect(204);
    assert_eq!(messages(&app).await.len(), 0, "messages are removed with the registration");
}
