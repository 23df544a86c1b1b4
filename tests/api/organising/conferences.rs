//! Conferences with many parallel sessions: a definition expresses them without loss.

use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::definition::diff::diff;
use plenaria_domain::values::slug::Slug;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::outcome::PublishOutcome;
use serde_json::{Value, json};

use crate::support::conferences::{eight_rooms, past_midnight};
use crate::support::server::app::TestApp;

crate::on_both_engines!(conferences_are_kept_as_they_were_published);

/// The document of a definition without the differences in spelling that mean the same: languages of plain texts, the
/// case of languages, seconds, and default values.
fn canonical(app: &TestApp, document: &Value) -> Value {
    serde_json::to_value(Definition::parse(document, app.now()).expect("a good definition")).expect("a document")
}

async fn conferences_are_kept_as_they_were_published(app: TestApp) {
    for (document, sessions, last_day) in [(eight_rooms(), 80, "2027-12-28"), (past_midnight(), 138, "2027-12-30")] {
        let slug = document["slug"].as_str().expect("a slug");
        app.publish(&document).await;
        let key = EventKey::Slug(Slug::parse(slug).expect("a slug"));
        let stored = app.store.definition(None, &key).await.expect("a store").expect("a definition");
        let stored = serde_json::to_value(stored.definition).expect("a document");
        assert_eq!(diff(&stored, &canonical(&app, &document)), []);
        // Nothing of a session is lost.
        for (before, after) in sessions_of(&document).iter().zip(sessions_of(&stored)) {
            for name in ["key", "kind", "title", "track", "room", "language", "minutes", "speakers", "materials"] {
                assert_eq!(before[name], after[name], "{name} of {}", before["key"]);
            }
            let start = format!("{}:00", before["starts"].as_str().expect("a start"));
            assert_eq!(
                (&after["starts"], &after["status"]),
                (&json!(start), &before.get("status").cloned().unwrap_or(json!("scheduled")))
            );
        }
        assert_eq!(app.publish(&stored).await.outcome, PublishOutcome::Unchanged);

        let programme = app.get(&format!("/v1/events/{slug}/programme")).await.expect(200);
        let shown = programme["sessions"].as_array().expect("sessions");
        assert_eq!(shown.len(), sessions);
        for (session, defined) in shown.iter().zip(sessions_of(&document)) {
            let start = format!("{}:00", defined["starts"].as_str().expect("a start"));
            assert_eq!(session["local_start"], json!(start));
            let roles: Vec<&Value> =
                session["speakers"].as_array().expect("speakers").iter().map(|s| &s["roles"]).collect();
            let defined_roles: Vec<&Value> =
                defined["speakers"].as_array().expect("speakers").iter().map(|s| &s["roles"]).collect();
            assert_eq!(roles, defined_roles);
        }
        assert!(shown[sessions - 1]["local_start"].as_str().is_some_and(|start| start.starts_with(last_day)));
    }
}

fn sessions_of(document: &Value) -> &Vec<Value> {
    document["programme"]["sessions"].as_array().expect("sessions")
}
