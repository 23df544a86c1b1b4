//! Events that are changed, cancelled, renamed, or become drafts again, after people have registered.

use serde_json::json;

use crate::support::http::client::http_without_redirects;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::organiser::{NEW, Organiser};
use crate::support::server::partners::owned;
use crate::support::server::sample_events::definition;

use super::registration::{assert_shows, get, link, post};

crate::on_both_engines!(
    a_draft_keeps_nobody_from_their_data,
    links_with_a_former_slug_work,
    the_event_may_change_or_be_cancelled
);

async fn a_draft_keeps_nobody_from_their_data(app: TestApp) {
    let mut event = definition("hidden", None, false);
    event["registration"]["questions"] = json!([{"key": "why", "label": "Why?", "kind": "text"}]);
    app.publish(&event).await;
    let mut links = Vec::new();
    for name in ["ana", "bea"] {
        let body = json!({
            "name": "Ana", "email": format!("{name}@example.org"), "privacy_accepted": true, "answers": {"why": "<So>"},
        });
        let created = app.register("hidden", &body).await.expect(201);
        let text = |field: &str| created[field].as_str().unwrap().to_owned();
        links.push((text("id"), text("manage_token")));
    }
    event["status"] = json!("draft");
    app.publish(&event).await;
    let [(first, first_token), (second, second_token)] = &links[..] else { panic!("two registrations") };
    let fields = link(first, first_token, "hidden");
    let texts =
        ["not published at present", "ana@example.org", "&lt;So&gt;", "/registration/cancel", "/registration/erase"];
    for path in ["/registration", "/registration/edit", "/registration/update"] {
        let shown = post(&app, path, &fields).await;
        assert_shows(&shown, 200, "confirmed", &texts);
        assert!(!shown.body.contains("/registration/edit"), "{path}: {}", shown.body);
    }
    for (path, next) in
        [("/registration/cancel", "/registration/cancelled"), ("/registration/erase", "/registration/erased")]
    {
        let asked = post(&app, path, &fields).await;
        assert!(asked.expect_text(200).contains(&format!("action=\"{next}\"")), "{}", asked.body);
    }
    let reason = [fields, vec![("reason", "I am <ill>")]].concat();
    let cancelled = post(&app, "/registration/cancelled", &reason).await;
    assert_shows(&cancelled, 200, "cancelled", &["Your registration has been cancelled.", "I am &lt;ill&gt;"]);
    assert!(!cancelled.body.contains("action=\"/registration/cancel\""), "{}", cancelled.body);
    let erased = post(&app, "/registration/erased", &link(second, second_token, "hidden")).await;
    assert_shows(&erased, 200, "erased", &["Your data have been erased"]);
    app.read(second, second_token).await.expect_problem(404, "not-found");
}

async fn links_with_a_former_slug_work(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("old-name", "metropolis", &[]), NEW).await.expect(201);
    let (id, token, _) = app.registered("old-name", "ana@example.org").await;
    metropolis.post("/v1/events/old-name/rename", &json!({"slug": "new-name"})).await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let sent = post(&app, "/registration/link", &[("email", "ana@example.org"), ("event", "old-name")]).await;
    assert_shows(&sent, 200, "link_sent", &[]);
    let refused = post(&app, "/registration/link", &[("email", "ana"), ("event", "old-name")]).await;
    assert!(refused.expect_text(422).contains("id=\"error-email\""), "{}", refused.body);
    let shown = post(&app, "/registration", &link(&id, &token, "old-name")).await;
    assert_shows(&shown, 200, "confirmed", &["/events/new-name"]);
    assert!(get(&app, "/confirm?event=old-name").await.expect_text(200).contains("/events/new-name"));
    // A form of the page with the former slug is sent again to the present one.
    for path in ["", "/link"] {
        let request = http_without_redirects().post(format!("{}/events/old-name{path}", app.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body("email=a");
        let moved = TestResponse::read_unchecked(request.send().await.unwrap()).await;
        let to = format!("/events/new-name{path}");
        assert_eq!((moved.status, moved.header("location")), (308, Some(to.as_str())));
        assert_eq!(moved.header("cache-control"), Some("public, max-age=1"));
    }
}

async fn the_event_may_change_or_be_cancelled(app: TestApp) {
    let mut event = definition("small", None, false);
    app.publish(&event).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let fields = link(&id, &token, "small");
    assert!(!post(&app, "/registration", &fields).await.body.contains("last changed"));
    app.set_time("2026-11-23T10:00:00Z");
    event["starts"] = json!("2026-11-24T11:00");
    app.publish(&event).await;
    assert_shows(
        &post(&app, "/registration", &fields).await,
        200,
        "confirmed",
        &["2026-11-24T11:00:00Z", "last changed the event on"],
    );
    event["status"] = json!("cancelled");
    app.publish(&event).await;
    let cancelled = post(&app, "/registration", &fields).await;
    assert_shows(
        &cancelled,
        200,
        "confirmed",
        &["<h1 tabindex=\"-1\">This event has been cancelled</h1>", "/registration/erase"],
    );
    for text in [
        "You have a seat.",
        "You are registered",
        "/registration/calendar",
        "/registration/edit",
        "/registration/cancel",
    ] {
        assert!(!cancelled.body.contains(text), "{text}: {}", cancelled.body);
    }
}
