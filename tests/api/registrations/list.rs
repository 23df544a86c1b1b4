//! `GET /v1/events/{event}/registrations`: filters, pages and cursors.

use std::collections::HashSet;

use serde_json::json;

use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;

crate::on_both_engines!(filters, pagination_is_complete_and_without_duplicates);

async fn filters(app: TestApp) {
    let mut event = owned("mine", "owner", &[]);
    event["registration"]["capacity"] = json!(2);
    app.publish(&event).await;
    let owner = app.partner("owner").await;
    let mut body = person("Ana@bücher.example");
    body["external_reference"] = json!("crm-1");
    // The clock must move between registrations, because ids of the same millisecond have no order.
    let ana = app.registered_by("mine", &owner, &body).await;
    app.set_time("2026-11-23T09:00:01Z");
    let (eva, manage, _) = app.registered("mine", "eva@example.org").await;
    app.set_time("2026-11-23T09:00:02Z");
    let (queued, ..) = app.registered("mine", "queued@example.org").await;
    app.set_time("2026-11-23T09:00:03Z");
    let (last, ..) = app.registered("mine", "last@example.org").await;
    app.set_time("2026-11-23T09:10:00Z");
    app.cancel(&eva, &manage).await.expect(200);
    let (app, owner) = (&app, &owner);
    let list = async move |query: &str| {
        let path = format!("/v1/events/mine/registrations?{query}");
        app.send("GET", &path, Some(owner), None).await
    };
    let ids = async |query: &str| -> Vec<String> {
        let found = list(query).await.expect(200);
        found["data"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    };
    let ana = ana["id"].as_str().unwrap().to_owned();
    assert_eq!(ids("").await, [ana.clone(), eva.clone(), queued.clone(), last.clone()]);
    assert_eq!(ids("status=cancelled").await, std::slice::from_ref(&eva));
    assert_eq!(ids("status=waitlisted").await, std::slice::from_ref(&last));
    assert_eq!(list("status=waitlisted").await.json()["data"][0]["waitlist_position"], 1);
    assert_eq!(ids("email=ana%40XN--BCHER-KVA.example").await, std::slice::from_ref(&ana));
    assert_eq!(
        ids("email=EVA%40example.org").await,
        std::slice::from_ref(&eva),
        "cancelled registrations are found too"
    );
    assert_eq!(ids("external_reference=crm-1").await, [ana]);
    assert_eq!(ids("updated_since=2026-11-23T09:10:00Z").await, [eva, queued], "cancelled, and promoted");
    assert!(ids("email=nobody%40example.org").await.is_empty());
    for bad in
        ["status=lost", "email=x", "updated_since=yesterday", "limit=101", "cursor=x", "sttus=x", "external_reference="]
    {
        list(bad).await.expect_problem(400, "invalid-parameter");
    }
    let cursor = list("limit=1").await.expect(200)["page"]["next_cursor"].as_str().unwrap().to_owned();
    list(&format!("limit=1&status=confirmed&cursor={cursor}")).await.expect_problem(400, "invalid-parameter");
    let first = list("limit=1").await;
    assert!(first.header("link").unwrap().contains("limit=1&cursor="), "{:?}", first.header("link"));
}

async fn pagination_is_complete_and_without_duplicates(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let mut before = HashSet::new();
    for number in 0..25 {
        before.insert(app.registered("mine", &format!("p{number}@example.org")).await.0);
    }
    let (mut ids_seen, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let path = format!("/v1/events/mine/registrations?limit=10{after}");
        let page = app.send("GET", &path, Some(&owner), None).await.expect(200);
        ids_seen.extend(page["data"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()));
        cursor = page["page"]["next_cursor"].as_str().map(str::to_owned);
        pages += 1;
        if cursor.is_none() {
            break;
        }
        app.registered("mine", &format!("late{pages}@example.org")).await;
    }
    let once: HashSet<String> = ids_seen.iter().cloned().collect();
    assert!(once.len() == ids_seen.len() && once.is_superset(&before), "{} of {}", once.len(), ids_seen.len());
}
