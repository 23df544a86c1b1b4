//! `GET /v1/registrations/{registration}/join`: the URL of an online event.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    the_join_url_appears_at_the_opening_time,
    only_the_holder_sees_the_join_url,
    events_without_a_join_url
);

const ROOM: &str = "https://meet.example.org/secret-room";

fn online(minutes_before: u32) -> Value {
    let mut event = definition("online", Some(1), true);
    event["join"] = json!({"url": ROOM, "minutes_before": minutes_before});
    event
}

async fn join(app: &TestApp, id: &str, token: &str) -> TestResponse {
    app.send("GET", &format!("/v1/registrations/{id}/join"), Some(token), None).await
}

async fn the_join_url_appears_at_the_opening_time(app: TestApp) {
    app.publish(&online(30)).await;
    let (id, token, _) = app.registered("online", "ana@example.org").await;
    let (waiting, waiting_token, _) = app.registered("online", "bea@example.org").await;
    app.set_time("2026-11-24T09:29:59.999999Z");
    let problem = join(&app, &id, &token).await.expect_problem(409, "join-not-open");
    assert_eq!((&problem["available_from"], &problem["retryable"]), (&json!("2026-11-24T09:30:00Z"), &json!(true)));
    for time in ["2026-11-24T09:30:00Z", "2026-11-24T10:30:00Z", "2026-11-24T11:10:00Z"] {
        app.set_time(time);
        let response = join(&app, &id, &token).await;
        assert_eq!(response.expect(200), json!({"join_url": ROOM, "available_from": "2026-11-24T09:30:00Z"}));
        assert_eq!(response.header("cache-control"), Some("private, no-cache"));
        let waits = join(&app, &waiting, &waiting_token).await.expect_problem(409, "conflict");
        let before_the_start = time == "2026-11-24T09:30:00Z";
        assert_eq!(waits["retryable"], before_the_start, "free seats go to the waiting list until the start");
    }
    app.set_time("2026-11-24T09:40:00Z");
    join(&app, &id, &waiting_token).await.expect_problem(404, "not-found");
    app.cancel(&id, &token).await.expect(200);
    assert_eq!(join(&app, &id, &token).await.expect_problem(409, "conflict")["retryable"], false);
    assert_eq!(join(&app, &waiting, &waiting_token).await.expect(200)["join_url"], ROOM, "a promoted person may join");
    let mut event = online(30);
    event["status"] = json!("cancelled");
    app.publish(&event).await;
    join(&app, &waiting, &waiting_token).await.expect_problem(409, "event-cancelled");
}

/// No other response contains the URL, and a client's token does not give access to it.
async fn only_the_holder_sees_the_join_url(app: TestApp) {
    let mut event = online(10_080);
    event["owner"] = json!("metropolis");
    app.publish(&event).await;
    let (id, token, _) = app.registered("online", "ana@example.org").await;
    join(&app, &id, &token).await.expect(200);
    let client = app.partner("metropolis").await;
    join(&app, &id, &client).await.expect_problem(401, "invalid-token");
    app.send("GET", &format!("/v1/registrations/{id}/join"), None, None).await.expect_problem(401, "unauthenticated");
    app.register("online", &person("bea@example.org")).await.expect(201);
    for path in [
        "/v1/events",
        "/v1/events/online",
        "/v1/events/online/programme",
        "/v1/events/online/sessions",
        "/v1/events/online/speakers",
        "/v1/events/online/availability",
    ] {
        assert!(!app.get(path).await.expect(200).to_string().contains("secret-room"), "{path}");
    }
    for path in ["/v1/events/online/registrations", "/v1/changes", &format!("/v1/registrations/{id}")] {
        let response = app.send("GET", path, Some(&client), None).await.expect(200);
        assert!(!response.to_string().contains("secret-room"), "{path}");
    }
}

async fn events_without_a_join_url(app: TestApp) {
    app.publish(&definition("plain", None, false)).await;
    let (id, token, _) = app.registered("plain", "ana@example.org").await;
    join(&app, &id, &token).await.expect_problem(404, "not-found");
}
