//! Schedules follow the rules of the format's schemas, in JSON and in XML, and have every session in its place.

use std::collections::HashSet;
use std::sync::LazyLock;

use plenaria_domain::event::EventStatus;
use serde_json::json;

use crate::frab::*;
use crate::sample_event;

static URL: LazyLock<PublicUrl> = LazyLock::new(|| PublicUrl::new("https://api.example.org", true));

/// A conference of two days and a night, with all that a session can have.
fn conference() -> Event {
    let session = |key: &str, starts: &str, minutes: u32, room: &str| json!({"key": key, "kind": "talk", "minutes": minutes, "starts": starts, "room": room, "title": key});
    let mut first = session("a", "2027-12-27T20:00", 60, "hall");
    first["title"] = json!({"en": "Water & <soil>\u{ffff}", "es": "Agua"});
    first["track"] = json!("Rivers & seas");
    first["abstract"] = json!("First line.\n\nSecond line.");
    first["language"] = json!("de");
    first["speakers"] = json!(["ana", {"key": "bo", "role": "moderator"}]);
    first["materials"] = json!([
        {"label": "Slides", "url": "https://example.org/s.pdf", "kind": "slides"},
        {"label": "Recording", "url": "https://example.org/v?a=1&b=2", "kind": "recording"},
        {"label": "Survey", "url": "https://example.org/survey", "kind": "survey"},
    ]);
    let mut cancelled = session("cancelled", "2027-12-27T21:00", 30, "hall");
    cancelled["status"] = json!("cancelled");
    let mut online = session("online", "2027-12-28T10:00", 45, "");
    online["room"] = json!(null);
    sample_event::event(&json!({
        "slug": "a-b", "status": "published", "language": "en", "title": {"en": "Cities", "es": "Ciudades"},
        "starts": "2027-12-27T20:00", "time_zone": "Europe/Madrid", "attendance": "hybrid",
        "image_url": "https://example.org/i.png", "branding": {"colour": "#0055aa"}, "topics": ["Water"],
        "rooms": [{"key": "hall", "name": "Hall"}, {"key": "r", "name": {"en": "Hall", "es": "Sala"}}],
        "speakers": [
            {"key": "ana", "name": "Ana <Pérez>", "photo_url": "https://example.org/ana.jpg",
             "biography": {"en": "Works.", "es": "Trabaja."}, "links": [{"label": "Site", "url": "https://example.org/ana"}]},
            {"key": "bo", "name": "Bo"},
        ],
        "programme": {"sessions": [
            first, cancelled,
            session("night", "2027-12-27T22:45", 90, "r"),
            session("late", "2027-12-28T01:15", 15, "hall"),
            session("early", "2027-12-28T05:45", 15, "hall"),
            online,
        ]},
    }))
}

fn language(tag: &str) -> Language {
    Language::parse(tag).unwrap()
}

/// The sessions of a JSON schedule in its order, each with the number of its day and the name of its room.
fn sessions(document: &Value) -> Vec<(u64, String, Value)> {
    let days = document["schedule"]["conference"]["days"].as_array().unwrap();
    let rooms = days.iter().flat_map(|day| {
        let index = day["index"].as_u64().unwrap();
        day["rooms"].as_object().unwrap().iter().map(move |(room, sessions)| (index, room.clone(), sessions))
    });
    rooms
        .flat_map(|(day, room, sessions)| {
            sessions.as_array().unwrap().iter().map(move |session| (day, room.clone(), session.clone()))
        })
        .collect()
}

#[test]
fn sessions_are_in_their_days_and_rooms() {
    let document = to_json(&conference(), &language("en"), &URL);
    let found = sessions(&document);
    let found: Vec<_> =
        found.iter().map(|(day, room, session)| (*day, room.as_str(), session["start"].as_str().unwrap())).collect();
    // The session at 05:45 begins more than two hours after the one before it, so it is the first of the second day.
    let expected = [
        (1, "Hall", "20:00"),
        (1, "Hall", "01:15"),
        (1, "Hall (r)", "22:45"),
        (2, "Hall", "05:45"),
        (2, "Online", "10:00"),
    ];
    assert_eq!(found, expected);
    let conference = &document["schedule"]["conference"];
    assert_eq!(conference["acronym"], "a_b_");
    assert_eq!((&conference["start"], &conference["end"]), (&json!("2027-12-27"), &json!("2027-12-28")));
    assert_eq!((&conference["daysCount"], &conference["timeslot_duration"]), (&json!(2), &json!("00:15")));
    assert_eq!(conference["time_zone_name"], "Europe/Madrid");
    assert_eq!(conference["colors"]["primary"], "#0055aa");
    assert_eq!(conference["days"][0]["day_start"], "2027-12-27T20:00:00+01:00");
    assert_eq!(conference["days"][0]["day_end"], "2027-12-28T01:30:00+01:00");
    let rooms: Vec<&str> =
        conference["rooms"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(rooms, ["Hall", "Hall (r)", "Online"]);
    let spanish = to_json(&self::conference(), &language("es"), &URL);
    let names: Vec<String> = sessions(&spanish).into_iter().map(|(_, room, _)| room).collect();
    assert!(names.contains(&"Sala".to_owned()) && names.contains(&"En línea".to_owned()), "{names:?}");
}

#[test]
fn a_session_has_its_details() {
    let document = to_json(&conference(), &language("en"), &URL);
    let (_, _, session) = &sessions(&document)[0];
    let id = session["id"].as_u64().unwrap();
    assert_eq!(session["slug"], format!("a_b_-{id}-a"));
    assert_eq!(session["date"], "2027-12-27T20:00:00+01:00");
    assert_eq!((&session["duration"], &session["language"]), (&json!("01:00"), &json!("de")));
    assert_eq!(session["track"], "Rivers & seas");
    assert_eq!(session["abstract"], "First line.\n\nSecond line.");
    assert_eq!(session["url"], "https://api.example.org/events/a-b#session-a");
    assert_eq!(session["origin_url"], "https://api.example.org/v1/events/a-b/sessions/a");
    assert_eq!(session["feedback_url"], "https://example.org/survey");
    assert_eq!(
        session["attachments"],
        json!([{"title": "Slides", "url": "https://example.org/s.pdf", "type": "slides"}])
    );
    let kinds: Vec<&Value> = session["links"].as_array().unwrap().iter().map(|link| &link["type"]).collect();
    assert_eq!(kinds, [&json!("media"), &json!("web")]);
    let people: Vec<&Value> = session["persons"].as_array().unwrap().iter().map(|person| &person["name"]).collect();
    assert_eq!(people, [&json!("Ana <Pérez>"), &json!("Bo")]);
    assert_eq!(session["persons"][0]["biography"], "Works.");
    // The schema requires that a person matches exactly one of its two forms.
    assert!(session["persons"][0].get("id").is_none());
}

#[test]
fn the_xml_has_the_same_sessions() {
    let event = conference();
    let document = to_json(&event, &language("en"), &URL);
    let text = to_xml(&event, &language("en"), &URL).unwrap();
    let xml = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let found: Vec<_> = xml.descendants().filter(|node| node.has_tag_name("event")).collect();
    let expected = sessions(&document);
    assert_eq!(found.len(), expected.len());
    for (node, (day, room, session)) in found.iter().zip(expected) {
        let child = |name: &str| {
            let mut all = node.children().filter(|child| child.has_tag_name(name));
            let text = all.next().unwrap_or_else(|| panic!("no {name}")).text().unwrap_or_default();
            assert!(all.next().is_none(), "{name} twice");
            text
        };
        for name in ["date", "start", "duration", "room", "slug", "url", "origin_url", "type", "language"] {
            assert_eq!(child(name), session[name].as_str().unwrap(), "{name}");
        }
        for name in ["track", "abstract"] {
            assert_eq!(child(name), session[name].as_str().unwrap_or_default(), "{name}");
        }
        assert_eq!(child("title"), session["title"].as_str().unwrap().replace('\u{ffff}', ""));
        assert_eq!(node.attribute("guid"), session["guid"].as_str());
        assert_eq!(node.attribute("id").unwrap(), session["id"].to_string());
        let parent = node.parent().unwrap();
        assert_eq!(parent.attribute("name"), Some(room.as_str()));
        assert_eq!(parent.parent().unwrap().attribute("index").unwrap(), day.to_string());
    }
    let person = xml.descendants().find(|node| node.has_tag_name("person")).unwrap();
    assert_eq!(person.text(), Some("Ana <Pérez>"));
    assert!(person.attribute("id").unwrap().parse::<u32>().unwrap() > 0);
    let link = xml.descendants().find(|node| node.has_tag_name("link")).unwrap();
    assert_eq!(link.attribute("href"), Some("https://example.org/v?a=1&b=2"));
    assert_eq!(text, to_xml(&event, &language("en"), &URL).unwrap(), "the same bytes");
}

#[test]
fn numbers_are_distinct_positive_and_stable() {
    let mut event = conference();
    let last_bits = |number: u32| uuid::Uuid::from_u128(u128::from(number) << 64 | 5);
    for (number, session) in (0..).zip(&mut event.programme.sessions) {
        session.id.0 = last_bits(number);
    }
    let numbers = |event: &Event| -> Vec<u64> {
        let document = to_json(event, &language("en"), &URL);
        let mut found = sessions(&document);
        found.sort_by_key(|(_, _, session)| session["guid"].as_str().unwrap().to_owned());
        found.iter().map(|(_, _, session)| session["id"].as_u64().unwrap()).collect()
    };
    let all = numbers(&event);
    // The second number is that of the cancelled session.
    assert_eq!(all, [5, 7, 8, 9, 10]);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    event.programme.sessions.pop();
    assert_eq!(numbers(&event), [5, 7, 8, 9]);
}

#[test]
fn a_webinar_that_starts_at_night_has_a_day_of_its_own() {
    let document = |starts: &str, second: &str| {
        let session = |key: &str, starts: &str| json!({"key": key, "minutes": 60, "title": key, "starts": starts});
        let event = sample_event::event(&json!({
            "slug": "nights", "status": "published", "language": "en", "title": "Nights", "starts": starts,
            "time_zone": "Etc/UTC", "programme": {"sessions": [session("a", starts), session("b", second)]},
        }));
        to_json(&event, &language("en"), &URL)
    };
    let days = |document: &Value| -> Vec<String> {
        let days = document["schedule"]["conference"]["days"].as_array().unwrap();
        days.iter().map(|day| day["date"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(days(&document("2027-05-01T02:00", "2027-05-02T02:00")), ["2027-05-01", "2027-05-02"]);
    assert_eq!(days(&document("2027-05-01T23:30", "2027-05-02T00:30")), ["2027-05-01"]);
    assert_eq!(document("2027-05-01T02:00", "2027-05-01T03:00")["schedule"]["conference"]["time_zone_name"], "UTC");
}

#[test]
fn an_event_without_sessions_has_a_day_without_rooms() {
    let mut event = conference();
    event.definition.status = EventStatus::Cancelled;
    let document = to_json(&event, &language("en"), &URL);
    assert!(sessions(&document).is_empty());
    assert_eq!(document["schedule"]["conference"]["days"].as_array().unwrap().len(), 1);
    let text = to_xml(&event, &language("en"), &URL).unwrap();
    let xml = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(xml.descendants().filter(|node| node.has_tag_name("day")).count(), 1);
    assert_eq!(xml.descendants().filter(|node| node.has_tag_name("event")).count(), 0);
}

/// The schema accepts only some names of zones.
#[test]
fn zones_have_names_that_the_schema_accepts() {
    let name = |zone: &str| {
        let event = sample_event::event(&json!({
            "slug": "zones", "status": "published", "language": "en", "title": "Zones", "starts": "2027-05-01T10:00",
            "time_zone": zone, "duration_minutes": 60,
        }));
        to_json(&event, &language("en"), &URL)["schedule"]["conference"]["time_zone_name"].clone()
    };
    for zone in ["America/New_York", "America/Argentina/Buenos_Aires", "Africa/Dar_es_Salaam", "Asia/Ust-Nera"] {
        assert_eq!(name(zone), zone);
    }
    assert_eq!(name("Etc/UTC"), "UTC");
    for zone in ["Etc/GMT+5", "CET", "US/Eastern", "Australia/ACT"] {
        assert_eq!(name(zone), Value::Null, "{zone}");
    }
}

/// A small definition cannot make a large document by naming the same people in many sessions.
#[test]
fn a_person_is_described_once() {
    let links: Vec<Value> =
        (0..20).map(|i| json!({"label": "Site", "url": format!("https://example.org/{i}")})).collect();
    let speakers: Vec<Value> = (0..20)
        .map(|i| {
            json!({"key": format!("s{i}"), "name": "Ana", "biography": "a".repeat(5_000), "links": links,
                        "photo_url": "https://example.org/ana.jpg"})
        })
        .collect();
    let keys: Vec<String> = (0..20).map(|i| format!("s{i}")).collect();
    let talks: Vec<Value> =
        (0..100).map(|i| json!({"key": format!("t{i}"), "minutes": 5, "title": "Talk", "speakers": keys})).collect();
    let definition = json!({
        "slug": "many", "status": "published", "language": "en", "title": "Many", "starts": "2027-05-01T10:00",
        "time_zone": "Europe/Madrid", "speakers": speakers, "programme": {"sessions": talks},
    });
    let document = to_json(&sample_event::event(&definition), &language("en"), &URL);
    let persons: Vec<Value> =
        sessions(&document).iter().flat_map(|(_, _, session)| session["persons"].as_array().unwrap().clone()).collect();
    assert_eq!(persons.len(), 2_000, "everybody is named in every session");
    for member in ["biography", "links", "avatar"] {
        assert_eq!(persons.iter().filter(|person| person.get(member).is_some()).count(), 20, "{member}");
    }
    assert!(persons[0]["biography"].is_string() && persons[0]["links"].as_array().unwrap().len() == 20);
    let (written, defined) = (document.to_string().len(), definition.to_string().len());
    assert!(written < 5 * defined, "{written} bytes from {defined}");
}
