//! What is not a caller's own is not there for it.

use serde_json::{Value, json};

use crate::support::partners::owned;
use crate::support::{Answer, TestApp, definition, person};

crate::on_both_engines!(nobody_sees_what_is_not_theirs, a_partner_registers_people, external_references);

async fn nobody_sees_what_is_not_theirs(app: TestApp) {
    app.publish(&owned("mine", "owner", &["co"])).await;
    app.publish(&owned("theirs", "elsewhere", &[])).await;
    let (owner, co) = (app.partner("owner").await, app.partner("co").await);
    let (maker, stranger, elsewhere) =
        (app.partner("maker").await, app.partner("stranger").await, app.partner("elsewhere").await);
    let made = app.registered_by("mine", &maker, &person("made@example.org")).await;
    let (public, manage, _) = app.registered("mine", "public@example.org").await;
    let (_, other_manage, _) = app.registered("mine", "other@example.org").await;
    let made = made["id"].as_str().unwrap();
    let sees = [
        (&owner, vec![made, &public]),
        (&co, vec![made, &public]),
        (&maker, vec![made]),
        (&stranger, vec![]),
        (&elsewhere, vec![]),
    ];
    for (token, ids) in &sees {
        for id in [made, &public] {
            let answer = app.read(id, token).await;
            if ids.contains(&id) {
                assert_eq!(answer.expect(200)["id"], id);
            } else {
                answer.expect_problem(404, "not-found");
            }
        }
        let all = app.send("GET", "/v1/events/mine/registrations", Some(token), None).await;
        assert_eq!(all.header("cache-control"), Some("private, no-cache"));
        let data = all.expect(200)["data"].as_array().unwrap().clone();
        let expected = if ids.len() == 2 { 3 } else { ids.len() };
        assert_eq!(data.len(), expected);
        // Filters find nothing more.
        for filter in ["email=public%40example.org", "status=confirmed", "updated_since=2020-01-01T00:00:00Z"] {
            let path = format!("/v1/events/mine/registrations?{filter}");
            let found = app.send("GET", &path, Some(token), None).await.expect(200);
            for one in found["data"].as_array().unwrap() {
                assert!(data.iter().any(|seen| seen["id"] == one["id"]), "{filter}");
            }
        }
        if !ids.contains(&public.as_str()) {
            app.cancel(&public, token).await.expect_problem(404, "not-found");
        }
    }
    // Nobody, and the holder of another registration.
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
    // A cursor of one organisation is none of another's.
    let page = app.send("GET", "/v1/events/mine/registrations?limit=1", Some(&owner), None).await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let path = format!("/v1/events/mine/registrations?limit=1&cursor={cursor}");
    app.send("GET", &path, Some(&owner), None).await.expect(200);
    app.send("GET", &path, Some(&co), None).await.expect_problem(400, "invalid-parameter");
    // Who organises the event or made the registration cancels it.
    app.cancel(made, &maker).await.expect(200);
    app.cancel(&public, &co).await.expect(200);
    // Organising ends with the definition.
    app.publish(&owned("mine", "owner", &[])).await;
    app.read(&public, &co).await.expect_problem(404, "not-found");
    // A draft is there for its organisers alone.
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
    let made = app.registered_by("small", &maker, &body).await;
    assert_eq!((&made["source"], &made["external_reference"]), (&json!("maker"), &json!("crm-1")));
    let (id, manage) = (made["id"].as_str().unwrap(), made["manage_token"].as_str().unwrap());
    app.read(id, manage).await.expect(200);
    // The id of what is there already is for whoever made it.
    let path = "/v1/events/small/registrations";
    let again = person("ANA@example.org");
    let own = app.send("POST", path, Some(&maker), Some(&again)).await.expect_problem(409, "already-registered");
    assert_eq!(own["registration_id"], id);
    for token in [Some(other.as_str()), None] {
        let problem = app.send("POST", path, token, Some(&again)).await.expect_problem(409, "already-registered");
        assert!(!problem.to_string().contains(id), "{problem}");
    }
    // Anybody else may not name registrations.
    let answer = app.register("small", &body).await;
    assert_eq!(answer.faults(), [("/external_reference".to_owned(), "clients-only".to_owned())]);
    // The same key of two clients is two keys.
    let mut ids = Vec::new();
    for token in [&maker, &other, &maker] {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(token).header("idempotency-key", "k");
        let email = if *token == maker { "b@example.org" } else { "c@example.org" };
        let answer: Value = request.json(&person(email)).send().await.unwrap().json().await.unwrap();
        ids.push(answer["id"].clone());
    }
    assert!(ids[0] == ids[2] && ids[0] != ids[1] && ids[0].is_string(), "{ids:?}");
}

async fn external_references(app: TestApp) {
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
    // With a key, the response that is given again says the same.
    for _ in 0..2 {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(&maker).header("idempotency-key", "k");
        let again = request.json(&named("b@example.org")).send().await.unwrap();
        let again = Answer::read("POST", path, again).await.expect_problem(409, "conflict");
        assert_eq!(again["retryable"], false);
        assert!(again["detail"].as_str().unwrap().contains("external_reference"), "{again}");
    }
    app.registered_by("other", &maker, &named("a@example.org")).await;
    app.registered_by("small", &stranger, &named("b@example.org")).await;
    // Neighbours of a refused one in the same batch of the desk are served.
    let bodies: Vec<Value> = (0..20)
        .map(|n| if n % 2 == 0 { named(&format!("n{n}@example.org")) } else { person(&format!("n{n}@example.org")) })
        .collect();
    let all = bodies.iter().map(|body| app.send("POST", path, Some(&maker), Some(body)));
    let statuses: Vec<u16> = futures_util::future::join_all(all).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [409, 201].repeat(10));
}
