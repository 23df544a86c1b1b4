//! `PATCH /v1/registrations/{registration}` with `email`: an organiser corrects an address.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::mail::queue::{count_messages, smtp_worker};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(
    the_registration_moves_to_the_new_address,
    both_addresses_are_told,
    links_of_the_former_address_stop_working,
    a_confirmation_token_of_the_former_address_stops_working,
    another_spelling_is_the_same_address,
    only_organisers_correct_addresses,
);

async fn patch(app: &TestApp, id: &str, token: &str, body: &Value) -> TestResponse {
    app.send("PATCH", &format!("/v1/registrations/{id}"), Some(token), Some(body)).await
}

async fn correct(app: &TestApp, id: &str, token: &str, email: &str) -> TestResponse {
    patch(app, id, token, &json!({ "email": email })).await
}

async fn the_registration_moves_to_the_new_address(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (id, ..) = app.registered("small", "anna@example.org").await;
    let (other, ..) = app.registered("small", "ben@example.org").await;
    let taken = correct(&app, &id, &owner, "BEN@example.org").await.expect_problem(409, "already-registered");
    assert_eq!(taken["registration_id"], other.as_str());
    let body = json!({"email": " Ana@Example.org ", "city": "Lleida"});
    let after = patch(&app, &id, &owner, &body).await.expect(200);
    assert_eq!(
        (&after["email"], &after["city"], &after["revision"]),
        (&json!("Ana@Example.org"), &json!("Lleida"), &json!(2))
    );
    assert_eq!(after["status"], "confirmed", "the seat stays");
    app.register("small", &person("ana@example.org")).await.expect_problem(409, "already-registered");
    let list = "/v1/events/small/registrations?email=ana@example.org";
    let found = app.send("GET", list, Some(&owner), None).await.expect(200);
    assert_eq!(found["data"][0]["id"], id.as_str());
    app.registered("small", "anna@example.org").await;
    for (email, code) in [(json!("nobody"), "email"), (json!(null), "required"), (json!(""), "required")] {
        let errors = patch(&app, &id, &owner, &json!({ "email": email })).await.field_errors();
        assert_eq!(errors, [("/email".to_owned(), code.to_owned())], "{email}");
    }
}

async fn both_addresses_are_told(app: TestApp) {
    let server = MailServer::start().await;
    let _worker = smtp_worker(&app, &server).await;
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (id, ..) = app.registered("small", "anna@example.org").await;
    server.wait_for(1).await;
    correct(&app, &id, &owner, "ana@example.org").await.expect(200);
    let mails = server.wait_for(3).await;
    let to = |address: &str| mails[1..].iter().find(|mail| mail.to == address).expect("a mail");
    let (new, former) = (to("ana@example.org"), to("anna@example.org"));
    assert_ne!(new.subject, former.subject);
    let token = new.parameter("token");
    assert_eq!(app.read(&id, &token).await.expect(200)["email"], "ana@example.org");
    assert!(!former.text.contains("token=") && !former.text.contains("ana@example.org"), "{}", former.text);
    for _ in 0..100 {
        if count_messages(&app, "recipient IS NOT NULL").await == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the former address stays in the database");
}

async fn links_of_the_former_address_stop_working(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let register = async || {
        let url = format!("{}/v1/events/small/registrations", app.base);
        let request = app.client.post(url).header("idempotency-key", "k").json(&person("anna@example.org"));
        TestResponse::read("POST", "/v1/events/small/registrations", request.send().await.unwrap()).await.expect(201)
    };
    let created = register().await;
    let (id, token) = (created["id"].as_str().unwrap(), created["manage_token"].as_str().unwrap());
    app.read(id, token).await.expect(200);
    correct(&app, id, &owner, "ana@example.org").await.expect(200);
    app.read(id, token).await.expect_problem(401, "invalid-token");
    app.cancel(id, token).await.expect_problem(401, "invalid-token");
    patch(&app, id, token, &json!({"city": "x"})).await.expect_problem(401, "invalid-token");
    for (method, path) in [("DELETE", ""), ("GET", "/join"), ("GET", "/calendar.ics")] {
        let path = format!("/v1/registrations/{id}{path}");
        app.send(method, &path, Some(token), None).await.expect_problem(401, "invalid-token");
    }
    let replayed = register().await;
    assert_eq!(replayed["manage_token"], token, "a repeated request gets the first token, which is invalid");
    // The address may be corrected back, and the first token still does not work.
    correct(&app, id, &owner, "anna@example.org").await.expect(200);
    app.read(id, token).await.expect_problem(401, "invalid-token");
}

async fn a_confirmation_token_of_the_former_address_stops_working(app: TestApp) {
    app.publish_confirming(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    app.register("small", &person("anna@example.org")).await.expect(202);
    let token = app.confirmation_token("anna@example.org").await;
    let id = app.confirm(&token).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.confirm(&token).await.expect(200);
    correct(&app, &id, &owner, "ana@example.org").await.expect(200);
    let errors = app.confirm(&token).await.field_errors();
    assert_eq!(errors, [("/confirmation_token".to_owned(), "token".to_owned())]);
}

async fn another_spelling_is_the_same_address(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    assert_eq!(correct(&app, &id, &owner, "ana@example.org").await.expect(200)["revision"], 1);
    let after = correct(&app, &id, &owner, "Ana@Example.org").await.expect(200);
    assert_eq!((&after["email"], &after["revision"]), (&json!("Ana@Example.org"), &json!(2)));
    app.read(&id, &token).await.expect(200);
    assert_eq!(count_messages(&app, "kind IN ('address_changed', 'address_replaced')").await, 0);
}

async fn only_organisers_correct_addresses(app: TestApp) {
    app.publish(&owned("small", "owner", &["co"])).await;
    let maker = app.partner("maker").await;
    let created = app.registered_by("small", &maker, &person("anna@example.org")).await;
    let (id, token) = (created["id"].as_str().unwrap(), created["manage_token"].as_str().unwrap());
    for token in [token, &maker] {
        let errors = correct(&app, id, token, "ana@example.org").await.field_errors();
        assert_eq!(errors, [("/email".to_owned(), "read-only".to_owned())]);
    }
    correct(&app, id, &app.partner("other").await, "ana@example.org").await.expect_problem(404, "not-found");
    correct(&app, id, &app.partner("co").await, "ana@example.org").await.expect(200);
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&app.partner("owner").await), None).await.expect(204);
    assert_eq!(count_messages(&app, "recipient IS NOT NULL").await, 0, "erasing removes the former address too");
}
