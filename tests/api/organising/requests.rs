//! Requests that change events, as HTTP: entity tags in responses, repetitions after an event was renamed, and access that is
//! checked before the body.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::organiser::{JSON, NEW, Organiser, YAML};
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(
    responses_have_the_definitions_tag,
    a_put_has_a_tag_if_its_bytes_are_stored,
    a_repeated_rename_is_harmless,
    keys_survive_a_rename,
    access_is_checked_before_the_body,
);

const TEXT: (&str, &str) = ("content-type", "text/plain");

#[track_caller]
fn expect_tag(response: &TestResponse, status: u16, etag: Option<&str>) {
    assert_eq!((response.status, response.header("etag")), (status, etag), "{}", response.body);
}

async fn responses_have_the_definitions_tag(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("talk", "metropolis", &[]), NEW).await.expect(201);
    let mut etag = "\"1\"".to_owned();
    for (action, body, next) in [
        ("cancel", json!({"reason": "A strike."}), "\"2\""),
        ("cancel", json!({}), "\"2\""),
        ("reinstate", Value::Null, "\"3\""),
        ("rename", json!({"slug": "another"}), "\"4\""),
    ] {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [JSON, ("if-match", etag.as_str())];
        let response = metropolis.call("POST", &format!("/v1/events/talk/{action}"), &headers, &body).await;
        expect_tag(&response, 200, Some(next));
        assert_eq!(response.json()["etag"], next);
        next.clone_into(&mut etag);
    }
    expect_tag(&metropolis.get("/v1/events/another/definition").await, 200, Some(&etag));
}

/// Section 9.3.4 of RFC 9110: the tag of a PUT says that the caller has what is stored.
async fn a_put_has_a_tag_if_its_bytes_are_stored(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let path = "/v1/events/talk/definition";
    let created = metropolis.put(&owned("talk", "metropolis", &[]), NEW).await;
    expect_tag(&created, 201, None);
    let yaml = [("accept", "application/yaml")];
    let (as_json, as_yaml) = (metropolis.get(path).await.body, metropolis.call("GET", path, &yaml, "").await.body);
    let put = async |content_type, query: &str, body: &str| {
        metropolis.call("PUT", &format!("{path}{query}"), &[content_type, ("if-match", "*")], body).await
    };
    expect_tag(&put(JSON, "", &as_json).await, 200, Some("\"1\""));
    expect_tag(&put(YAML, "", &as_yaml).await, 200, Some("\"1.yaml\""));
    expect_tag(&put(JSON, "?dry_run=true", &as_json).await, 200, None);
    expect_tag(&put(JSON, "", &format!("{as_json}\n")).await, 200, None);
    expect_tag(&put(YAML, "", &format!("# Mine\n{as_yaml}")).await, 200, None);
    let changed = as_json.replace("\"capacity\":1000", "\"capacity\":2000");
    assert_ne!(changed, as_json);
    let response = put(JSON, "", &changed).await;
    expect_tag(&response, 200, Some("\"2\""));
    assert_eq!(metropolis.get(path).await.body, changed);
    // Without an owner it is stored with one.
    let without_owner = changed.replace("\"owner\":\"metropolis\",", "");
    assert_ne!(without_owner, changed);
    expect_tag(&put(JSON, "", &without_owner).await, 200, None);
}

/// Follows the redirect from a former slug, as clients do.
async fn followed(organiser: &Organiser<'_>, path: &str, headers: &[(&str, &str)], body: &Value) -> TestResponse {
    let response = organiser.call("POST", path, headers, &body.to_string()).await;
    assert_eq!(response.status, 308, "{}", response.body);
    organiser.call("POST", response.header("location").expect("a path"), headers, &body.to_string()).await
}

async fn a_repeated_rename_is_harmless(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("first", "metropolis", &[]), NEW).await.expect(201);
    let path = "/v1/events/first/rename";
    let body = json!({"slug": "second"});
    let keyed = [JSON, ("idempotency-key", "rename-it"), ("if-match", "\"1\"")];
    let renamed = metropolis.call("POST", path, &keyed, &body.to_string()).await;
    assert_eq!(renamed.expect(200)["outcome"], "changed");
    // With the key the first response comes again, although the tag is no longer current.
    let again = followed(&metropolis, path, &keyed, &body).await;
    assert_eq!((again.status, &again.body), (200, &renamed.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("etag"), renamed.header("etag"));
    followed(&metropolis, path, &keyed, &json!({"slug": "third"})).await.expect_problem(422, "idempotency-mismatch");
    // Without a key nothing happens.
    let unchanged = followed(&metropolis, path, &[JSON], &body).await.expect(200);
    assert_eq!((&unchanged["outcome"], &unchanged["revision"]), (&json!("unchanged"), &json!(2)));
}

async fn keys_survive_a_rename(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    let id = metropolis.put(&owned("first", "metropolis", &[]), NEW).await.expect(201)["event"]["id"].clone();
    let id = id.as_str().expect("an id");
    let ana = person("ana@example.org");
    let calls = [
        ("registrations", ana.clone(), 201),
        ("registrations/batch", json!({"items": [person("bea@example.org")]}), 200),
        ("attendance", json!({"items": [{"email": "ana@example.org", "attended": true}]}), 200),
        ("registrations/resend", json!({"email": "ana@example.org"}), 202),
        ("cancel", json!({}), 200),
    ];
    let keyed = [JSON, ("idempotency-key", "one-key")];
    let mut first = Vec::new();
    for (rest, body, status) in &calls {
        let response = metropolis.call("POST", &format!("/v1/events/first/{rest}"), &keyed, &body.to_string()).await;
        first.push(response.expect(*status));
    }
    metropolis.post("/v1/events/first/rename", &json!({"slug": "second"})).await.expect(200);
    for ((rest, body, status), first) in calls.iter().zip(&first) {
        let by_former_slug = followed(&metropolis, &format!("/v1/events/first/{rest}"), &keyed, body).await;
        let by_id = metropolis.call("POST", &format!("/v1/events/{id}/{rest}"), &keyed, &body.to_string()).await;
        for response in [by_former_slug, by_id] {
            assert_eq!(response.header("idempotency-replayed"), Some("true"), "{rest}: {}", response.body);
            // Results of several people show the registrations as they are now.
            if !matches!(*rest, "registrations/batch" | "attendance") {
                assert_eq!(&response.expect(*status), first, "{rest}");
            }
        }
    }
}

async fn access_is_checked_before_the_body(app: TestApp) {
    let organisers = [Organiser::of(&app, "al-las").await, Organiser::of(&app, "stranger").await];
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("talk", "metropolis", &["al-las"]), NEW).await.expect(201);
    let large = " ".repeat(2 * 1024 * 1024 + 1);
    let bodies = [(TEXT, "{}"), (JSON, large.as_str()), (JSON, "{"), (JSON, "{\"why\": 1}")];
    let path = |rest: &str| format!("/v1/events/talk/{rest}");
    for (content_type, body) in bodies {
        // Co-organisers do not cancel, and strangers do nothing.
        for organiser in &organisers {
            let response = organiser.call("POST", &path("cancel"), &[content_type], body).await;
            response.expect_problem(404, "not-found");
        }
        let [_, stranger] = &organisers;
        for (method, rest) in [("POST", "rename"), ("PUT", "definition")] {
            let headers = [content_type, ("if-match", "\"1\"")];
            stranger.call(method, &path(rest), &headers, body).await.expect_problem(404, "not-found");
        }
        let without_scope = app.token_of("metropolis", "registrations:read").await;
        for (token, status) in [(None, 401), (Some(&without_scope), 403)] {
            for (method, rest) in [("POST", "cancel"), ("PUT", "definition")] {
                let request = app.client.request(method.parse().unwrap(), format!("{}{}", app.base, path(rest)));
                let request = request.header(content_type.0, content_type.1).body(body.to_owned());
                let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
                let response = TestResponse::read(method, &path(rest), request.send().await.unwrap()).await;
                assert_eq!(response.status, status, "{method} {rest}: {}", response.body);
            }
        }
    }
    for ((content_type, body), status) in bodies.into_iter().zip([415, 413, 400, 422]) {
        assert_eq!(metropolis.call("POST", &path("cancel"), &[content_type], body).await.status, status);
    }
}
