//! Definitions of conferences with many parallel sessions, as the exports of conference software hold them. All names
//! are invented.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

/// A conference of two days in eight rooms: 80 sessions on four tracks, in three languages, each with its own start.
pub fn eight_rooms() -> Value {
    let sessions = (0..80).map(|number| {
        let (room, slot) = (number % 8, number / 8);
        let start = first_day().and_hms_opt(9, 30, 0).expect("a time")
            + TimeDelta::days(i64::from(slot / 5))
            + TimeDelta::minutes(i64::from(slot % 5) * 75);
        session(number, &format!("room-{room}"), start, [45, 60, 30][index(number, 3)])
    });
    conference("eight-rooms", "Europe/Brussels", 8, 60, sessions.collect())
}

/// A conference of four days in four rooms: 138 sessions, the last ones of each day after midnight.
pub fn past_midnight() -> Value {
    let sessions = (0..138).map(|number| {
        let (room, slot) = (number % 4, number / 4);
        let start = first_day().and_hms_opt(11, 0, 0).expect("a time")
            + TimeDelta::days(i64::from(slot / 9))
            + TimeDelta::minutes(i64::from(slot % 9) * 105);
        session(number, &format!("room-{room}"), start, [60, 40, 90][index(number, 3)])
    });
    conference("past-midnight", "Europe/Berlin", 4, 200, sessions.collect())
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 12, 27).expect("a day")
}

fn index(number: u32, of: u32) -> usize {
    usize::try_from(number % of).expect("a small number")
}

fn session(number: u32, room: &str, start: NaiveDateTime, minutes: u32) -> Value {
    let speaker = |offset: u32| format!("speaker-{}", (number * 3 + offset) % 60);
    let kind = ["talk", "panel", "workshop", "q_and_a"][index(number, 4)];
    let language = ["en", "de", "fr"][index(number, 3)];
    let mut session = json!({
        "key": format!("session-{number}"),
        "kind": kind,
        "title": {"en": format!("Session {number}"), "de": format!("Sitzung {number}")},
        "abstract": format!("About **{number}**.\n\nIn two paragraphs."),
        "track": {"en": format!("Track {}", number % 4)},
        "room": room,
        "language": language,
        "minutes": minutes,
        "starts": start.format("%Y-%m-%dT%H:%M").to_string(),
        "speakers": [
            {"key": speaker(0), "roles": ["speaker"]},
            {"key": speaker(1), "roles": ["moderator", "speaker"]},
            {"key": speaker(2), "roles": ["host", "panelist"]},
        ],
        "materials": [
            {"label": {"en": "Slides"}, "url": format!("https://example.org/{number}/slides.pdf"), "kind": "slides"},
            {"label": {"en": "Recording"}, "url": format!("https://example.org/{number}/video"), "kind": "recording"},
        ],
    });
    if number % 40 == 39 {
        session["status"] = json!("cancelled");
    }
    session
}

fn conference(slug: &str, zone: &str, rooms: u32, speakers: u32, sessions: Vec<Value>) -> Value {
    let room = |number| json!({"key": format!("room-{number}"), "name": {"en": format!("Room {number}")}});
    let speaker = |number| {
        json!({
            "key": format!("speaker-{number}"), "name": format!("Speaker {number}"),
            "biography": {"en": "Works on cities."}, "country": "BE",
            "links": [{"label": {"en": "Website"}, "url": format!("https://example.org/speakers/{number}")}],
        })
    };
    json!({
        "slug": slug, "status": "published", "language": "en", "title": {"en": slug}, "time_zone": zone,
        "starts": sessions[0]["starts"], "attendance": "hybrid",
        "rooms": (0..rooms).map(room).collect::<Vec<_>>(),
        "speakers": (0..speakers).map(speaker).collect::<Vec<_>>(),
        "programme": {"status": "final", "sessions": sessions},
    })
}
