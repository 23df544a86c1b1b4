//! Speakers belong to the organisation that owns the event: one organisation's publications do not change another's events.

use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    publications_do_not_change_other_owners_speakers,
    slugs_are_unique,
    a_new_owner_has_speakers_of_its_own,
    events_without_an_owner_share_theirs
);

/// An event with one speaker, with or without an owner.
fn event(slug: &str, owner: Option<&str>, key: &str, name: &str) -> Value {
    let mut event = definition(slug, None, false);
    event["owner"] = json!(owner);
    event["speakers"] = json!([{"key": key, "name": name}]);
    let talk = json!({"key": "talk", "kind": "talk", "minutes": 60, "title": "Talk", "speakers": [key]});
    event["programme"] = json!({"moderators": [key], "sessions": [talk]});
    event
}

/// The id, slug and name of an event's only speaker.
async fn speaker(app: &TestApp, event: &str) -> [String; 3] {
    let programme = app.get(&format!("/v1/events/{event}/programme")).await.expect(200);
    let speaker = &programme["sessions"][0]["speakers"][0];
    let text = |name: &str| speaker[name].as_str().unwrap().to_owned();
    let moderator = &programme["moderators"][0];
    assert_eq!((&moderator["id"], &moderator["slug"]), (&speaker["id"], &speaker["slug"]));
    [text("id"), text("slug"), text("name")]
}

/// All representations of an event and its speaker, with their entity tags.
async fn everything(app: &TestApp, event: &str) -> Vec<(Option<String>, String)> {
    let [id, slug, _] = speaker(app, event).await;
    let below = ["", "/programme", "/sessions", "/sessions/talk", "/speakers", "/calendar.ics", "/programme.ics"];
    let of_event = below.iter().map(|below| format!("/v1/events/{event}{below}"));
    let of_speaker = [format!("/v1/speakers/{id}"), format!("/v1/speakers/{slug}")];
    let mut all = Vec::new();
    for path in of_event.chain(of_speaker) {
        let response = app.get(&path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.body);
        all.push((response.header("etag").map(str::to_owned), response.body));
    }
    all
}

async fn publications_do_not_change_other_owners_speakers(app: TestApp) {
    app.publish(&event("ours", Some("metropolis"), "ana", "Ana of ours")).await;
    let [id, slug, _] = speaker(&app, "ours").await;
    assert_eq!(slug, "ana");
    let before = everything(&app, "ours").await;
    // Another organisation's event, first as a draft.
    app.set_time("2026-11-23T10:00:00Z");
    let mut theirs = event("theirs", Some("al-las"), "ana", "Ana of theirs");
    theirs["co_organisers"] = json!(["metropolis"]);
    theirs["status"] = json!("draft");
    app.publish(&theirs).await;
    assert_eq!(everything(&app, "ours").await, before);
    theirs["status"] = json!("published");
    app.publish(&theirs).await;
    assert_eq!(everything(&app, "ours").await, before);
    let [other_id, other_slug, other_name] = speaker(&app, "theirs").await;
    assert_ne!(other_id, id);
    assert_eq!((other_slug.as_str(), other_name.as_str()), ("ana-al-las", "Ana of theirs"));
    // The same in the other direction, with two events that share the speaker.
    let before = everything(&app, "theirs").await;
    app.set_time("2026-11-23T11:00:00Z");
    app.publish(&event("ours-too", Some("metropolis"), "ana", "Ana, the newest")).await;
    for ours in ["ours", "ours-too"] {
        assert_eq!(speaker(&app, ours).await, [id.as_str(), "ana", "Ana, the newest"], "the newest card wins");
    }
    assert_eq!(everything(&app, "theirs").await, before);
    // Each speaker is listed with the sessions of their owner's events.
    let sessions = |speaker: &Value| {
        let sessions = speaker["sessions"].as_array().unwrap().iter();
        let mut events: Vec<String> = sessions.map(|s| s["event"]["slug"].as_str().unwrap().to_owned()).collect();
        events.sort();
        events
    };
    let first = app.get("/v1/speakers?limit=1").await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("/v1/speakers?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((&first["data"][0]["slug"], &second["data"][0]["slug"]), (&json!("ana"), &json!("ana-al-las")));
    assert_eq!(sessions(&first["data"][0]), ["ours", "ours-too"]);
    assert_eq!(sessions(&second["data"][0]), ["theirs"]);
    assert_eq!(second["page"]["next_cursor"], Value::Null);
}

async fn slugs_are_unique(app: TestApp) {
    let long = "a".repeat(80);
    let (cut, cut_more) = (format!("{}-metropolis", &long[..69]), format!("{}-metropolis-2", &long[..67]));
    let long = long.as_str();
    for (slug, owner, key, expected) in [
        ("one", "al-las", "ana-metropolis", "ana-metropolis"),
        ("two", "al-las", "ana", "ana"),
        // Both the key and the key with the owner's suffix are used.
        ("three", "metropolis", "ana", "ana-metropolis-2"),
        ("four", "c40", "ana-metropolis", "ana-metropolis-c40"),
        // A slug of the maximum length is truncated.
        ("five", "al-las", long, long),
        ("six", "metropolis", long, cut.as_str()),
        ("seven", "metropolis-2", long, cut_more.as_str()),
    ] {
        app.publish(&event(slug, Some(owner), key, "Ana")).await;
        let [id, slug_shown, _] = speaker(&app, slug).await;
        assert_eq!(slug_shown, expected, "{slug}");
        assert_eq!(app.get(&format!("/v1/speakers/{slug_shown}")).await.expect(200)["id"], id, "{slug}");
    }
    // A slug does not change with the card or when other slugs become free.
    app.publish(&event("two", Some("al-las"), "somebody-else", "Somebody else")).await;
    app.get("/v1/speakers/ana").await.expect_problem(404, "not-found");
    app.publish(&event("three", Some("metropolis"), "ana", "Ana, the newest")).await;
    assert_eq!(speaker(&app, "three").await[1..], ["ana-metropolis-2", "Ana, the newest"]);
}

async fn a_new_owner_has_speakers_of_its_own(app: TestApp) {
    app.publish(&event("one", Some("metropolis"), "ana", "Ana")).await;
    app.publish(&event("two", Some("metropolis"), "ana", "Ana")).await;
    let before = speaker(&app, "one").await;
    assert_eq!(speaker(&app, "two").await, before);
    app.publish(&event("one", Some("al-las"), "ana", "Ana of AL-LAs")).await;
    let [id, slug, name] = speaker(&app, "one").await;
    assert_ne!(id, before[0]);
    assert_eq!((slug.as_str(), name.as_str()), ("ana-al-las", "Ana of AL-LAs"));
    assert_eq!(speaker(&app, "two").await, before, "the owner's other events keep theirs");
    // With the first owner again, it is the same speaker as before.
    app.publish(&event("one", Some("metropolis"), "ana", "Ana")).await;
    assert_eq!(speaker(&app, "one").await, before);
}

async fn events_without_an_owner_share_theirs(app: TestApp) {
    app.publish(&event("owned", Some("metropolis"), "ana", "Ana of Metropolis")).await;
    let owned = everything(&app, "owned").await;
    app.publish(&event("one", None, "ana", "Ana")).await;
    app.publish(&event("two", None, "ana", "Ana, the newest")).await;
    let [id, slug, name] = speaker(&app, "one").await;
    assert_eq!((slug.as_str(), name.as_str()), ("ana-2", "Ana, the newest"));
    assert_eq!(speaker(&app, "two").await[0], id);
    assert_eq!(everything(&app, "owned").await, owned);
}
