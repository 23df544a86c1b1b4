//! `PATCH /v1/registrations/{registration}`.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    a_patch_is_merged,
    a_patch_that_changes_nothing,
    all_field_errors_are_reported,
    answers_are_merged_and_checked,
    updates_end_with_the_event,
    stale_updates_are_rejected,
    clients_change_what_they_see,
);

async fn patch(app: &TestApp, id: &str, token: &str, body: &Value) -> TestResponse {
    app.send("PATCH", &format!("/v1/registrations/{id}"), Some(token), Some(body)).await
}

/// An event with an audience and questions.
fn event_with_questions() -> Value {
    let mut event = definition("with-questions", Some(5), true);
    event["audiences"] =
        json!([{"key": "practitioner", "label": "Practitioners"}, {"key": "other", "label": "Others"}]);
    event["registration"]["audience_required"] = json!(true);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text", "required": true},
        {"key": "diet", "label": "Diet", "kind": "choices", "choices": [{"key": "vegan", "label": "Vegan"}, {"key": "halal", "label": "Halal"}]},
        {"key": "first", "label": "First time?", "kind": "yes_no"},
        {"key": "day", "label": "Day", "kind": "choice", "choices": [{"key": "one", "label": "One"}]},
    ]);
    event
}

/// Publishes the event and registers a person with answers: id and manage token.
async fn registered_with_answers(app: &TestApp) -> (String, String) {
    app.publish(&event_with_questions()).await;
    let mut body = person("ana@example.org");
    body["audience"] = json!("practitioner");
    body["organisation"] = json!("Ajuntament");
    body["answers"] = json!({"why": "Because", "first": true});
    let created = app.register("with-questions", &body).await.expect(201);
    (created["id"].as_str().unwrap().to_owned(), created["manage_token"].as_str().unwrap().to_owned())
}

async fn a_patch_is_merged(app: TestApp) {
    let (id, token) = registered_with_answers(&app).await;
    let before = app.read(&id, &token).await.expect(200);
    app.set_time("2026-11-23T10:00:00Z");
    let change = json!({
        "name": "  Zoe\u{308} ", "organisation": null, "position": "Officer", "city": "Lleida", "country": "ES",
        "audience": "other", "language": "ca", "newsletter": true, "access_needs": "Captions", "answers": {"first": null, "diet": ["vegan"]},
    });
    let response = patch(&app, &id, &token, &change).await;
    let after = response.expect(200);
    assert_eq!(response.header("cache-control"), Some("private, no-cache"));
    let mut expected = before.clone();
    for (name, value) in change.as_object().unwrap() {
        expected[name] = value.clone();
    }
    expected["name"] = json!("Zoë");
    expected["answers"] = json!({"why": "Because", "diet": ["vegan"]});
    expected["updated_at"] = json!("2026-11-23T10:00:00Z");
    expected["revision"] = json!(2);
    assert_eq!(after, expected);
    let read = app.read(&id, &token).await;
    assert_eq!(read.expect(200), expected);
    assert_eq!(read.header("etag"), response.header("etag"));
    // The media type of merge patches is accepted too.
    let url = format!("{}/v1/registrations/{id}", app.base);
    let request = app.client.patch(url).bearer_auth(&token).header("content-type", "application/merge-patch+json");
    let response = request.body(r#"{"city": null}"#).send().await.unwrap();
    assert_eq!(
        TestResponse::read("PATCH", &format!("/v1/registrations/{id}"), response).await.expect(200)["revision"],
        3
    );
    assert_eq!(change_types(&app).await, ["registration.created", "registration.updated", "registration.updated"]);
}

/// The types of all changes of registrations, in the order of their revisions.
async fn change_types(app: &TestApp) -> Vec<String> {
    let sql = "SELECT type, sequence FROM outbox WHERE registration_id IS NOT NULL UNION ALL \
               SELECT type, sequence FROM changes WHERE registration_id IS NOT NULL ORDER BY sequence";
    app.database.rows(sql).await.iter().map(|row| row.try_get("", "type").unwrap()).collect()
}

async fn a_patch_that_changes_nothing(app: TestApp) {
    let (id, token) = registered_with_answers(&app).await;
    let before = app.read(&id, &token).await;
    app.set_time("2026-11-23T10:00:00Z");
    for nothing in [
        json!({}),
        json!({"name": " Ana Pérez "}),
        json!({"city": null, "organisation": "Ajuntament", "answers": {}, "newsletter": false}),
        json!({"answers": {"why": "Because", "diet": null}}),
    ] {
        let response = patch(&app, &id, &token, &nothing).await;
        assert_eq!(response.expect(200), before.json(), "{nothing}");
        assert_eq!(response.header("etag"), before.header("etag"));
    }
    assert_eq!(change_types(&app).await, ["registration.created"]);
}

async fn all_field_errors_are_reported(app: TestApp) {
    let (id, token) = registered_with_answers(&app).await;
    let change = json!({
        "email": "other@example.org", "id": id, "status": "confirmed", "manage_token": "x", "privacy_accepted": true,
        "nmae": "Ana", "name": null, "organisation": "a\u{0}b", "position": "x".repeat(201), "city": "x".repeat(201), "country": "XX",
        "audience": null, "language": "de", "newsletter": "yes", "access_needs": 1,
        "answers": {"why": null, "diet": ["fish"], "first": "yes", "day": "two", "wy": "x"},
    });
    let field_errors = patch(&app, &id, &token, &change).await.field_errors();
    let field_error = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let mut expected = vec![
        field_error("/access_needs", "type"),
        field_error("/answers/day", "choice"),
        field_error("/answers/diet", "choice"),
        field_error("/answers/first", "type"),
        field_error("/answers/why", "required"),
        field_error("/answers/wy", "unknown-field"),
        field_error("/audience", "required"),
        field_error("/city", "length"),
        field_error("/country", "format"),
        field_error("/email", "read-only"),
        field_error("/id", "read-only"),
        field_error("/language", "choice"),
        field_error("/manage_token", "read-only"),
        field_error("/name", "required"),
        field_error("/newsletter", "type"),
        field_error("/nmae", "unknown-field"),
        field_error("/organisation", "format"),
        field_error("/position", "length"),
        field_error("/privacy_accepted", "unknown-field"),
        field_error("/status", "read-only"),
    ];
    expected.sort();
    assert_eq!(field_errors, expected);
    assert_eq!(app.read(&id, &token).await.expect(200)["revision"], 1, "nothing was changed");
    for (body, field_errors) in [
        (json!({"answers": null}), vec![field_error("/answers/why", "required")]),
        (json!({"answers": []}), vec![field_error("/answers", "type")]),
        (
            json!({"language": null, "newsletter": null}),
            vec![field_error("/language", "required"), field_error("/newsletter", "required")],
        ),
        (json!({"audience": "nobody"}), vec![field_error("/audience", "choice")]),
    ] {
        assert_eq!(patch(&app, &id, &token, &body).await.field_errors(), field_errors, "{body}");
    }
    patch(&app, &id, &token, &json!([])).await.field_errors();
}

async fn answers_are_merged_and_checked(app: TestApp) {
    let (id, token) = registered_with_answers(&app).await;
    // The questions change after registration: existing answers stay until they are updated.
    let mut event = event_with_questions();
    event["registration"]["questions"][0]["required"] = json!(false);
    event["registration"]["questions"][2] =
        json!({"key": "late", "label": "Late?", "kind": "yes_no", "required": true});
    event["audiences"] = json!([{"key": "other", "label": "Others"}]);
    app.publish(&event).await;
    let renamed = patch(&app, &id, &token, &json!({"name": "Ana"})).await.expect(200);
    assert_eq!(
        renamed["answers"],
        json!({"why": "Because", "first": true}),
        "fields that are not in the patch are not validated"
    );
    assert_eq!(renamed["audience"], "practitioner");
    let field_errors = patch(&app, &id, &token, &json!({"answers": {"first": false}})).await.field_errors();
    let errors: Vec<_> = field_errors.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
    assert_eq!(errors, [("/answers/first", "unknown-field"), ("/answers/late", "required")]);
    let change = json!({"answers": {"late": true, "first": null, "day": "one", "diet": ["halal", "halal"]}});
    let answers = patch(&app, &id, &token, &change).await.expect(200)["answers"].clone();
    assert_eq!(answers, json!({"why": "Because", "late": true, "day": "one", "diet": ["halal"]}));
}

async fn updates_end_with_the_event(app: TestApp) {
    let (id, token) = registered_with_answers(&app).await;
    let change = json!({"name": "Zoë"});
    app.set_time("2026-11-24T10:59:59Z");
    patch(&app, &id, &token, &change).await.expect(200);
    app.set_time("2026-11-24T11:00:00Z");
    patch(&app, &id, &token, &change).await.expect_problem(409, "event-ended");
    app.set_time("2026-11-23T10:00:00Z");
    app.cancel(&id, &token).await.expect(200);
    let problem = patch(&app, &id, &token, &change).await.expect_problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("cancelled"), "{problem:#}");
    assert_eq!(problem["retryable"], false, "a cancelled registration stays cancelled");
}

async fn stale_updates_are_rejected(app: TestApp) {
    let (id, token) = registered_with_answers(&app).await;
    let tag = app.read(&id, &token).await.header("etag").unwrap().to_owned();
    let conditional = async |tag: &str, body: Value| {
        let request = app.client.patch(format!("{}/v1/registrations/{id}", app.base)).bearer_auth(&token);
        let response = request.header("if-match", tag).json(&body).send().await.unwrap();
        TestResponse::read("PATCH", &format!("/v1/registrations/{id}"), response).await
    };
    let first = conditional(&tag, json!({"city": "Lleida"})).await;
    assert_eq!(first.expect(200)["revision"], 2);
    let second = conditional(&tag, json!({"city": "Girona"})).await;
    second.expect_problem(412, "precondition-failed");
    assert_eq!(second.header("etag"), first.header("etag"));
    assert_eq!(conditional("*", json!({"city": "Girona"})).await.expect(200)["revision"], 3);
    // Of two concurrent updates of the same revision, one succeeds.
    let tag = app.read(&id, &token).await.header("etag").unwrap().to_owned();
    let both =
        futures_util::join!(conditional(&tag, json!({"city": "Reus"})), conditional(&tag, json!({"city": "Vic"})));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

async fn clients_change_what_they_see(app: TestApp) {
    app.publish(&owned("summit", "metropolis", &["al-las"])).await;
    let (id, token, _) = app.registered("summit", "ana@example.org").await;
    let change = |city: &str| json!({ "city": city });
    for (organisation, status) in [("metropolis", 200), ("al-las", 200), ("elsewhere", 404)] {
        let client = app.partner(organisation).await;
        assert_eq!(patch(&app, &id, &client, &change(organisation)).await.status, status, "{organisation}");
    }
    let reader = app.token_of("metropolis", "registrations:read").await;
    patch(&app, &id, &reader, &change("x")).await.expect_problem(403, "insufficient-scope");
    assert_eq!(app.read(&id, &token).await.expect(200)["city"], "al-las");
}
