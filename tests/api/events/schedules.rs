//! Schedules in the frab format, for conference apps.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::conferences::{eight_rooms, past_midnight};
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, webinar};

crate::on_both_engines!(
    conferences_are_complete_in_both_forms,
    a_webinar_has_a_schedule_in_each_language,
    schedules_are_cached_and_follow_the_definition,
);

/// The sessions of a JSON schedule, each with its day.
fn sessions(document: &Value) -> Vec<(&Value, &Value)> {
    let days = document["schedule"]["conference"]["days"].as_array().unwrap();
    let sessions = days.iter().flat_map(|day| {
        let rooms = day["rooms"].as_object().unwrap().values();
        rooms.flat_map(|sessions| sessions.as_array().unwrap()).map(move |session| (day, session))
    });
    sessions.collect()
}

/// The rules of the format's JSON Schema and XML Schema.
fn check_rules(document: &Value, text: &str) {
    let conference = &document["schedule"]["conference"];
    let acronym = conference["acronym"].as_str().unwrap();
    assert!(acronym.len() >= 4 && acronym.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
    let rooms: Vec<&str> =
        conference["rooms"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    for name in ["id", "guid", "slug"] {
        let values: HashSet<String> = sessions(document).iter().map(|(_, s)| s[name].to_string()).collect();
        assert_eq!(values.len(), sessions(document).len(), "each {name} is unique");
    }
    for (day, session) in sessions(document) {
        let time = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
        assert!(time(&day["day_start"]) <= time(&session["date"]) && time(&session["end"]) <= time(&day["day_end"]));
        assert!(session["id"].as_u64().is_some_and(|id| (1..=0x7fff_ffff).contains(&id)));
        assert!(rooms.contains(&session["room"].as_str().unwrap()));
        assert!(session["slug"].as_str().unwrap().starts_with(&format!("{acronym}-")));
        for name in ["title", "type", "language", "start", "duration", "url"] {
            assert!(session[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {session}");
        }
    }
    let xml = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let guids = xml.descendants().filter(|node| node.has_tag_name("event")).map(|node| node.attribute("guid").unwrap());
    let expected: Vec<&str> = sessions(document).iter().map(|(_, session)| session["guid"].as_str().unwrap()).collect();
    assert_eq!(guids.collect::<Vec<_>>(), expected);
}

async fn both(app: &TestApp, slug: &str, query: &str) -> (Value, String) {
    let json = app.get(&format!("/v1/events/{slug}/schedule.json{query}")).await;
    let xml = app.get(&format!("/v1/events/{slug}/schedule.xml{query}")).await;
    assert_eq!(xml.header("content-type"), Some("application/xml; charset=utf-8"));
    let (document, text) = (json.expect(200), xml.expect_text(200).to_owned());
    check_rules(&document, &text);
    (document, text)
}

async fn conferences_are_complete_in_both_forms(app: TestApp) {
    for (document, days, scheduled) in [(eight_rooms(), 2, 78), (past_midnight(), 4, 135)] {
        app.publish(&document).await;
        let slug = document["slug"].as_str().unwrap();
        let (schedule, _) = both(&app, slug, "").await;
        assert_eq!(schedule["schedule"]["conference"]["daysCount"], days, "{slug}");
        assert_eq!(sessions(&schedule).len(), scheduled, "cancelled sessions are left out");
        let programme = app.get(&format!("/v1/events/{slug}/programme")).await.expect(200);
        let by_id = |id: &Value| programme["sessions"].as_array().unwrap().iter().find(|s| s["id"] == *id).unwrap();
        for (day, session) in sessions(&schedule) {
            let own = by_id(&session["guid"]);
            assert_eq!(own["room"]["name"], session["room"]);
            assert_eq!(own["speakers"].as_array().unwrap().len(), session["persons"].as_array().unwrap().len());
            let is_after_midnight = session["start"].as_str().unwrap() < "06:00";
            let starts_on = own["local_start"].as_str().unwrap().starts_with(day["date"].as_str().unwrap());
            assert_eq!(starts_on, !is_after_midnight, "a session after midnight belongs to the day before");
        }
    }
}

async fn a_webinar_has_a_schedule_in_each_language(app: TestApp) {
    app.publish(&webinar()).await;
    let (english, _) = both(&app, WEBINAR, "").await;
    let (spanish, _) = both(&app, WEBINAR, "?lang=es").await;
    let rooms = |document: &Value| document["schedule"]["conference"]["rooms"].clone();
    assert_eq!((&rooms(&english)[0]["name"], &rooms(&spanish)[0]["name"]), (&json!("Online"), &json!("En línea")));
    assert_eq!(rooms(&english)[0]["guid"], rooms(&spanish)[0]["guid"]);
    assert_eq!(sessions(&english).len(), 8);
    assert_eq!(sessions(&spanish)[0].1["title"], "Bienvenida");
}

async fn schedules_are_cached_and_follow_the_definition(app: TestApp) {
    let mut document = webinar();
    app.publish(&document).await;
    let forms = ["json", "xml"].map(|form| format!("/v1/events/{WEBINAR}/schedule.{form}"));
    let mut before = Vec::new();
    for path in &forms {
        let first = app.get(path).await;
        assert_eq!(
            first.header("cache-control"),
            Some("public, max-age=30, stale-while-revalidate=60, stale-if-error=600")
        );
        let tag = first.header("etag").unwrap();
        let request = app.client.get(format!("{}{path}", app.base)).header("if-none-match", tag);
        assert_eq!(TestResponse::read("GET", path, request.send().await.unwrap()).await.status, 304);
        let html = app.client.get(format!("{}{path}", app.base)).header("accept", "text/html").send().await.unwrap();
        TestResponse::read("GET", path, html).await.expect_problem(406, "not-acceptable");
        before.push(tag.to_owned());
    }
    document["programme"]["sessions"][2]["status"] = json!("cancelled");
    app.publish(&document).await;
    let (schedule, _) = both(&app, WEBINAR, "").await;
    assert_eq!(sessions(&schedule).len(), 7);
    assert!(schedule["schedule"]["version"].as_str().unwrap().starts_with("2 ("));
    for (path, before) in forms.iter().zip(before) {
        assert_ne!(app.get(path).await.header("etag"), Some(before.as_str()), "{path}");
    }
    document["slug"] = json!("hidden");
    document["status"] = json!("draft");
    app.publish(&document).await;
    app.get("/v1/events/hidden/schedule.json").await.expect_problem(404, "not-found");
    app.get("/v1/events/hidden/schedule.xml").await.expect_problem(404, "not-found");
}
