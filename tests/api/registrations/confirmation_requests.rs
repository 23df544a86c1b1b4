//! Several pending requests for one address: each has its own token and content, and their number is bounded.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::email_confirmation::messages;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};
use crate::support::server::seats::{assert_seat_counts, instances};

crate::on_both_engines!(
    a_token_confirms_its_own_request,
    requests_for_one_address_are_bounded,
    an_existing_registration_takes_precedence,
    a_pending_request_cannot_be_changed,
);

async fn a_token_confirms_its_own_request(app: TestApp) {
    app.publish_confirming(&owned("careful", "metropolis", &[])).await;
    let mut first = person("ana@example.org");
    first["newsletter"] = json!(false);
    app.register("careful", &first).await.expect(202);
    // An organisation registers the same address with other data and its own reference.
    let partner = app.partner("al-las").await;
    let mut second = person("ANA@example.org");
    second["name"] = json!("Mallory");
    second["newsletter"] = json!(true);
    second["external_reference"] = json!("theirs");
    app.set_time("2026-11-23T09:01:00Z");
    let path = "/v1/events/careful/registrations";
    let theirs = app.send("POST", path, Some(&partner), Some(&second)).await;
    assert_eq!(theirs.expect(202), json!({"status": "confirmation_sent"}));
    // An equal request renews the first one.
    app.set_time("2026-11-23T09:02:00Z");
    app.register("careful", &first).await.expect(202);
    let tokens = app.confirmation_tokens("ana@example.org").await;
    assert_eq!(tokens.len(), 2);
    // Tokens are ordered by renewal, so the first request's comes last.
    let created = app.confirm(&tokens[1]).await.expect(201);
    assert_eq!(
        [
            &created["name"],
            &created["email"],
            &created["newsletter"],
            &created["source"],
            &created["external_reference"]
        ],
        [&json!("Ana Pérez"), &json!("ana@example.org"), &json!(false), &json!("public"), &Value::Null]
    );
    let id = created["id"].as_str().unwrap();
    app.read(id, &partner).await.expect_problem(404, "not-found");
    // The first confirmation wins, and the other requests are removed.
    assert_eq!(app.confirm(&tokens[0]).await.field_errors(), [("/confirmation_token".to_owned(), "token".to_owned())]);
    assert_eq!(app.confirm(&tokens[1]).await.expect(200)["id"], created["id"]);
    assert!(app.confirmation_tokens("ana@example.org").await.is_empty());
    assert_seat_counts(&app, 1, 0).await;
    // The other order: the organisation's request is confirmed with its data.
    app.register("careful", &person("bea@example.org")).await.expect(202);
    second["email"] = json!("bea@example.org");
    app.set_time("2026-11-23T09:03:00Z");
    app.send("POST", path, Some(&partner), Some(&second)).await.expect(202);
    let tokens = app.confirmation_tokens("bea@example.org").await;
    let created = app.confirm(&tokens[1]).await.expect(201);
    assert_eq!(
        [&created["name"], &created["source"], &created["external_reference"]],
        [&json!("Mallory"), &json!("al-las"), &json!("theirs")]
    );
    app.confirm(&tokens[0]).await.expect_problem(422, "validation-failed");
    assert_seat_counts(&app, 2, 0).await;
}

async fn requests_for_one_address_are_bounded(app: TestApp) {
    app.publish_confirming(&owned("careful", "metropolis", &[])).await;
    let bases = instances(&app).await;
    let ask = |n: usize| {
        let mut body = person("ana@example.org");
        body["name"] = json!(format!("Ana {n}"));
        let url = format!("{}/v1/events/careful/registrations", bases[n % bases.len()]);
        let request = app.client.post(url).json(&body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    // Concurrently, and then one after the other.
    assert_eq!(join_all((0..8).map(ask)).await, [202; 8]);
    for n in 8..14 {
        assert_eq!(ask(n).await, 202);
    }
    let tokens = app.confirmation_tokens("ana@example.org").await;
    assert_eq!((tokens.len(), messages(&app).await.len()), (10, 3), "a mailbox gets three messages an hour");
    // Filling all slots does not lock anyone out: once the mailbox may get mail again, requests whose mail was withheld are
    // replaced.
    app.set_time("2026-11-23T10:05:00Z");
    let mut late = person("ana@example.org");
    late["name"] = json!("Ana herself");
    app.register("careful", &late).await.expect(202);
    let tokens = app.confirmation_tokens("ana@example.org").await;
    assert_eq!((tokens.len(), messages(&app).await.len()), (10, 4));
    let owner = app.partner("metropolis").await;
    let list = app.send("GET", "/v1/events/careful/registrations?email=ana@example.org", Some(&owner), None).await;
    let list = list.expect(200)["data"].as_array().unwrap().clone();
    assert_eq!(list.len(), 10, "the organiser finds them by their address");
    assert!(list.iter().any(|request| request["name"] == "Ana herself"), "{list:?}");
    // Of several concurrent confirmations, one wins.
    let confirm = |token: &String| {
        let body = json!({"confirmation_token": token});
        let request = app.client.post(format!("{}/v1/registrations/confirm", bases[token.len() % bases.len()]));
        async move { request.json(&body).send().await.unwrap().status().as_u16() }
    };
    let mut statuses = join_all(tokens.iter().map(confirm)).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422, 422, 422, 422, 422, 422, 422]);
    assert_seat_counts(&app, 1, 0).await;
    assert!(app.confirmation_tokens("ana@example.org").await.is_empty());
}

async fn an_existing_registration_takes_precedence(app: TestApp) {
    app.publish_confirming(&definition("careful", None, false)).await;
    app.register("careful", &person("ana@example.org")).await.expect(202);
    let token = app.confirmation_token("ana@example.org").await;
    // The event no longer requires confirmation.
    app.publish(&definition("careful", None, false)).await;
    let (id, manage, _) = app.registered("careful", "ana@example.org").await;
    app.confirm(&token).await.expect_problem(409, "already-registered");
    app.cancel(&id, &manage).await.expect(200);
    app.confirm(&token).await.expect(201);
    assert_seat_counts(&app, 1, 0).await;
}

async fn a_pending_request_cannot_be_changed(app: TestApp) {
    app.publish_confirming(&owned("careful", "metropolis", &[])).await;
    app.register("careful", &person("ana@example.org")).await.expect(202);
    let owner = app.partner("metropolis").await;
    let list = app.send("GET", "/v1/events/careful/registrations?status=pending", Some(&owner), None).await;
    let pending = list.expect(200)["data"][0].clone();
    let path = format!("/v1/registrations/{}", pending["id"].as_str().unwrap());
    let change = json!({"name": "Mallory"});
    app.send("PATCH", &path, Some(&owner), Some(&change)).await.expect_problem(409, "conflict");
    // The organiser may cancel it; the address is shown as it was entered.
    let cancelled = app.send("POST", &format!("{path}/cancel"), Some(&owner), None).await.expect(200);
    assert_eq!((&cancelled["status"], &cancelled["email"]), (&json!("cancelled"), &json!("ana@example.org")));
    let found = app.send("GET", "/v1/events/careful/registrations?email=ana@example.org", Some(&owner), None).await;
    assert_eq!(found.expect(200)["data"][0]["id"], pending["id"]);
    assert_seat_counts(&app, 0, 0).await;
}
