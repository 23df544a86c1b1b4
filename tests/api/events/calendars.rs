//! iCalendar documents, parsed with a library other than the one that writes them.

use calcard::icalendar::ICalendar;
use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

crate::on_both_engines!(
    event_and_programme_calendars,
    parallel_sessions_are_distinguishable,
    a_calendar_follows_the_definition,
    a_registration_has_its_own_calendar,
    calendars_are_cached_and_conditional
);

/// The start and end of each entry as the parser reads them, in seconds.
fn times(text: &str) -> Vec<(i64, i64)> {
    let calendar = ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    let expanded = calendar.expand_dates(calcard::common::timezone::Tz::Floating, 1_000);
    assert!(expanded.errors.is_empty(), "{:?}: {text}", expanded.errors);
    expanded.events.iter().map(calcard::icalendar::dates::CalendarEvent::timestamps).collect()
}

fn instant(value: &Value) -> i64 {
    let at: plenaria_domain::values::time::Instant = value.as_str().unwrap().parse().unwrap();
    at.timestamp()
}

fn span(value: &Value) -> (i64, i64) {
    (instant(&value["starts_at"]), instant(&value["ends_at"]))
}

/// The value of a property, which must appear once.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let mut found = text.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = found.next().unwrap_or_else(|| panic!("no {name}: {text}"));
    assert!(found.next().is_none(), "{name} twice: {text}");
    value
}

fn sequence(text: &str) -> i64 {
    field(text, "SEQUENCE").parse().unwrap()
}

#[track_caller]
fn calendar(response: &TestResponse, caching: &str) -> String {
    assert_eq!(response.status, 200, "{}", response.body);
    assert_eq!(response.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(response.header("cache-control"), Some(caching));
    assert!(response.header("etag").is_some() && response.header("content-language").is_some());
    assert_eq!(field(&response.body, "METHOD"), "PUBLISH");
    response.body.clone()
}

const PUBLIC: &str = "public, max-age=30, stale-while-revalidate=60, stale-if-error=600";
const PRIVATE: &str = "private, no-cache";

async fn event_and_programme_calendars(app: TestApp) {
    app.publish(&webinar()).await;
    let path = format!("/v1/events/{WEBINAR}");
    let event = app.get(&path).await.expect(200);
    let link = event["links"]["calendar"].as_str().unwrap().strip_prefix(&app.base).unwrap();
    assert_eq!(link, format!("{path}/calendar.ics"));
    let text = calendar(&app.get(link).await, PUBLIC);
    assert_eq!(times(&text), [span(&event)]);
    assert_eq!(field(&text, "UID"), event["id"].as_str().unwrap());
    assert!(text.contains("DTSTART;TZID=Europe/Madrid:20270722T150000\r\n"), "{text}");
    assert_eq!(field(&text, "SUMMARY"), "Internationalisation and metropolitan spaces");
    let unfolded = text.replace("\r\n ", "");
    assert_eq!(field(&unfolded, "URL"), format!("{}/events/{WEBINAR}", app.base));
    assert_eq!(field(&unfolded, "CATEGORIES"), "Cooperation and international strategies");
    let spanish = app.get(&format!("{link}?lang=es")).await;
    assert_eq!(spanish.header("content-language"), Some("es"));
    assert_eq!(field(&spanish.body, "SUMMARY"), "La internacionalización y los espacios metropolitanos");

    let programme = app.get(&format!("{path}/programme")).await.expect(200);
    let sessions = programme["sessions"].as_array().unwrap();
    let text = calendar(&app.get(&format!("{path}/programme.ics")).await, PUBLIC);
    assert_eq!(times(&text), sessions.iter().map(span).collect::<Vec<_>>());
    for session in sessions {
        assert!(text.contains(&format!("\r\nUID:{}\r\n", session["id"].as_str().unwrap())), "{session}");
    }
}

async fn parallel_sessions_are_distinguishable(app: TestApp) {
    let mut document = definition("tracks", None, false);
    document["place"] = json!("Town hall");
    document["programme"] = json!({"sessions": [
        {"key": "a", "minutes": 30, "title": "Workshop", "track": "Water"},
        {"key": "b", "minutes": 30, "title": "Workshop", "track": "Air", "starts": "2026-11-24T10:00"},
    ]});
    app.publish(&document).await;
    let text = calendar(&app.get("/v1/events/tracks/programme.ics").await, PUBLIC);
    let found = times(&text);
    assert_eq!((found.len(), found[0]), (2, found[1]), "at the same time: {text}");
    for line in ["SUMMARY:Workshop (Water)", "SUMMARY:Workshop (Air)", "CATEGORIES:Water", "CATEGORIES:Air"] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}: {text}");
    }
    assert_eq!(text.matches("\r\nLOCATION:Town hall\r\n").count(), 2, "{text}");
    assert_eq!(text.matches("/events/tracks\r\n").count(), 2, "{text}");
}

/// The event moves over a daylight-saving change, and is then cancelled.
async fn a_calendar_follows_the_definition(app: TestApp) {
    let mut document = definition("moving", None, false);
    document["time_zone"] = json!("Europe/Madrid");
    let mut sequences = Vec::new();
    let mut uids = Vec::new();
    for (starts, status) in
        [("2027-03-27T10:00", "published"), ("2027-03-28T10:00", "published"), ("2027-03-28T10:00", "cancelled")]
    {
        document["starts"] = json!(starts);
        document["status"] = json!(status);
        app.publish(&document).await;
        let event = app.get("/v1/events/moving").await.expect(200);
        let text = calendar(&app.get("/v1/events/moving/calendar.ics").await, PUBLIC);
        assert_eq!(times(&text), [span(&event)], "{starts}");
        let expected = if status == "cancelled" { "CANCELLED" } else { "CONFIRMED" };
        assert_eq!(field(&text, "STATUS"), expected);
        sequences.push(sequence(&text));
        uids.push(field(&text, "UID").to_owned());
    }
    assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
    uids.dedup();
    assert_eq!(uids.len(), 1);
    app.publish(&json!({"slug": "hidden", "status": "draft", "language": "en", "title": "Hidden",
        "starts": "2027-03-27T10:00", "time_zone": "Etc/UTC", "duration_minutes": 60}))
        .await;
    app.get("/v1/events/hidden/calendar.ics").await.expect_problem(404, "not-found");
}

async fn a_registration_has_its_own_calendar(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (first, first_token, registration) = app.registered("small", "first@example.org").await;
    let (second, token, _) = app.registered("small", "second@example.org").await;
    let link = registration["links"]["calendar"].as_str().unwrap().strip_prefix(&app.base).unwrap();
    assert_eq!(link, format!("/v1/registrations/{first}/calendar.ics"));
    let path = format!("/v1/registrations/{second}/calendar.ics");
    let read = async || calendar(&app.send("GET", &path, Some(&token), None).await, PRIVATE);

    let waiting = read().await;
    assert_eq!((field(&waiting, "STATUS"), field(&waiting, "UID")), ("TENTATIVE", second.as_str()));
    assert_eq!(times(&waiting), [span(&app.get("/v1/events/small").await.expect(200))]);
    app.cancel(&first, &first_token).await.expect(200);
    let confirmed = read().await;
    assert_eq!(field(&confirmed, "STATUS"), "CONFIRMED");
    app.cancel(&second, &token).await.expect(200);
    let cancelled = read().await;
    assert_eq!((field(&cancelled, "STATUS"), field(&cancelled, "UID")), ("CANCELLED", second.as_str()));
    assert!([&waiting, &confirmed, &cancelled].map(|text| sequence(text)).is_sorted_by(|a, b| a < b));
    for text in [waiting, confirmed, cancelled] {
        assert!(!text.contains(&token) && !text.contains("example.org") && !text.contains("ATTENDEE"), "{text}");
    }
    app.send("GET", &path, Some(&first_token), None).await.expect_problem(404, "not-found");
    app.get(&path).await.expect_problem(401, "unauthenticated");
}

async fn calendars_are_cached_and_conditional(app: TestApp) {
    app.publish(&webinar()).await;
    let (id, token, _) = app.registered(WEBINAR, "ana@example.org").await;
    let own = format!("/v1/registrations/{id}/calendar.ics");
    for (path, token) in [
        (format!("/v1/events/{WEBINAR}/calendar.ics"), None),
        (format!("/v1/events/{WEBINAR}/programme.ics"), None),
        (own, Some(token.as_str())),
    ] {
        let first = app.send("GET", &path, token, None).await;
        app.set_time("2026-11-24T09:00:00Z");
        let again = app.send("GET", &path, token, None).await;
        assert_eq!((&first.body, first.header("etag")), (&again.body, again.header("etag")), "{path}");
        let mut request = app.client.get(format!("{}{path}", app.base));
        request = request.header("if-none-match", first.header("etag").unwrap());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let unchanged = TestResponse::read("GET", &path, request.send().await.unwrap()).await;
        assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""), "{path}");
        assert!(app.send("HEAD", &path, token, None).await.body.is_empty());
    }
    // A request that accepts only JSON is rejected, also when the calendar is cached.
    let path = format!("/v1/events/{WEBINAR}/calendar.ics");
    let json_only = app.client.get(format!("{}{path}", app.base)).header("accept", "application/json").send().await;
    TestResponse::read("GET", &path, json_only.unwrap()).await.expect_problem(406, "not-acceptable");
}
