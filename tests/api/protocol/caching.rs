//! HTTP caching: conditional requests, content codings, the server's response cache, and content negotiation.

use std::io::Read as _;

use serde_json::json;

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, person, webinar};

crate::on_both_engines!(
    conditional_reads,
    conditional_writes,
    content_codings,
    publications_of_another_instance_are_served,
    cached_responses_expire_with_the_phase,
    unacceptable_media_types_are_rejected,
    last_modified_dates,
    availability_keeps_its_tag_while_cached,
);

async fn get(app: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> TestResponse {
    let mut request = app.client.get(format!("{}{path}", app.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    TestResponse::read("GET", path, request.send().await.expect("a response")).await
}

/// All public cacheable paths.
fn readable() -> Vec<String> {
    let event = format!("/v1/events/{WEBINAR}");
    let below = ["", "/programme", "/sessions", "/sessions/tehran", "/speakers", "/availability"];
    let mut paths: Vec<String> = below.into_iter().map(|path| format!("{event}{path}")).collect();
    let other_paths =
        ["/v1/events", "/v1/speakers", "/v1/speakers/elham-fakhari", "/openapi.json", "/problems/event-full"];
    paths.extend(other_paths.map(str::to_owned));
    paths
}

async fn conditional_reads(app: TestApp) {
    app.publish(&webinar()).await;
    for path in readable() {
        // Twice: the second response may come from the cache.
        for _ in 0..2 {
            let fresh = get(&app, &path, &[]).await;
            fresh.expect(200);
            let tag = fresh.header("etag").unwrap_or_else(|| panic!("{path} has no tag")).to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{path}: {tag} is a strong tag");
            for same in [tag.clone(), "*".to_owned(), format!("W/{tag}"), format!("\"x\", {tag}")] {
                let response = get(&app, &path, &[("if-none-match", &same)]).await;
                assert_eq!((response.status, response.body.as_str()), (304, ""), "{path} {same}");
                assert_eq!(response.header("etag"), Some(tag.as_str()), "{path}");
                for name in ["cache-control", "vary", "content-language"] {
                    assert_eq!(response.header(name), fresh.header(name), "{path} {name}");
                }
                assert!(response.header("content-type").is_none() && response.header("request-id").is_some());
            }
            let other = get(&app, &path, &[("if-none-match", "\"x\", W/\"y\"")]).await;
            assert_eq!((other.status, other.header("etag")), (200, Some(tag.as_str())), "{path}");
            // HEAD has the same entity tag.
            let head = app.send("HEAD", &path, None, None).await;
            assert_eq!((head.status, head.header("etag"), head.body.as_str()), (200, Some(tag.as_str()), ""), "{path}");
        }
    }
}

async fn conditional_writes(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    app.registered("small", "first@example.org").await;
    let response = app.register("small", &person("ana@example.org")).await;
    let registration = response.expect(201);
    let (id, token) = (registration["id"].as_str().unwrap(), registration["manage_token"].as_str().unwrap());
    let tag = response.header("etag").unwrap().to_owned();
    let path = format!("/v1/registrations/{id}/cancel");
    let cancel = |condition: String| {
        let request = app.client.post(format!("{}{path}", app.base)).bearer_auth(token).header("if-match", condition);
        let path = path.clone();
        async move { TestResponse::read("POST", &path, request.send().await.unwrap()).await }
    };
    for stale in ["\"7\"".to_owned(), format!("W/{tag}")] {
        let response = cancel(stale).await;
        response.expect_problem(412, "precondition-failed");
        assert_eq!(response.header("etag"), Some(tag.as_str()), "the current tag");
    }
    cancel("nonsense".to_owned()).await.expect_problem(400, "malformed-request");
    assert_eq!(app.read(id, token).await.expect(200)["status"], "waitlisted", "nothing was done");
    let done = cancel(format!("\"7\", {tag}")).await;
    assert_eq!(done.expect(200)["status"], "cancelled");
    assert_ne!(done.header("etag"), Some(tag.as_str()));
    cancel(tag).await.expect_problem(412, "precondition-failed");
    cancel("*".to_owned()).await.expect(200);
}

fn decoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap()),
        "br" => drop(brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain).unwrap()),
        "zstd" => plain = zstd::decode_all(bytes).unwrap(),
        _ => plain = bytes.to_vec(),
    }
    plain
}

async fn content_codings(app: TestApp) {
    app.publish(&webinar()).await;
    for path in [format!("/v1/events/{WEBINAR}/programme"), "/v1/events".to_owned(), "/openapi.json".to_owned()] {
        let plain = get(&app, &path, &[]).await;
        let tag = plain.header("etag").unwrap();
        let mut tags = vec![tag.to_owned()];
        for coding in ["gzip", "br", "zstd"] {
            for _ in 0..2 {
                let request = app.client.get(format!("{}{path}", app.base)).header("accept-encoding", coding);
                let response = request.send().await.unwrap();
                let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
                assert_eq!(header("content-encoding").as_deref(), Some(coding), "{path}");
                assert!(header("vary").unwrap().contains("Accept-Encoding"));
                let own = header("etag").unwrap();
                let bytes = response.bytes().await.unwrap();
                assert!(bytes.len() < plain.body.len(), "{path} {coding}");
                assert_eq!(decoded(coding, &bytes), plain.body.as_bytes(), "{path} {coding}");
                assert_ne!(own, tag, "other bytes have another strong tag");
                // A tag of any coding matches, because the content is the same.
                let not_modified = get(&app, &path, &[("if-none-match", &own), ("accept-encoding", "br")]).await;
                assert_eq!((not_modified.status, not_modified.header("etag")), (304, Some(own.as_str())));
                tags.push(own);
            }
        }
        tags.dedup();
        assert_eq!(tags.len(), 4, "{path}: {tags:?}");
        let identity = get(&app, &path, &[("accept-encoding", "gzip;q=0, deflate")]).await;
        assert_eq!((identity.header("content-encoding"), identity.header("etag")), (None, Some(tag)));
    }
    for file in ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/webhooks.md"] {
        let request = app.client.get(format!("{}{file}", app.base)).header("accept-encoding", "br");
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        if file.ends_with("js") {
            assert_eq!(header("content-encoding").as_deref(), Some("br"), "{file}");
        }
        assert_eq!(header("cache-control").as_deref(), Some("public, max-age=300"), "{file}");
        assert!(header("content-security-policy").is_some());
        let tag = header("etag").unwrap();
        let again = app.client.get(format!("{}{file}", app.base)).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304, "{file}");
    }
    // A response that carries a secret is never compressed.
    let request = app.client.post(format!("{}/v1/events/{WEBINAR}/registrations", app.base));
    let response = request.header("accept-encoding", "gzip").json(&person("ana@example.org")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers().get("content-encoding")), (201, None));
}

async fn publications_of_another_instance_are_served(app: TestApp) {
    app.publish(&webinar()).await;
    let path = format!("/v1/events/{WEBINAR}/programme");
    let before = get(&app, &path, &[]).await;
    get(&app, &path, &[]).await;
    let mut changed = webinar();
    changed["programme"]["sessions"][0]["title"] = json!("A warm welcome");
    // Over connections of its own, like another instance; this one shows it within a second.
    let store = plenaria_persistence::Store::open(&app.database.url()).await.unwrap();
    let definition = plenaria_domain::event::definition::Definition::parse(&changed, app.now()).unwrap();
    store
        .publish(&[definition], app.now(), plenaria_persistence::events::publish::outcome::PublishMode::Apply)
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let after = get(&app, &path, &[("if-none-match", before.header("etag").unwrap())]).await;
    assert_eq!(after.expect(200)["sessions"][0]["title"], "A warm welcome");
    if app.database.engine == Engine::Postgres {
        let other = app.another_instance().await;
        let response = app.client.get(format!("{other}{path}")).send().await.unwrap();
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["sessions"][0]["title"], "A warm welcome");
    }
}

async fn cached_responses_expire_with_the_phase(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    for (time, phase) in [
        ("2026-11-24T09:59:59Z", "upcoming"),
        ("2026-11-24T10:00:00Z", "live"),
        ("2026-11-24T10:59:59Z", "live"),
        ("2026-11-24T11:00:00Z", "ended"),
    ] {
        app.set_time(time);
        for _ in 0..3 {
            assert_eq!(get(&app, "/v1/events/small", &[]).await.expect(200)["phase"], phase, "{time}");
        }
    }
}

async fn unacceptable_media_types_are_rejected(app: TestApp) {
    app.publish(&webinar()).await;
    for path in readable() {
        get(&app, &path, &[]).await.expect(200);
        let page = path.starts_with("/problems/");
        for (accept, status) in [
            ("application/pdf", 406),
            ("application/json;q=0, text/css", 406),
            ("text/html", if page { 200 } else { 406 }),
            ("application/*;q=0.1", 200),
            ("text/html, */*;q=0.1", 200),
            ("*/*", 200),
        ] {
            let response = get(&app, &path, &[("accept", accept)]).await;
            assert_eq!(response.status, status, "{path} {accept}: {}", response.body);
            if status == 406 {
                response.expect_problem(406, "not-acceptable");
                assert!(response.header("vary").unwrap().split(", ").any(|name| name == "Accept"), "{response:?}");
            }
        }
    }
    let register = |accept: &'static str| {
        let path = format!("/v1/events/{WEBINAR}/registrations");
        let request = app.client.post(format!("{}{path}", app.base)).header("accept", accept);
        let request = request.json(&person("ana@example.org"));
        async move { TestResponse::read("POST", &path, request.send().await.unwrap()).await }
    };
    register("text/html").await.expect_problem(406, "not-acceptable");
    assert_eq!(app.availability(WEBINAR).await["confirmed"], 0, "nothing was done");
    register("application/json").await.expect(201);
    get(&app, "/v1/events/nothing", &[("accept", "text/html")]).await.expect_problem(404, "not-found");
}

async fn last_modified_dates(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let path = "/v1/events/small";
    let response = get(&app, path, &[]).await;
    let modified = response.header("last-modified").expect("a date").to_owned();
    assert_eq!(modified, "Mon, 23 Nov 2026 09:00:00 GMT");
    assert_eq!(get(&app, path, &[("if-modified-since", &modified)]).await.status, 304);
    assert_eq!(get(&app, path, &[("if-modified-since", "Mon, 23 Nov 2026 08:59:59 GMT")]).await.status, 200);
    assert_eq!(get(&app, path, &[("if-modified-since", "nonsense")]).await.status, 200);
    let both = [("if-modified-since", modified.as_str()), ("if-none-match", "\"x\"")];
    assert_eq!(get(&app, path, &both).await.status, 200, "the tag takes precedence over the date");
    // The phase changes with time, and is part of the representation.
    app.set_time("2026-11-24T10:30:00Z");
    let live = get(&app, path, &[("if-modified-since", &modified)]).await;
    assert_eq!((live.status, live.header("last-modified")), (200, Some("Tue, 24 Nov 2026 10:00:00 GMT")));
}

async fn availability_keeps_its_tag_while_cached(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let path = "/v1/events/small/availability";
    // Responses are cached for a second of real time, which may pass between two requests on a busy machine; so there are
    // several attempts.
    for millisecond in 1..=5 {
        let first = get(&app, path, &[]).await;
        app.set_time(&format!("2026-11-23T09:00:00.00{millisecond}Z"));
        let again = get(&app, path, &[("if-none-match", first.header("etag").unwrap())]).await;
        if again.status == 304 {
            app.registered("small", "ana@example.org").await;
            let changed = get(&app, path, &[("if-none-match", first.header("etag").unwrap())]).await.expect(200);
            assert_eq!(
                (&changed["confirmed"], changed["as_of"].as_str()),
                (&json!(1), Some(&*format!("2026-11-23T09:00:00.00{millisecond}Z")))
            );
            return;
        }
    }
    panic!("the tag changes though nothing else does");
}
