//! The calendar of all events, to which calendar programs subscribe.

use calcard::icalendar::ICalendar;
use serde_json::json;

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

crate::on_both_engines!(a_calendar_has_all_public_events, filters_and_languages, calendars_follow_publications);

const PATH: &str = "/v1/events.ics";

/// The titles of the calendar's entries, in their order.
fn titles(response: &TestResponse) -> Vec<String> {
    let text = response.expect_text(200);
    ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    let unfolded = text.replace("\r\n ", "");
    unfolded.split("\r\n").filter_map(|line| line.strip_prefix("SUMMARY:")).map(str::to_owned).collect()
}

async fn a_calendar_has_all_public_events(app: TestApp) {
    let none = app.get(PATH).await;
    assert!(titles(&none).is_empty());
    app.publish(&webinar()).await;
    let mut cancelled = definition("cancelled", None, false);
    cancelled["status"] = json!("cancelled");
    let mut draft = definition("draft", None, false);
    draft["status"] = json!("draft");
    for document in [cancelled, draft] {
        app.publish(&document).await;
    }
    for (slug, starts) in [("last-year", "2025-12-01T10:00"), ("long-ago", "2025-11-01T10:00")] {
        let mut document = definition(slug, None, false);
        document["starts"] = json!(starts);
        app.publish(&document).await;
    }
    let response = app.get(PATH).await;
    assert_eq!(titles(&response), ["last-year", "cancelled", "Internationalisation and metropolitan spaces"]);
    assert_eq!(response.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(
        response.header("cache-control"),
        Some("public, max-age=30, stale-while-revalidate=60, stale-if-error=600")
    );
    assert_eq!(response.header("vary"), Some("Accept-Language, Accept-Encoding"));
    assert_eq!(response.header("content-language"), Some("en"));
    let unfolded = response.body.replace("\r\n ", "");
    assert_eq!(unfolded.matches("\r\nSTATUS:CANCELLED\r\n").count(), 1);
    for line in ["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H", "METHOD:PUBLISH"] {
        assert!(unfolded.contains(&format!("\r\n{line}\r\n")), "{line}: {unfolded}");
    }
    assert!(unfolded.contains(&format!("\r\nSOURCE;VALUE=URI:{}{PATH}\r\n", app.base)), "{unfolded}");
    assert!(unfolded.contains("\r\nNAME;VALUE=TEXT:Events (127.0.0.1"), "{unfolded}");
    // An entry is the same as in the event's own calendar, so that a program that has both shows it once.
    let event = app.get(&format!("/v1/events/{WEBINAR}")).await.expect(200);
    assert!(unfolded.contains(&format!("\r\nUID:{}\r\n", event["id"].as_str().unwrap())));
}

async fn filters_and_languages(app: TestApp) {
    let mut spanish = webinar();
    (spanish["slug"], spanish["language"]) = (json!("spanish"), json!("es"));
    spanish["starts"] = json!("2027-07-23T15:00");
    let mut series = definition("first-edition", None, false);
    series["series"] = json!("editions");
    for document in [&webinar(), &spanish, &series] {
        app.publish(document).await;
    }
    let english = "Internationalisation and metropolitan spaces";
    let in_spanish = "La internacionalización y los espacios metropolitanos";
    assert_eq!(titles(&app.get(&format!("{PATH}?language=en")).await), ["first-edition", english]);
    let translated = app.get(&format!("{PATH}?language=es&lang=es")).await;
    assert_eq!(titles(&translated), [in_spanish]);
    assert!(translated.body.contains("\r\nNAME;VALUE=TEXT:Eventos ("), "{}", translated.body);
    let editions = app.get(&format!("{PATH}?series=editions")).await;
    assert_eq!(titles(&editions), ["first-edition"]);
    assert!(editions.body.contains("\r\nNAME;VALUE=TEXT:first-edition\r\n"), "{}", editions.body);
    assert!(titles(&app.get(&format!("{PATH}?series=another")).await).is_empty());
    let mixed = app.get(&format!("{PATH}?lang=es")).await;
    assert_eq!(mixed.header("content-language"), Some("en, es"));
    for bad in ["series=No+Slug", "language=x", "lang=!", "serie=editions", "limit=1"] {
        app.get(&format!("{PATH}?{bad}")).await.expect_problem(400, "invalid-parameter");
    }
}

async fn calendars_follow_publications(app: TestApp) {
    let mut document = definition("moving", None, false);
    app.publish(&document).await;
    let first = app.get(PATH).await;
    let tag = first.header("etag").unwrap();
    let conditional = async |tag: &str| {
        let request = app.client.get(format!("{}{PATH}", app.base)).header("if-none-match", tag);
        TestResponse::read("GET", PATH, request.send().await.unwrap()).await
    };
    assert_eq!(conditional(tag).await.status, 304);
    app.set_time("2026-11-23T10:00:00Z");
    assert_eq!(conditional(tag).await.status, 304, "an hour later it is the same");
    assert!(app.send("HEAD", PATH, None, None).await.body.is_empty());
    document["title"] = json!("Moved");
    app.publish(&document).await;
    assert_eq!(titles(&conditional(tag).await), ["Moved"]);
}
