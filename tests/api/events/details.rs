//! Rooms, languages, materials, contact and privacy notice in the API and in calendars, and the filters of sessions.

use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(the_definition_shows, sessions_are_filtered, calendars_name_rooms_and_cancelled_sessions);

const PATH: &str = "/v1/events/conference";

/// Two days in two rooms, in two languages.
fn conference() -> Value {
    let mut document = definition("conference", None, false);
    document["title"] = json!({"en": "Conference", "es": "Congreso"});
    document["contact"] = json!({"name": {"en": "Office", "es": "Oficina"}, "email": "office@example.org"});
    document["image_url"] = json!("https://example.org/picture.jpg");
    document["privacy"] = json!({"notice_url": "https://example.org/privacy", "version": "2027-05"});
    document["rooms"] =
        json!([{"key": "hall", "name": {"en": "Hall", "es": "Sala"}}, {"key": "annexe", "name": "Annexe"}]);
    document["materials"] = json!([{"label": "Reader", "url": "https://example.org/reader.pdf", "kind": "document"}]);
    document["place"] = json!("City hall");
    document["starts"] = json!("2027-07-22T15:00");
    document["speakers"] = json!([{"key": "ana", "name": "Ana"}, {"key": "bea", "name": "Bea"}]);
    let recording = json!([{"label": "Film", "url": "https://example.org/film", "kind": "recording"}]);
    document["programme"] = json!({"sessions": [
        {"key": "first", "title": "First", "minutes": 30, "room": "hall", "track": {"en": "Water", "es": "Agua"},
            "speakers": [{"key": "ana", "roles": ["moderator", "speaker"]}], "materials": recording},
        {"key": "beside", "title": "Beside", "minutes": 30, "room": "annexe", "starts": "2027-07-22T15:00", "language": "es",
            "speakers": ["bea"], "status": "cancelled"},
        {"key": "second-day", "title": "Second day", "minutes": 30, "starts": "2027-07-23T09:00", "room": "hall",
            "speakers": ["ana", "bea"]},
    ]});
    document
}

async fn the_definition_shows(app: TestApp) {
    app.publish(&conference()).await;
    let event = app.get(&format!("{PATH}?lang=es")).await.expect(200);
    assert_eq!(event["contact"], json!({"name": "Oficina", "email": "office@example.org", "url": null}));
    assert_eq!(event["privacy_notice"], json!({"url": "https://example.org/privacy", "version": "2027-05"}));
    assert_eq!(event["rooms"], json!([{"key": "hall", "name": "Sala"}, {"key": "annexe", "name": "Annexe"}]));
    assert_eq!(event["materials"][0]["kind"], "document");
    assert_eq!(
        (&event["image_url"], &event["cancellation_reason"]),
        (&json!("https://example.org/picture.jpg"), &Value::Null)
    );
    let sessions = app.get(&format!("{PATH}/programme?lang=es")).await.expect(200)["sessions"].clone();
    assert_eq!(sessions[0]["room"], json!({"key": "hall", "name": "Sala"}));
    assert_eq!(sessions[0]["speakers"][0]["roles"], json!(["moderator", "speaker"]));
    assert_eq!(sessions[0]["materials"][0]["url"], "https://example.org/film");
    assert_eq!((&sessions[0]["language"], &sessions[1]["language"]), (&event["language"], &json!("es")));
    assert_eq!((&sessions[0]["status"], &sessions[1]["status"]), (&json!("scheduled"), &json!("cancelled")));

    // The version of the event's own notice is stored with the registration.
    app.register("conference", &person("ana@example.org")).await.expect(201);
    let of_version = "SELECT count(*) AS n FROM registrations WHERE privacy_notice = '2027-05'";
    assert_eq!(app.database.number(of_version).await, 1);

    // An event without a notice of its own has the installation's.
    app.publish(&definition("plain", None, false)).await;
    let plain = app.get("/v1/events/plain").await.expect(200);
    assert_eq!(plain["privacy_notice"]["url"], Value::Null);
    assert!(
        plain["privacy_notice"]["version"].is_string() && plain["contact"].is_null() && plain["rooms"] == json!([])
    );
}

async fn sessions_are_filtered(app: TestApp) {
    app.publish(&conference()).await;
    let programme = app.get(&format!("{PATH}/programme")).await.expect(200);
    let ana = programme["sessions"][0]["speakers"][0]["id"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("", vec!["first", "beside", "second-day"]),
        ("day=2027-07-22", vec!["first", "beside"]),
        ("day=2027-07-24", vec![]),
        ("track=AGUA", vec!["first"]),
        ("track=%20", vec!["first", "beside", "second-day"]),
        ("room=hall", vec!["first", "second-day"]),
        ("room=attic", vec![]),
        ("speaker=bea", vec!["beside", "second-day"]),
        (&format!("speaker={ana}"), vec!["first", "second-day"]),
        ("speaker=nobody", vec![]),
        ("speaker=ana&day=2027-07-23&room=hall", vec!["second-day"]),
    ] {
        let page = app.get(&format!("{PATH}/sessions?{query}")).await.expect(200);
        let keys: Vec<&str> = page["data"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
        assert_eq!(keys, expected, "{query}");
    }
    let long = format!("speaker={}", "a".repeat(81));
    for query in
        [&long, "day=22-07-2027", "day=2027-02-30", "day=2027-7-2", "room=The%20hall", "speaker=", "speaker=Ana%20P"]
    {
        app.get(&format!("{PATH}/sessions?{query}")).await.expect_problem(400, "invalid-parameter");
    }
    // A cursor belongs to its filters.
    let page = app.get(&format!("{PATH}/sessions?room=hall&limit=1")).await.expect(200);
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let next = app.get(&format!("{PATH}/sessions?room=hall&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(next["data"][0]["key"], "second-day");
    app.get(&format!("{PATH}/sessions?limit=1&cursor={cursor}")).await.expect_problem(400, "invalid-parameter");
}

async fn calendars_name_rooms_and_cancelled_sessions(app: TestApp) {
    app.publish(&conference()).await;
    let calendar = app.get(&format!("{PATH}/programme.ics?lang=en")).await;
    let text = calendar.body.replace("\r\n ", "");
    let entries: Vec<&str> = text.split("BEGIN:VEVENT").skip(1).collect();
    assert!(entries[0].contains("LOCATION:Hall\\, City hall\r\n") && entries[0].contains("STATUS:CONFIRMED"), "{text}");
    assert!(
        entries[1].contains("LOCATION:Annexe\\, City hall\r\n") && entries[1].contains("STATUS:CANCELLED"),
        "{text}"
    );
    let event = app.get(&format!("{PATH}/calendar.ics?lang=es")).await.body.replace("\r\n ", "");
    assert!(
        event.contains("CONTACT:Oficina\\, office@example.org\r\n") && event.contains("LOCATION:City hall"),
        "{event}"
    );
}
