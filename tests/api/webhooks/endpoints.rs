//! Managing webhook endpoints: validation, secrets and access.

use plenaria_domain::webhook::AddressPolicy;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::server::app::TestApp;

crate::on_both_engines!(
    an_endpoint_is_created_changed_and_removed,
    invalid_bodies_are_rejected,
    secrets_are_shown_once,
    organisations_see_only_their_endpoints,
    disabled_endpoints_get_no_manual_deliveries,
);

const MANAGE: &str = "webhooks:manage";
const PATH: &str = "/v1/webhook-endpoints";

async fn an_endpoint_is_created_changed_and_removed(app: TestApp) {
    let token = app.token_of("metropolis", MANAGE).await;
    let body = json!({"url": "https://hooks.example.org/in", "description": " The CRM ", "types": ["event.published", "registration.created"]});
    let created = app.send("POST", PATH, Some(&token), Some(&body)).await;
    assert_eq!((created.header("etag"), created.header("cache-control")), (Some("\"1\""), Some("no-store")));
    let returned = created.expect(201);
    let path = created.header("location").unwrap().to_owned();
    assert_eq!((returned["description"].as_str(), returned["status"].as_str()), (Some("The CRM"), Some("active")));
    assert_eq!(returned["types"], json!(["registration.created", "event.published"]));
    let read = app.send("GET", &path, Some(&token), None).await.expect(200);
    assert_eq!((read.get("secret"), &read["links"]), (None, &returned["links"]));

    let change = async |body: Value| app.send("PATCH", &path, Some(&token), Some(&body)).await;
    let changed = change(json!({"description": null, "types": null})).await.expect(200);
    assert_eq!(
        (&changed["description"], &changed["types"], &changed["revision"]),
        (&Value::Null, &json!([]), &json!(2))
    );
    assert_eq!(change(json!({})).await.expect(200), changed, "an empty patch changes nothing");
    let disabled = change(json!({"status": "disabled"})).await.expect(200);
    assert_eq!((&disabled["status"], &disabled["disabled_reason"]), (&json!("disabled"), &json!("requested")));
    assert!(disabled["disabled_at"].is_string());
    let enabled = change(json!({"status": "active", "url": "https://other.example.org"})).await.expect(200);
    assert_eq!((&enabled["disabled_at"], &enabled["url"]), (&Value::Null, &json!("https://other.example.org/")));

    let stale = app.client.delete(format!("{}{path}", app.base)).bearer_auth(&token).header("if-match", "\"1\"");
    assert_eq!(stale.send().await.unwrap().status(), 412);
    app.send("DELETE", &path, Some(&token), None).await.expect(204);
    app.send("DELETE", &path, Some(&token), None).await.expect_problem(404, "not-found");
    app.send("GET", &path, Some(&token), None).await.expect_problem(404, "not-found");
}

async fn invalid_bodies_are_rejected(app: TestApp) {
    let token = app.token_of("metropolis", MANAGE).await;
    let (id, _) = app.endpoint(&token, &json!({"url": "https://hooks.example.org/in"})).await;
    let (path, field_error) =
        (format!("{PATH}/{id}"), |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())]);
    for (body, field_errors) in [
        (json!({}), field_error("/url", "required")),
        (json!({"url": ""}), field_error("/url", "required")),
        (json!({"url": "http://hooks.example.org"}), field_error("/url", "format")),
        (json!({"url": "https://me@hooks.example.org"}), field_error("/url", "format")),
        (json!({"url": "https://hooks.example.org/#here"}), field_error("/url", "format")),
        (json!({"url": "https://127.0.0.1/"}), field_error("/url", "private-address")),
        (json!({"url": "https://[::ffff:10.0.0.1]/"}), field_error("/url", "private-address")),
        (json!({"url": "https://metadata.localhost/"}), field_error("/url", "private-address")),
        (json!({"url": "https://a.example", "types": ["registration.made"]}), field_error("/types", "choice")),
        (
            json!({"url": "https://a.example", "types": ["event.updated", "event.updated"]}),
            field_error("/types", "duplicate"),
        ),
        (json!({"url": "https://a.example", "secret": "mine"}), field_error("/secret", "unknown-field")),
    ] {
        assert_eq!(app.send("POST", PATH, Some(&token), Some(&body)).await.field_errors(), field_errors, "{body}");
    }
    for (body, field_errors) in [
        (json!({"url": null}), field_error("/url", "required")),
        (json!({"url": "https://10.0.0.1/"}), field_error("/url", "private-address")),
        (json!({"status": "gone"}), field_error("/status", "choice")),
        (json!({"status": null}), field_error("/status", "required")),
        (json!({"url": " "}), field_error("/url", "required")),
        (json!({"description": "a\nb"}), field_error("/description", "format")),
    ] {
        assert_eq!(app.send("PATCH", &path, Some(&token), Some(&body)).await.field_errors(), field_errors, "{body}");
    }
    for n in 1..20 {
        app.endpoint(&token, &json!({"url": format!("https://hooks.example.org/{n}")})).await;
    }
    let one_more = json!({"url": "https://hooks.example.org/more"});
    let problem = app.send("POST", PATH, Some(&token), Some(&one_more)).await.expect_problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("20"));
    assert_eq!(problem["retryable"], false);
    let page = app.send("GET", &format!("{PATH}?limit=15"), Some(&token), None).await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let rest = app.send("GET", &format!("{PATH}?limit=15&cursor={cursor}"), Some(&token), None).await.expect(200);
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["page"]["next_cursor"]), (5, &Value::Null));
    // The limit is per organisation.
    let other = app.token_of("al-las", MANAGE).await;
    app.send("POST", PATH, Some(&other), Some(&one_more)).await.expect(201);
}

/// A lost response with a secret can be replayed with the same idempotency key, even after a rotation, and the secret is
/// not shown elsewhere.
async fn secrets_are_shown_once(app: TestApp) {
    let token = app.token_of("metropolis", MANAGE).await;
    let post = async |path: &str, key: &str| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&token).header("idempotency-key", key);
        let request = if path == PATH { request.json(&json!({"url": "https://hooks.example.org"})) } else { request };
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let created = post(PATH, "a").await;
    let path = format!("{PATH}/{}", created["id"].as_str().unwrap());
    let rotate = format!("{path}/rotate-secret");
    let rotated = post(&rotate, "b").await;
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_") && created["secret"] != rotated["secret"]);
    assert_eq!((post(PATH, "a").await, post(&rotate, "b").await), (created.clone(), rotated.clone()));
    assert_eq!(rotated["previous_secret_until"], "2026-11-24T09:00:00Z");
    for path in [PATH, &path] {
        let returned = app.send("GET", path, Some(&token), None).await;
        assert!(!returned.body.contains("whsec_"), "{}", returned.body);
    }
    // The database does not contain a plain secret.
    let connection = app.database.connect().await;
    for sql in ["SELECT secret AS t FROM webhook_endpoints", "SELECT body AS t FROM idempotency_records"] {
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        for row in rows.unwrap() {
            let text: String = row.try_get("", "t").unwrap();
            for secret in [&created["secret"], &rotated["secret"]] {
                let secret = secret.as_str().unwrap().strip_prefix("whsec_").unwrap();
                assert!(!text.contains(secret) && !text.contains("whsec_"), "{text}");
            }
        }
    }
}

async fn organisations_see_only_their_endpoints(app: TestApp) {
    let (id, token) = app.endpoint_of("metropolis", "https://hooks.example.org").await;
    let path = format!("{PATH}/{id}");
    let delivery = app.send("POST", &format!("{path}/test"), Some(&token), None).await.expect(202);
    let delivery = format!("{path}/deliveries/{}", delivery["id"].as_str().unwrap());
    let other = app.token_of("al-las", MANAGE).await;
    let (other_id, _) = app.endpoint(&other, &json!({"url": "https://hooks.example.org"})).await;
    let reader = app.token_of("metropolis", "registrations:read registrations:write").await;
    let calls = [
        ("GET", path.clone(), None),
        ("PATCH", path.clone(), Some(json!({"description": "mine"}))),
        ("DELETE", path.clone(), None),
        ("POST", format!("{path}/rotate-secret"), None),
        ("POST", format!("{path}/test"), None),
        ("GET", format!("{path}/deliveries"), None),
        ("GET", delivery.clone(), None),
        ("POST", format!("{delivery}/redeliver"), None),
    ];
    for (method, path, body) in &calls {
        app.send(method, path, Some(&other), body.as_ref()).await.expect_problem(404, "not-found");
        app.send(method, path, None, body.as_ref()).await.expect_problem(401, "unauthenticated");
        let rejected = app.send(method, path, Some(&reader), body.as_ref()).await;
        assert_eq!(rejected.expect_problem(403, "insufficient-scope")["required_scope"], MANAGE);
    }
    // A delivery is found at its own endpoint only.
    let elsewhere = delivery.replace(&id, &other_id);
    app.send("GET", &elsewhere, Some(&other), None).await.expect_problem(404, "not-found");
    let listed = app.send("GET", PATH, Some(&other), None).await.expect(200);
    assert!(listed["data"].as_array().unwrap().iter().all(|endpoint| endpoint["id"] == other_id.as_str()));
    // Another client of the same organisation sees it.
    let colleague = app.token_of("metropolis", MANAGE).await;
    app.send("GET", &delivery, Some(&colleague), None).await.expect(200);
}

async fn disabled_endpoints_get_no_manual_deliveries(app: TestApp) {
    let (id, token) = app.endpoint_of("metropolis", "https://hooks.example.org").await;
    let path = format!("{PATH}/{id}");
    let delivery = app.send("POST", &format!("{path}/test"), Some(&token), None).await.expect(202);
    app.send("PATCH", &path, Some(&token), Some(&json!({"status": "disabled"}))).await.expect(200);
    let problem = app.send("POST", &format!("{path}/test"), Some(&token), None).await.expect_problem(409, "conflict");
    assert_eq!(problem["retryable"], false);
    let again = format!("{path}/deliveries/{}/redeliver", delivery["id"].as_str().unwrap());
    app.send("POST", &again, Some(&token), None).await.expect_problem(409, "conflict");
}

/// A setting allows private addresses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_may_be_allowed() {
    let app = TestApp::start_with(crate::support::database::test_database::Engine::Sqlite, |settings| {
        settings.webhook_address_policy = AddressPolicy::Any;
    })
    .await;
    app.endpoint_of("metropolis", "http://127.0.0.1:9/in").await;
}
