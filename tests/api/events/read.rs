//! Reading events, programmes and speakers.

use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

crate::on_both_engines!(the_webinar, languages, lists, pages, speakers, drafts_and_cancelled, cached_responses);

async fn the_webinar(app: TestApp) {
    app.publish(&webinar()).await;
    let event = app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200);
    assert_eq!(event["starts_at"], "2027-07-22T13:00:00Z");
    assert_eq!(event["ends_at"], "2027-07-22T14:02:00Z", "the sessions add up to 62 minutes");
    assert_eq!(event["local_start"], "2027-07-22T15:00:00");
    assert_eq!((&event["phase"], &event["programme_status"]), (&json!("upcoming"), &json!("draft")));
    assert_eq!(event["registration"]["closes_at"], "2027-07-22T13:00:00Z");
    let by_id = app.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(by_id, event);
    let programme = app.get(&format!("/v1/events/{WEBINAR}/programme")).await.expect(200);
    let sessions = programme["sessions"].as_array().unwrap();
    let starts: Vec<&str> = sessions.iter().map(|s| s["local_start"].as_str().unwrap()).collect();
    assert_eq!(starts.len(), 8);
    assert_eq!(
        (starts[0], starts[1], starts[7]),
        ("2027-07-22T15:00:00", "2027-07-22T15:04:00", "2027-07-22T15:58:00")
    );
    assert_eq!(sessions[2]["speakers"][0]["name"], "Elham Fakhari");
    assert_eq!(sessions[5]["speakers"][0]["roles"], json!(["moderator"]));
    assert_eq!(programme["moderators"][0]["slug"], "octavi-de-la-varga");
    for named in [&sessions[2]["id"], &sessions[2]["key"]] {
        let session = app.get(&format!("/v1/events/{WEBINAR}/sessions/{}", named.as_str().unwrap())).await.expect(200);
        assert_eq!(session, sessions[2]);
    }
    app.set_time("2027-07-22T13:00:00Z");
    assert_eq!(app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200)["phase"], "live");
    app.set_time("2027-07-22T14:02:00Z");
    assert_eq!(app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200)["phase"], "ended");
    assert_eq!(app.availability(WEBINAR).await["status"], "ended");
}

async fn languages(app: TestApp) {
    app.publish(&webinar()).await;
    let path = format!("/v1/events/{WEBINAR}");
    let accept =
        |language: &'static str| app.client.get(format!("{}{path}", app.base)).header("accept-language", language);
    for (header, title, language) in [
        ("es-MX, en;q=0.5", "La internacionalización y los espacios metropolitanos", "es"),
        ("de, ca;q=0.9", "Internationalisation and metropolitan spaces", "en"),
    ] {
        let response =
            crate::support::http::response::TestResponse::read("GET", &path, accept(header).send().await.unwrap())
                .await;
        assert_eq!(response.expect(200)["title"], title);
        assert_eq!(response.header("content-language"), Some(language));
        assert_eq!(response.header("vary"), Some("Accept, Accept-Language, Accept-Encoding"));
    }
    let response = app.get(&format!("{path}/programme?lang=es")).await;
    let programme = response.expect(200);
    assert_eq!(programme["sessions"][0]["title"], "Bienvenida");
    assert_eq!(programme["sessions"][2]["title"], "Tehran", "untranslated text is in the event's language");
    assert_eq!(programme["moderators"][0]["position"], "Secretario general");
    app.get(&format!("{path}?lang=not%20a%20tag")).await.expect_problem(400, "invalid-parameter");
}

fn slugs(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|e| e["slug"].as_str().unwrap().to_owned()).collect()
}

async fn lists(app: TestApp) {
    app.publish(&webinar()).await;
    let mut past = definition("past", None, false);
    past["starts"] = json!("2020-04-03T16:30");
    past["language"] = json!("es");
    past["title"] = json!({"es": "Ciudades y regiones"});
    app.publish(&past).await;
    for (query, expected) in [
        ("", vec!["past", WEBINAR]),
        ("?order=-starts_at", vec![WEBINAR, "past"]),
        ("?phase=upcoming", vec![WEBINAR]),
        ("?phase=ended", vec!["past"]),
        ("?phase=live", vec![]),
        ("?language=es", vec!["past"]),
        ("?series=internationalisation-and-metropolitan-spaces", vec![WEBINAR]),
        ("?topic=COOPERATION%20and%20international%20strategies", vec![WEBINAR]),
        ("?q=espacios%20METROPOL", vec![WEBINAR]),
        ("?q=internacionalizacion", vec![WEBINAR]),
        ("?q=politanos", vec![]),
        // Text without letters and digits finds nothing; an empty parameter is ignored.
        ("?q=%21", vec![]),
        ("?topic=%21", vec![]),
        ("?q=", vec!["past", WEBINAR]),
        ("?q=%20&topic=", vec!["past", WEBINAR]),
        ("?q=regiones&phase=ended", vec!["past"]),
    ] {
        let page = app.get(&format!("/v1/events{query}")).await.expect(200);
        assert_eq!(slugs(&page), expected, "{query}");
    }
    for bad in ["phase=soon", "order=title", "limit=0", "limit=101", "limit=x", "limit=", "cursor=abc", "series=A"] {
        app.get(&format!("/v1/events?{bad}")).await.expect_problem(400, "invalid-parameter");
    }
    let unknown = app.get("/v1/events?langauge=es").await.expect_problem(400, "invalid-parameter");
    assert!(unknown["detail"].as_str().unwrap().contains("“language”"), "{unknown}");
}

async fn pages(app: TestApp) {
    for number in 0..7 {
        let mut event = definition(&format!("event-{number}"), None, false);
        // Two events each start at the same time.
        event["starts"] = json!(format!("2027-01-{:02}T10:00", 1 + number / 2));
        let read = plenaria_domain::event::definition::Definition::parse(&event, app.now()).unwrap();
        app.store
            .publish(&[read], app.now(), plenaria_persistence::events::publish::outcome::PublishMode::Apply)
            .await
            .unwrap();
    }
    for order in ["starts_at", "-starts_at"] {
        let (mut listed, mut path) = (Vec::new(), format!("/v1/events?limit=2&order={order}"));
        loop {
            let response = app.get(&path).await;
            let page = response.expect(200);
            listed.extend(slugs(&page));
            let Some(cursor) = page["page"]["next_cursor"].as_str() else { break };
            path = format!("/v1/events?limit=2&order={order}&cursor={cursor}");
            assert!(response.header("link").unwrap().contains(cursor));
            let other = format!("/v1/events?limit=2&order={order}&phase=upcoming&cursor={cursor}");
            app.get(&other).await.expect_problem(400, "invalid-parameter");
        }
        listed.sort();
        listed.dedup();
        assert_eq!(listed.len(), 7, "nothing is skipped or repeated, {order}");
    }
    app.publish(&webinar()).await;
    let first = app.get(&format!("/v1/events/{WEBINAR}/sessions?limit=5")).await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    let rest = app.get(&format!("/v1/events/{WEBINAR}/sessions?limit=5&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 3);
    assert_eq!((&rest["data"][0]["key"], &rest["page"]["next_cursor"]), (&json!("questions"), &Value::Null));
}

async fn speakers(app: TestApp) {
    app.publish(&webinar()).await;
    let of_event = app.get(&format!("/v1/events/{WEBINAR}/speakers")).await.expect(200);
    assert_eq!(slugs(&of_event), ["octavi-de-la-varga", "elham-fakhari"]);
    let all = app.get("/v1/speakers?limit=1").await.expect(200);
    assert_eq!(slugs(&all), ["elham-fakhari"]);
    let cursor = all["page"]["next_cursor"].as_str().unwrap();
    assert_eq!(slugs(&app.get(&format!("/v1/speakers?cursor={cursor}")).await.expect(200)), ["octavi-de-la-varga"]);
    let one = app.get("/v1/speakers/elham-fakhari").await.expect(200);
    assert_eq!(one["sessions"][0]["session"]["key"], "tehran");
    assert_eq!(one["sessions"][0]["event"]["slug"], WEBINAR);
    assert_eq!(app.get(&format!("/v1/speakers/{}", one["id"].as_str().unwrap())).await.expect(200), one);
    app.get("/v1/speakers/nobody").await.expect_problem(404, "not-found");
    // The newest definition's card is used wherever the speaker appears.
    let mut other = definition("other", None, false);
    other["speakers"] = json!([{"key": "elham-fakhari", "name": "Elham Fakhari", "honorific": "Prof."}]);
    app.publish(&other).await;
    let programme = app.get(&format!("/v1/events/{WEBINAR}/programme")).await.expect(200);
    assert_eq!(programme["sessions"][2]["speakers"][0]["honorific"], "Prof.");
    assert_eq!(programme["sessions"][2]["speakers"][0]["id"], one["id"], "the id stays with the key");
}

async fn drafts_and_cancelled(app: TestApp) {
    let mut draft = definition("draft", None, false);
    draft["status"] = json!("draft");
    draft["speakers"] = json!([{"key": "secret", "name": "Secret"}]);
    let published = app.publish(&draft).await;
    for path in ["", "/programme", "/availability", "/sessions", "/speakers"] {
        app.get(&format!("/v1/events/draft{path}")).await.expect_problem(404, "not-found");
        app.get(&format!("/v1/events/{}{path}", published.id)).await.expect_problem(404, "not-found");
    }
    app.get("/v1/speakers/secret").await.expect_problem(404, "not-found");
    assert_eq!(slugs(&app.get("/v1/events").await.expect(200)).len(), 0);
    draft["status"] = json!("cancelled");
    app.publish(&draft).await;
    assert_eq!(app.get("/v1/events/draft").await.expect(200)["status"], "cancelled");
    assert_eq!(app.availability("draft").await["status"], "cancelled");
}

async fn cached_responses(app: TestApp) {
    app.publish(&webinar()).await;
    let path = format!("/v1/events/{WEBINAR}/programme");
    let first = app.get(&path).await;
    let etag = first.header("etag").unwrap();
    assert!(first.header("cache-control").unwrap().starts_with("public, max-age=30"));
    let again = app.client.get(format!("{}{path}", app.base)).header("if-none-match", etag).send().await.unwrap();
    let again = crate::support::http::response::TestResponse::read("GET", &path, again).await;
    assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(etag)));
    let head = app.send("HEAD", &path, None, None).await;
    assert_eq!((head.status, head.body.as_str(), head.header("etag")), (200, "", Some(etag)));
    assert_eq!(head.header("content-length"), Some(first.body.len().to_string().as_str()));
    let mut changed = webinar();
    changed["title"] = json!("Another title");
    app.publish(&changed).await;
    let other = app.get(&path).await;
    assert_eq!(other.expect(200)["event"]["title"], "Another title");
    assert_ne!(other.header("etag"), Some(etag));
}
