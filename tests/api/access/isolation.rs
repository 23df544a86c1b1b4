//! Registrations are visible to their holder, the event's organisers and the client that created them, and to no other
//! caller.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    registrations_are_visible_to_their_organisations_only,
    a_partner_registers_people,
    external_references_are_unique_per_client
);

async fn registrations_are_visible_to_their_organisations_only(app: TestApp) {
    app.publish(&owned("mine", "owner", &["co"])).await;
    app.publish(&owned("theirs", "elsewhere", &[])).await;
    let (owner, co) = (app.partner("owner").await, app.partner("co").await);
    let (maker, stranger, elsewhere) =
        (app.partner("maker").await, app.partner("stranger").await, app.partner("elsewhere").await);
    let created = app.registered_by("mine", &maker, &person("made@example.org")).await;
    let (public, manage, _) = app.registered("mine", "public@example.org").await;
    let (_, other_manage, _) = app.registered("mine", "other@example.org").await;
    let created = created["id"].as_str().unwrap();
    let sees = [
        (&owner, vec![created, &public]),
        (&co, vec![created, &public]),
        (&maker, vec![created]),
        (&stranger, vec![]),
        (&elsewhere, vec![]),
    ];
    for (token, ids) in &sees {
        for id in [created, &public] {
            let response = app.read(id, token).await;
            if ids.contains(&id) {
                assert_eq!(response.expect(200)["id"], id);
            } else {
                response.expect_problem(404, "not-found");
            }
        }
        let all = app.send("GET", "/v1/events/mine/registrations", Some(token), None).await;
        assert_eq!(all.header("cache-control"), Some("private, no-cache"));
        let data = all.expect(200)["data"].as_array().unwrap().clone();
        let expected = if ids.len() == 2 { 3 } else { ids.len() };
        assert_eq!(data.len(), expected);
        // Filters find no further registrations.
        for filter in ["email=public%40example.org", "status=confirmed", "updated_since=2020-01-01T00:00:00Z"] {
            let path = format!("/v1/events/mine/registrations?{filter}");
            let found = app.send("GET", &path, Some(token), None).await.expect(200);
            for one in found["data"].as_array().unwrap() {
                assert!(data.iter().any(|listed| listed["id"] == one["id"]), "{filter}");
            }
        }
        if !ids.contains(&public.as_str()) {
            app.cancel(&public, token).await.expect_problem(404, "not-found");
        }
    }
    // No token, and the token of another registration.
    for path in [format!("/v1/registrations/{public}"), "/v1/events/mine/registrations".to_owned()] {
        app.get(&path).await.expect_problem(401, "unauthenticated");
    }
    app.read(&public, &other_manage).await.expect_problem(404, "not-found");
    app.cancel(&public, &other_manage).await.expect_problem(404, "not-found");
    app.send("POST", &format!("/v1/registrations/{public}/cancel"), None, None)
        .await
        .expect_problem(401, "unauthenticated");
    app.send("POST", "/v1/events/mine/registrations/batch", None, Some(&json!({})))
        .await
        .expect_problem(401, "unauthenticated");
    assert_eq!(app.read(&public, &manage).await.expect(200)["status"], "confirmed");
    // A cursor is valid for one organisation only.
    let page = app.send("GET", "/v1/events/mine/registrations?limit=1", Some(&owner), None).await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let path = format!("/v1/events/mine/registrations?limit=1&cursor={cursor}");
    app.send("GET", &path, Some(&owner), None).await.expect(200);
    app.send("GET", &path, Some(&co), None).await.expect_problem(400, "invalid-parameter");
    // Organisers of the event and the creator of the registration may cancel it.
    app.cancel(created, &maker).await.expect(200);
    app.cancel(&public, &co).await.expect(200);
    // A co-organiser that leaves the definition loses access.
    app.publish(&owned("mine", "owner", &[])).await;
    app.read(&public, &co).await.expect_problem(404, "not-found");
    // A draft is visible to its organisers only.
    let mut draft = owned("mine", "owner", &[]);
    draft["status"] = json!("draft");
    app.publish(&draft).await;
    app.send("GET", "/v1/events/mine/registrations", Some(&owner), None).await.expect(200);
    app.send("GET", "/v1/events/mine/registrations", Some(&maker), None).await.expect_problem(404, "not-found");
}

async fn a_partner_registers_people(app: TestApp) {
    app.publish(&definition("small", Some(2), true)).await;
    let (maker, other) = (app.partner("maker").await, app.partner("other").await);
    let mut body = person("ana@example.org");
    body["external_reference"] = json!(" crm-1 ");
    let created = app.registered_by("small", &maker, &body).await;
    assert_eq!((&created["source"], &created["external_reference"]), (&json!("maker"), &json!("crm-1")));
    let (id, manage) = (created["id"].as_str().unwrap(), created["manage_token"].as_str().unwrap());
    app.read(id, manage).await.expect(200);
    // Only the creator of the existing registration learns its id.
    let path = "/v1/events/small/registrations";
    let again = person("ANA@example.org");
    let own = app.send("POST", path, Some(&maker), Some(&again)).await.expect_problem(409, "already-registered");
    assert_eq!(own["registration_id"], id);
    for token in [Some(other.as_str()), None] {
        let problem = app.send("POST", path, token, Some(&again)).await.expect_problem(409, "already-registered");
        assert!(!problem.to_string().contains(id), "{problem}");
    }
    // External references are for clients only.
    let response = app.register("small", &body).await;
    assert_eq!(response.field_errors(), [("/external_reference".to_owned(), "clients-only".to_owned())]);
    // The same idempotency key of two clients is two keys.
    let mut ids = Vec::new();
    for token in [&maker, &other, &maker] {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(token).header("idempotency-key", "k");
        let email = if *token == maker { "b@example.org" } else { "c@example.org" };
        let response: Value = request.json(&person(email)).send().await.unwrap().json().await.unwrap();
        ids.push(response["id"].clone());
    }
    assert!(ids[0] == ids[2] && ids[0] != ids[1] && ids[0].is_string(), "{ids:?}");
}

async fn external_references_are_unique_per_client(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    app.publish(&definition("other", None, false)).await;
    let (maker, stranger) = (app.partner("maker").await, app.partner("stranger").await);
    let named = |email: &str| {
        let mut body = person(email);
        body["external_reference"] = json!("crm-1");
        body
    };
    app.registered_by("small", &maker, &named("a@example.org")).await;
    let path = "/v1/events/small/registrations";
    let used = app.send("POST", path, Some(&maker), Some(&named("b@example.org"))).await;
    assert_eq!(used.expect_problem(409, "conflict")["retryable"], false);
    // A replayed response says the same.
    for _ in 0..2 {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&maker).header("idempotency-key", "k");
        let again = request.json(&named("b@example.org")).send().await.unwrap();
        let again = TestResponse::read("POST", path, again).await.expect_problem(409, "conflict");
        assert_eq!(again["retryable"], false);
        assert!(again["detail"].as_str().unwrap().contains("external_reference"), "{again}");
    }
    app.registered_by("other", &maker, &named("a@example.org")).await;
    app.registered_by("small", &stranger, &named("b@example.org")).await;
    // A rejected registration does not affect others in the same batch of the desk.
    let bodies: Vec<Value> = (0..20)
        .map(|n| if n % 2 == 0 { named(&format!("n{n}@example.org")) } else { person(&format!("n{n}@example.org")) })
        .collect();
    let all = bodies.iter().map(|body| app.send("POST", path, Some(&maker), Some(body)));
    let statuses: Vec<u16> = futures_util::future::join_all(all).await.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [409, 201].repeat(10));
}
