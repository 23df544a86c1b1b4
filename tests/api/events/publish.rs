//! Publishing definitions.

use plenaria_domain::event::definition::Definition;
use plenaria_persistence::events::publish::outcome::{PublishMode, PublishOutcome};
use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, webinar};

crate::on_both_engines!(
    republishing_the_same_changes_nothing,
    a_correction_on_the_second_day_keeps_the_year,
    keys_keep_ids,
    a_dry_run_changes_nothing,
    other_instances_see_publications
);

async fn republishing_the_same_changes_nothing(app: TestApp) {
    assert_eq!(app.publish(&webinar()).await.outcome, PublishOutcome::Created);
    let event = app.get(&format!("/v1/events/{WEBINAR}")).await;
    app.set_time("2026-12-23T09:00:00Z");
    let again = app.publish(&webinar()).await;
    assert_eq!((again.outcome, again.revision), (PublishOutcome::Unchanged, 1));
    assert_eq!(app.get(&format!("/v1/events/{WEBINAR}")).await.body, event.body);
}

/// The sessions add up to two hours, spread over two days.
async fn a_correction_on_the_second_day_keeps_the_year(app: TestApp) {
    let mut document = webinar();
    document["programme"]["sessions"] = json!([
        {"key": "first", "minutes": 60, "title": "First"},
        {"key": "second", "minutes": 60, "title": "Second", "starts": "07-23T10:00"},
    ]);
    app.publish(&document).await;
    let path = format!("/v1/events/{WEBINAR}");
    let times = async || {
        let event = app.get(&path).await.expect(200);
        (event["starts_at"].as_str().unwrap().to_owned(), event["ends_at"].as_str().unwrap().to_owned())
    };
    let expected = |starts: &str, ends: &str| (starts.to_owned(), ends.to_owned());
    assert_eq!(times().await, expected("2027-07-22T13:00:00Z", "2027-07-23T09:00:00Z"));
    app.set_time("2027-07-23T08:00:00Z");
    document["title"] = json!("Corrected");
    let corrected = app.publish(&document).await;
    assert_eq!((corrected.outcome, corrected.changed_parts), (PublishOutcome::Changed, vec!["title".to_owned()]));
    assert_eq!(app.get(&path).await.expect(200)["phase"], "live");
    // The second day is removed: by the new definition the event is over, but it keeps this year.
    document["programme"]["sessions"].as_array_mut().unwrap().pop();
    document["starts"] = json!("07-22T14:30");
    app.publish(&document).await;
    assert_eq!(times().await, expected("2027-07-22T12:30:00Z", "2027-07-22T13:30:00Z"));
    // The event has ended, so the same file now describes the next edition.
    app.publish(&document).await;
    assert_eq!(times().await, expected("2028-07-22T12:30:00Z", "2028-07-22T13:30:00Z"));
}

async fn keys_keep_ids(app: TestApp) {
    app.publish(&webinar()).await;
    let ids = |programme: Value| -> Vec<(String, String)> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let sessions = programme["sessions"].as_array().unwrap().clone();
        let mut all: Vec<_> = sessions.iter().map(|s| (text(&s["key"]), text(&s["id"]))).collect();
        all.sort();
        all
    };
    let path = format!("/v1/events/{WEBINAR}/programme");
    let before = ids(app.get(&path).await.expect(200));
    let mut changed = webinar();
    changed["programme"]["sessions"].as_array_mut().unwrap().reverse();
    changed["programme"]["sessions"][0]["title"] = json!("Another title");
    let published = app.publish(&changed).await;
    assert_eq!((published.changed_parts, published.revision), (vec!["programme".to_owned()], 2));
    let programme = app.get(&path).await.expect(200);
    assert_eq!((&programme["sessions"][0]["key"], &programme["revision"]), (&json!("closing"), &json!(2)));
    assert_eq!(ids(programme), before);
    changed["programme"]["sessions"].as_array_mut().unwrap().truncate(3);
    app.publish(&changed).await;
    let after = ids(app.get(&path).await.expect(200));
    assert!(after.len() == 3 && after.iter().all(|pair| before.contains(pair)));
}

async fn a_dry_run_changes_nothing(app: TestApp) {
    let definition = Definition::parse(&webinar(), app.now()).unwrap();
    let published = app.store.publish(&[definition], app.now(), PublishMode::DryRun).await.unwrap();
    assert_eq!(published[0].outcome, PublishOutcome::Created);
    app.get(&format!("/v1/events/{WEBINAR}")).await.expect_problem(404, "not-found");
    assert!(!app.store.has_events().await.unwrap());
}

async fn other_instances_see_publications(app: TestApp) {
    app.publish(&webinar()).await;
    let other = app.another_instance().await;
    let title = || async {
        let url = format!("{other}/v1/events/{WEBINAR}");
        app.client.get(url).send().await.unwrap().json::<Value>().await.unwrap()["title"].clone()
    };
    assert_eq!(title().await, "Internationalisation and metropolitan spaces");
    let mut changed = webinar();
    changed["title"] = json!("Another title");
    app.publish(&changed).await;
    assert_eq!(title().await, "Another title", "within a second");
}
