//! Runs everything that the program does: every operation of the specification, the filters and pages of its lists,
//! background tasks, and commands. Migrations, which run once, and the doctor, which reads whole tables on purpose, are left
//! out.

use std::time::Duration;

use chrono::TimeDelta;
use plenaria_delivery::mail::config::Destination;
use plenaria_delivery::mail::transport::smtp_server::MailServer as MailAddress;
use plenaria_domain::event::definition::Definition;
use plenaria_http::auth::keys::{SecretKey, SecretKeys};
use plenaria_persistence::Store;
use plenaria_persistence::events::publish::outcome::PublishMode;
use plenaria_persistence::webhooks::DeliveryQueue;
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::http::calls::Call;
use crate::support::mail::smtp_server::MailServer;
use crate::support::mail::worker as mail_worker;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{WEBINAR, definition, person, webinar};
use crate::support::webhooks::worker::{Partner, some_come_some_go};

const EVERYTHING: &str = "registrations:read registrations:write webhooks:manage audit:read";

pub async fn everything(app: &TestApp) {
    let mails = MailServer::start().await;
    let worker = mail_worker::worker(app, Destination::Smtp(MailAddress::new(&mails.url()).unwrap())).await;
    // The mail worker delivers webhooks too, to the partner's receiver.
    let partner = Partner::new(app, "metropolis", &["registration.created", "event.updated"]).await;
    let mut event = webinar();
    (event["owner"], event["co_organisers"]) = (json!("metropolis"), json!(["al-las"]));
    app.publish(&event).await;
    every_operation(app).await;
    waitlists(app).await;
    let token = app.token_of("metropolis", EVERYTHING).await;
    lists(app, &token).await;
    keys_and_batches(app, &token).await;
    changed_definitions(app).await;
    partner.until(app, "delivered", 1).await;
    deliveries(app, &partner).await;
    mails.wait_for(3).await;
    app.all_told().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    scheduled_tasks(app, &partner).await;
    let before = mails.received().len();
    // Every table keeps a row.
    let request = app.client.post(format!("{}/v1/events/soon/registrations", app.base));
    let request = request.header("idempotency-key", "the-last").json(&person("the-last@example.org"));
    assert_eq!(request.send().await.unwrap().status(), 201);
    mails.wait_for(before + 1).await;
    worker.stop().await;
    commands(app).await;
}

async fn every_operation(app: &TestApp) {
    for call in Call::all(app).await {
        let response = call.send(app).await;
        assert!((200..300).contains(&response.status), "{call}: {}", response.body);
        // Repeated, and with an idempotency key, which takes other code paths.
        if call.accepts_header("Idempotency-Key") {
            let call = Call { header: Some(("idempotency-key", "a-key")), ..call };
            call.send(app).await;
            call.send(app).await;
        }
    }
}

/// People are put on the waiting list, leave it, and are promoted when seats become free or are added.
async fn waitlists(app: &TestApp) {
    app.publish(&owned("queue", "metropolis", &[])).await;
    let mut small = owned("queue", "metropolis", &[]);
    small["registration"]["capacity"] = json!(2);
    app.publish(&small).await;
    some_come_some_go(app, "queue", 0, 12).await;
    let (first, token, _) = app.registered("queue", "stays@example.org").await;
    app.read(&first, &token).await.expect(200);
    let path = format!("/v1/registrations/{first}");
    app.send("DELETE", &path, Some(&token), None).await.expect(204);
    small["registration"]["capacity"] = json!(4);
    app.publish(&small).await;
    // The desk checks for duplicates in advance only after it has seen one.
    for _ in 0..2 {
        app.register("queue", &person("person-0@example.org")).await.expect(409);
    }
    app.registered("queue", "last@example.org").await;
    // The seats of streams are read once a second.
    let stream = app.client.get(format!("{}/v1/events/queue/availability/stream", app.base)).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop(stream);
}

/// Each list with each of its filters, and its second page.
async fn lists(app: &TestApp, token: &str) {
    let registrations = format!("/v1/events/{WEBINAR}/registrations");
    let other = app.token_of("al-las", EVERYTHING).await;
    let stranger = app.token_of("stranger", EVERYTHING).await;
    for query in [
        "",
        "&status=confirmed",
        "&status=waitlisted",
        "&status=cancelled",
        "&status=pending",
        "&email=ana@example.org",
        "&external_reference=reference-1",
        "&updated_since=2026-11-23T09:00:00Z",
        "&status=confirmed&email=ana@example.org&external_reference=a&updated_since=2026-11-23T09:00:00Z",
    ] {
        for path in [&registrations, "/v1/events/queue/registrations"] {
            for token in [token, &other, &stranger] {
                two_pages(app, &format!("{path}?limit=1{query}"), Some(token)).await;
            }
        }
        app.send("GET", &format!("{registrations}/export?format=csv{query}"), Some(token), None).await;
    }
    let about = "&registration=019a0000-0000-7000-8000-000000000000";
    for query in ["", "&status=queued", "&status=sent", "&status=refused", about] {
        for token in [token, &other, &stranger] {
            two_pages(app, &format!("/v1/events/queue/messages?limit=1{query}"), Some(token)).await;
        }
    }
    for path in [
        "/v1/events?limit=1",
        "/v1/events?limit=1&order=-starts_at",
        "/v1/events?limit=1&phase=upcoming",
        "/v1/events?limit=1&phase=live",
        "/v1/events?limit=1&phase=ended",
        "/v1/events?limit=1&series=internationalisation-and-metropolitan-spaces",
        "/v1/events?limit=1&language=en",
        "/v1/events?limit=1&topic=growth",
        "/v1/events?limit=1&q=metropolitan%20spaces",
        "/v1/speakers?limit=1",
        "/v1/speakers/elham-fakhari",
    ] {
        two_pages(app, path, None).await;
    }
    for query in
        ["", "&types=registration.created", "&types=registration.created,event.published", "&wait=1", "&cursor=latest"]
    {
        for token in [token, &stranger] {
            two_pages(app, &format!("/v1/changes?limit=1{query}"), Some(token)).await;
        }
    }
    let about = format!("&event={WEBINAR}");
    let client = "&actor=019a0000-0000-7000-8000-000000000000";
    let both = format!("{about}&action=registrations.listed");
    for query in
        ["", &about, "&action=registrations.listed", "&actor=client", client, &both, "&since=2026-11-23T09:00:00Z"]
    {
        for token in [token, &other, &stranger] {
            two_pages(app, &format!("/v1/audit?limit=1{query}"), Some(token)).await;
        }
    }
    two_pages(app, "/v1/webhook-endpoints?limit=1", Some(token)).await;
}

/// Requests a page and the next one, if there is one.
async fn two_pages(app: &TestApp, path: &str, token: Option<&str>) {
    let response = app.send("GET", path, token, None).await;
    // Lists of another organisation's event may be 404.
    if response.status == 404 {
        return;
    }
    let page = response.expect(200);
    let Some(cursor) = page["page"]["next_cursor"].as_str() else { return };
    let (path, query) = path.split_once('?').unwrap();
    let query: Vec<&str> =
        query.split('&').filter(|part| !part.starts_with("cursor=") && !part.starts_with("wait=")).collect();
    app.send("GET", &format!("{path}?{}&cursor={cursor}", query.join("&")), token, None).await.expect(200);
}

/// Batches with external references, concurrent registrations, and repeated requests.
async fn keys_and_batches(app: &TestApp, token: &str) {
    let path = format!("/v1/events/{WEBINAR}/registrations/batch");
    let items: Vec<Value> = (0..20)
        .map(|n| {
            let mut item = person(&format!("item-{n}@example.org"));
            item["external_reference"] = json!(format!("reference-{n}"));
            item
        })
        .collect();
    for atomic in [true, false, false, true] {
        app.send("POST", &path, Some(token), Some(&json!({"items": items, "atomic": atomic}))).await;
    }
    let mut bodies: Vec<_> = (0..40).map(|n| person(&format!("crowd-{n}@example.org"))).collect();
    bodies.push(person("crowd-1@example.org"));
    let crowd = bodies.iter().enumerate().map(|(n, body)| {
        let event = if n % 2 == 0 { WEBINAR } else { "queue" };
        let request = app.client.post(format!("{}/v1/events/{event}/registrations", app.base));
        request.header("idempotency-key", format!("crowd-{n}")).json(body).send()
    });
    for response in futures_util::future::join_all(crowd).await {
        assert!([201, 409].contains(&response.unwrap().status().as_u16()));
    }
}

/// Publishes changed definitions: sessions, speakers and topics change, a dry run, and an event that is cancelled, reinstated,
/// withdrawn and cancelled.
async fn changed_definitions(app: &TestApp) {
    let mut event = webinar();
    event["owner"] = json!("metropolis");
    event["topics"] = json!(["Growth"]);
    event["starts"] = json!("07-23T15:00");
    event["speakers"][0]["position"] = json!("Mayor");
    event["programme"]["sessions"].as_array_mut().unwrap().remove(3);
    let read = Definition::parse(&event, app.now()).unwrap();
    app.store.publish(&[read], app.now(), PublishMode::DryRun).await.unwrap();
    app.publish(&event).await;
    app.get(&format!("/v1/events/{WEBINAR}/programme")).await.expect(200);
    let mut event_to_cancel = owned("queue", "metropolis", &[]);
    for status in ["cancelled", "published", "draft", "cancelled"] {
        event_to_cancel["status"] = json!(status);
        app.publish(&event_to_cancel).await;
    }
}

async fn deliveries(app: &TestApp, partner: &Partner) {
    for query in ["", "&status=delivered", "&status=pending", "&status=failed"] {
        let token = app.token(&partner.client).await;
        two_pages(app, &format!("/v1/webhook-endpoints/{}/deliveries?limit=1{query}", partner.endpoint), Some(&token))
            .await;
    }
    let delivered = partner.deliveries(app, "&status=delivered").await;
    let path = format!("/deliveries/{}", delivered[0]["id"].as_str().unwrap());
    partner.call(app, "GET", &path, None).await.expect(200);
    partner.call(app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    partner.call(app, "POST", "/rotate-secret", None).await.expect(200);
}

/// Runs the background tasks that depend on time.
async fn scheduled_tasks(app: &TestApp, partner: &Partner) {
    let store = &app.store;
    store.backlog().await.unwrap();
    let mut over = definition("over", None, false);
    (over["starts"], over["follow_up"]) = (json!("2026-11-24T08:00"), json!({"hours_after": 0}));
    app.publish(&over).await;
    app.registered("over", "over@example.org").await;
    app.publish(&definition("soon", Some(10), false)).await;
    app.registered("soon", "soon@example.org").await;
    app.publish_confirming(&definition("never", Some(10), false)).await;
    app.register("never", &person("never@example.org")).await.expect(202);
    // Reminders are due at whole minutes before the start. The other event is over by then.
    app.set_time("2026-11-24T09:00:30Z");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let now = app.now() + TimeDelta::days(400);
    // Each task is run while rows remain that it acts on.
    store.remove_unconfirmed(now).await.unwrap();
    store.anonymise_expired(Some(TimeDelta::days(30)), now).await.unwrap();
    store.remove_expired_idempotency_records(app.now()).await.unwrap();
    store.remove_old_changes(app.now() - TimeDelta::days(300)).await.unwrap();
    store.remove_old_audit_entries(app.now() - TimeDelta::days(300)).await.unwrap();
    store.remove_old_revisions(app.now() - TimeDelta::days(300)).await.unwrap();
    store.remove_old_deliveries(app.now() - TimeDelta::days(300)).await.unwrap();
    plenaria_persistence::mail::MailQueue::new(store).remove_old(app.now() - TimeDelta::days(300)).await.unwrap();
    store.checkpoint_wal().await.unwrap();
    partner.call(app, "GET", "", None).await.expect(200);
}

/// Operators' commands.
async fn commands(app: &TestApp) {
    // The queries of a program's start.
    let store = Store::open(&app.database.url()).await.unwrap();
    store.pending_migrations().await.unwrap();
    store.has_events().await.unwrap();
    store.ping().await.unwrap();
    let client = app.add_client("others", EVERYTHING).await;
    store.clients().await.unwrap();
    store.record_client_use(client.id, app.now()).await.unwrap();
    store.disable_client(client.id, app.now()).await.unwrap();
    let new = SecretKey::from_bytes([8; 32]);
    let seals = SecretKeys { current: new, previous: Some(SecretKey::from_bytes([7; 32])) }.webhook_keys();
    DeliveryQueue::new(&store).reseal_secrets(&seals, || [1; 24]).await.unwrap();
    store.close().await;
}
