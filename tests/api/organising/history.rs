//! How long the revisions of an event are stored.

use chrono::TimeDelta;
use plenaria_domain::event::definition::Definition;
use plenaria_persistence::events::publish::outcome::PublishMode;
use serde_json::{Value, json};

use crate::support::database::search::places_with;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;

crate::on_both_engines!(
    the_first_revision_and_the_newest_are_stored,
    revisions_replaced_long_ago_are_removed,
    more_revisions_than_a_batch_are_removed_at_once,
    a_removed_speaker_is_forgotten_with_the_registrations,
    a_speaker_without_events_has_no_card,
);

/// The numbers of the stored revisions, page by page.
async fn numbers(app: &TestApp, limit: usize) -> Vec<i64> {
    let token = app.token_of("metropolis", "events:write").await;
    let (mut numbers, mut rest) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/events/talk/revisions?limit={limit}{rest}");
        let page = app.send("GET", &path, Some(&token), None).await.expect(200);
        let revisions = page["data"].as_array().unwrap();
        assert!(!revisions.is_empty(), "no page is empty");
        numbers.extend(revisions.iter().map(|revision| revision["revision"].as_i64().unwrap()));
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => rest = format!("&cursor={cursor}"),
            None => return numbers,
        }
    }
}

async fn publish_titles(app: &TestApp, titles: std::ops::RangeInclusive<i64>) {
    let mut event = owned("talk", "metropolis", &[]);
    for title in titles {
        event["title"] = json!(format!("Title {title}"));
        // Without waiting until instances have noticed: the tests read the store.
        let definition = Definition::parse(&event, app.now()).unwrap();
        app.store.publish(&[definition], app.now(), PublishMode::Apply).await.unwrap();
    }
}

async fn the_first_revision_and_the_newest_are_stored(app: TestApp) {
    publish_titles(&app, 1..=3).await;
    // As if 199 more had been published since.
    app.database.execute("UPDATE event_revisions SET revision = 202 WHERE revision = 3").await;
    app.database.execute("UPDATE events SET revision = 202").await;
    assert_eq!(numbers(&app, 100).await, [202, 2, 1]);
    publish_titles(&app, 4..=4).await;
    assert_eq!(numbers(&app, 100).await, [203, 202, 1], "200 numbers and the first one");
    assert_eq!(numbers(&app, 1).await, [203, 202, 1]);
    let token = app.token_of("metropolis", "events:write").await;
    for (number, status) in [(1, 200), (2, 404), (202, 200), (203, 200), (204, 404)] {
        let path = format!("/v1/events/talk/revisions/{number}");
        assert_eq!(app.send("GET", &path, Some(&token), None).await.status, status, "{number}");
    }
}

async fn revisions_replaced_long_ago_are_removed(app: TestApp) {
    publish_titles(&app, 1..=2).await;
    app.set_time("2027-11-23T09:00:00Z");
    publish_titles(&app, 3..=4).await;
    let replaced = app.now();
    for (before, removed, left) in [
        (replaced - TimeDelta::days(365), 0, vec![4, 3, 2, 1]),
        (replaced, 1, vec![4, 3, 2]),
        (replaced + TimeDelta::seconds(1), 2, vec![4]),
        (replaced + TimeDelta::days(10_000), 0, vec![4]),
    ] {
        assert_eq!(app.store.remove_old_revisions(before).await.unwrap(), removed, "{before}");
        assert_eq!(numbers(&app, 1).await, left, "{before}");
    }
}

async fn more_revisions_than_a_batch_are_removed_at_once(app: TestApp) {
    publish_titles(&app, 1..=130).await;
    assert_eq!(app.store.remove_old_revisions(app.now() + TimeDelta::seconds(1)).await.unwrap(), 129);
    assert_eq!(numbers(&app, 100).await, [130]);
}

/// An event with two speakers.
fn with_speakers() -> Value {
    let mut event = owned("talk", "metropolis", &[]);
    event["registration"]["retention_days"] = json!(30);
    event["speakers"] = json!([{"key": "zebedee", "name": "Zebedee"}, {"key": "ana", "name": "Ana"}]);
    event
}

async fn a_removed_speaker_is_forgotten_with_the_registrations(app: TestApp) {
    let mut event = with_speakers();
    event["speakers"][0]["key"] = json!("first");
    app.publish(&event).await;
    event["speakers"].as_array_mut().unwrap().remove(0);
    app.publish(&event).await;
    app.set_time("2026-12-24T10:59:59Z");
    app.store.anonymise_expired(None, app.now()).await.unwrap();
    assert_eq!(numbers(&app, 10).await, [2, 1]);
    assert!(!places_with(&app, "zebedee").await.is_empty());
    app.set_time("2026-12-24T11:00:00Z");
    app.store.anonymise_expired(None, app.now()).await.unwrap();
    app.store.checkpoint_wal().await.unwrap();
    assert_eq!(places_with(&app, "zebedee").await, [""; 0]);
    let token = app.token_of("metropolis", "events:write").await;
    let page = app.send("GET", "/v1/events/talk/revisions", Some(&token), None).await.expect(200);
    assert_eq!((&page["data"][0]["revision"], &page["data"][0]["changes"]), (&json!(2), &json!([])));
    assert_eq!(numbers(&app, 1).await, [2]);
}

async fn a_speaker_without_events_has_no_card(app: TestApp) {
    let mut event = with_speakers();
    app.publish(&event).await;
    let speaker = app.get("/v1/speakers/zebedee").await.expect(200);
    let mut other = owned("other", "metropolis", &[]);
    other["speakers"] = json!([event["speakers"][0]]);
    app.publish(&other).await;
    let cards = "SELECT COUNT(*) AS n FROM speakers WHERE CAST(card AS TEXT) LIKE '%Zebedee%'";
    let both = event["speakers"].clone();
    for document in [&mut event, &mut other] {
        app.get("/v1/speakers/zebedee").await.expect(200);
        assert_eq!(app.database.number(cards).await, 1);
        document["speakers"] = json!([both[1]]);
        app.publish(document).await;
    }
    app.get("/v1/speakers/zebedee").await.expect(404);
    assert_eq!(app.database.number(cards).await, 0);
    event["speakers"] = both;
    app.publish(&event).await;
    assert_eq!(app.get("/v1/speakers/zebedee").await.expect(200)["id"], speaker["id"], "the same speaker again");
}
