//! Deliveries of webhooks to receivers that accept them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_delivery::webhooks::config::WebhookConfig;
use plenaria_domain::values::ids::{EndpointId, RegistrationId};
use plenaria_http::auth::keys::{SecretKey, SecretKeys};
use plenaria_persistence::webhooks::{ClaimRequest, DeliveryQueue};
use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::person;
use crate::support::webhooks::receiver::{Received, Reply};
use crate::support::webhooks::worker::{Partner, config, different, in_order, some_come_some_go, worker, worker_with};

crate::with_receivers_on_both_engines!(
    deliveries_are_complete_signed_and_ordered,
    organisations_receive_only_their_changes,
    a_slow_endpoint_does_not_block_others,
    two_workers_deliver_once,
    a_rotation_signs_with_both,
    manual_deliveries_and_the_attempt_log,
    a_queue_is_bounded,
    old_deliveries_are_removed,
    erased_registrations_leave_no_payload,
    the_master_secret_may_be_rotated,
);

/// Settings with a timeout longer than a test takes.
fn with_long_timeout(app: &TestApp) -> WebhookConfig {
    WebhookConfig { timeout: Duration::from_mins(5), ..config(app) }
}

async fn deliveries_are_complete_signed_and_ordered(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let token = app.token(&partner.client).await;
    let latest = app.send("GET", "/v1/changes?cursor=latest", Some(&token), None).await.expect(200);
    let _worker = worker(&app).await;
    some_come_some_go(&app, "mine", 0, 20).await;
    let accepted = partner.receiver.wait_until_accepted(30).await;
    in_order(&accepted);
    let cursor = latest["page"]["next_cursor"].as_str().unwrap();
    let path = format!("/v1/changes?limit=100&cursor={cursor}");
    let feed = app.send("GET", &path, Some(&token), None).await.expect(200);
    let feed: HashMap<&str, &Value> =
        feed["data"].as_array().unwrap().iter().map(|change| (change["id"].as_str().unwrap(), change)).collect();
    assert_eq!((accepted.len(), feed.len()), (30, 30));
    for one in &accepted {
        let (change, message) = (feed[one.id()], one.json());
        assert_eq!(
            message,
            json!({"type": change["type"], "timestamp": change["occurred_at"], "data": change["data"]})
        );
        assert!(one.is_signed_with(&partner.secret) && !one.body.contains("example.org"), "{}", one.body);
        assert_eq!(one.headers["content-type"], "application/json");
        assert!(one.headers["user-agent"].starts_with("Plenaria"));
        assert_eq!(one.headers["webhook-timestamp"], app.now().timestamp().to_string());
    }
    partner.until(&app, "delivered", 30).await;
    // Changes from before the endpoint's creation are not delivered, and no delivery is repeated.
    assert_eq!(partner.receiver.all().len(), 30);
}

async fn organisations_receive_only_their_changes(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &["al-las"])).await;
    let partners = [
        Partner::new(&app, "metropolis", &[]).await,
        Partner::new(&app, "al-las", &["registration.cancelled"]).await,
        Partner::new(&app, "maker", &[]).await,
        Partner::new(&app, "stranger", &[]).await,
    ];
    let _worker = worker(&app).await;
    some_come_some_go(&app, "mine", 0, 4).await;
    let created = app.registered_by("mine", &app.token(&partners[2].client).await, &person("made@example.org")).await;
    let mut changed = owned("mine", "metropolis", &["al-las"]);
    changed["title"] = json!("Another");
    app.publish(&changed).await;
    // All partners receive the event's change, except the one that did not subscribe to it.
    for (partner, number) in partners.iter().zip([8, 2, 2, 1]) {
        let accepted = partner.receiver.wait_until_accepted(number).await;
        let registrations: Vec<String> = accepted.iter().filter_map(Received::registration).collect();
        match number {
            8 => assert_eq!(registrations.len(), 7),
            2 if partner.endpoint == partners[1].endpoint => {
                assert!(accepted.iter().all(|one| one.json()["type"] == "registration.cancelled"));
            }
            2 => assert_eq!(registrations, [created["id"].as_str().unwrap()]),
            _ => assert!(registrations.is_empty()),
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(partners.each_ref().map(|partner| partner.receiver.all().len()), [8, 2, 2, 1]);
}

async fn a_slow_endpoint_does_not_block_others(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &["al-las"])).await;
    let (slow, quick) = (Partner::new(&app, "metropolis", &[]).await, Partner::new(&app, "al-las", &[]).await);
    slow.receiver.behave(|_| Reply::Stall);
    let _worker = worker_with(&app, with_long_timeout(&app)).await;
    some_come_some_go(&app, "mine", 0, 40).await;
    in_order(&quick.receiver.wait_until_accepted(60).await);
    let waiting = slow.receiver.all();
    assert!((1..=8).contains(&waiting.len()) && waiting.iter().all(|one| one.status == 0), "{}", waiting.len());
}

async fn two_workers_deliver_once(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let workers = [worker_with(&app, with_long_timeout(&app)).await, worker_with(&app, with_long_timeout(&app)).await];
    some_come_some_go(&app, "mine", 0, 100).await;
    let accepted = partner.receiver.wait_until_accepted(150).await;
    partner.until(&app, "delivered", 100).await;
    for worker in workers {
        worker.stop().await;
    }
    in_order(&accepted);
    assert_eq!((partner.receiver.all().len(), different(&accepted)), (150, 150));
}

async fn a_rotation_signs_with_both(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let _worker = worker(&app).await;
    let rotated = partner.call(&app, "POST", "/rotate-secret", None).await.expect(200);
    let new = rotated["secret"].as_str().unwrap();
    partner.call(&app, "POST", "/test", None).await.expect(202);
    let message = partner.receiver.wait_until_accepted(1).await.remove(0);
    assert!(message.is_signed_with(new) && message.is_signed_with(&partner.secret));
    app.clock.set(app.now() + TimeDelta::hours(24));
    partner.call(&app, "POST", "/test", None).await.expect(202);
    let message = partner.receiver.wait_until_accepted(2).await.remove(1);
    assert!(message.is_signed_with(new) && !message.is_signed_with(&partner.secret));
}

async fn manual_deliveries_and_the_attempt_log(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let queued = partner.call(&app, "POST", "/test", None).await.expect(202);
    assert_eq!(
        (&queued["status"], &queued["attempts"], &queued["type"]),
        (&json!("pending"), &json!(0), &json!("webhook.test"))
    );
    let _worker = worker(&app).await;
    let message = partner.receiver.wait_until_accepted(1).await.remove(0);
    assert_eq!(
        (message.id(), &message.json()["data"]["endpoint"]["id"]),
        (queued["webhook_id"].as_str().unwrap(), &json!(partner.endpoint))
    );
    partner.until(&app, "delivered", 1).await;
    let path = format!("/deliveries/{}", queued["id"].as_str().unwrap());
    let again = partner.call(&app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    assert_eq!((&again["status"], &again["webhook_id"]), (&json!("pending"), &queued["webhook_id"]));
    let both = partner.receiver.wait_until_accepted(2).await;
    assert_eq!((both[0].id(), &both[0].body), (both[1].id(), &both[1].body));
    partner.until(&app, "delivered", 1).await;
    let log = partner.call(&app, "GET", &path, None).await.expect(200);
    assert_eq!((log["log"].as_array().unwrap().len(), &log["attempts"]), (2, &json!(2)), "{log:#}");
    // The list is paginated, newest first.
    for _ in 0..4 {
        app.clock.set(app.now() + TimeDelta::seconds(1));
        partner.call(&app, "POST", "/test", None).await.expect(202);
    }
    let (mut listed, mut query) = (Vec::new(), String::new());
    loop {
        let page = partner.call(&app, "GET", &format!("/deliveries?limit=2{query}"), None).await.expect(200);
        listed
            .extend(page["data"].as_array().unwrap().iter().map(|one| one["created_at"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["page"]["next_cursor"].as_str() else { break };
        query = format!("&cursor={cursor}");
    }
    assert!(listed.len() == 5 && listed.is_sorted_by(|a, b| a > b), "{listed:?}");
    partner.call(&app, "GET", "/deliveries?status=lost", None).await.expect_problem(400, "invalid-parameter");
}

/// The number of queued deliveries per endpoint is bounded; the rest stays in the feed.
async fn a_queue_is_bounded(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let outgoing = DeliveryQueue::new(&app.store);
    let token = app.token(&partner.client).await;
    for n in 0..3 {
        let items: Vec<Value> = (0..400).map(|m| person(&format!("p{n}-{m}@example.org"))).collect();
        let path = "/v1/events/mine/registrations/batch";
        app.send("POST", path, Some(&token), Some(&json!({"items": items}))).await.expect(200);
    }
    let mut head = app.head.clone();
    head.wait_for(|position| *position > 1_200).await.unwrap();
    let endpoint = EndpointId::parse(&partner.endpoint).unwrap();
    for _ in 0..10 {
        let (now, render) = (app.now(), Arc::new(|_: &_| "{}".to_owned()));
        let work = ClaimRequest { endpoint, now, lease_until: now, max_in_flight: 0, render };
        outgoing.claim(work).await.unwrap().unwrap();
    }
    let status = outgoing.backlogs().await.unwrap().remove(0);
    assert!(!status.is_behind() && status.due.is_some(), "{status:?}");
    let _worker = worker(&app).await;
    let accepted = partner.receiver.wait_until("all are sent", |all| different(all) == 1_200).await;
    assert_eq!(accepted.len(), 1_200);
}

async fn old_deliveries_are_removed(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let worker = worker(&app).await;
    partner.call(&app, "POST", "/test", None).await.expect(202);
    partner.until(&app, "delivered", 1).await;
    worker.stop().await;
    app.clock.set(app.now() + TimeDelta::days(40));
    partner.call(&app, "POST", "/test", None).await.expect(202);
    assert_eq!(app.store.remove_old_deliveries(app.now() - TimeDelta::days(35)).await.unwrap(), 1);
    app.clock.set(app.now() + TimeDelta::days(40));
    assert_eq!(
        app.store.remove_old_deliveries(app.now() - TimeDelta::days(35)).await.unwrap(),
        0,
        "pending deliveries stay"
    );
    assert_eq!(partner.deliveries(&app, "").await.len(), 1);
}

async fn erased_registrations_leave_no_payload(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let token = app.token(&partner.client).await;
    let mut body = person("ana@example.org");
    body["external_reference"] = json!("crm-4711");
    let first = worker(&app).await;
    let created = app.registered_by("mine", &token, &body).await;
    let path = format!("/v1/registrations/{}", created["id"].as_str().unwrap());
    assert!(partner.receiver.wait_until_accepted(1).await[0].body.contains("crm-4711"));
    partner.until(&app, "delivered", 1).await;
    partner.receiver.behave(|_| Reply::Status(500));
    app.send("POST", &format!("{path}/cancel"), Some(&token), None).await.expect(200);
    partner.until_tried(&app, 1, 2).await;
    first.stop().await;
    app.send("DELETE", &path, Some(&token), None).await.expect(204);
    let left = partner.deliveries(&app, "").await;
    assert_eq!((left.len(), &left[0]["type"]), (1, &json!("registration.cancelled")));
    partner.receiver.behave(|_| Reply::Status(200));
    app.clock.set(app.now() + TimeDelta::minutes(1));
    let _worker = worker(&app).await;
    let message = partner.receiver.wait_until_accepted(2).await.remove(1);
    assert_eq!(
        (message.json()["data"]["registration"]["external_reference"].clone(), message.registration().as_deref()),
        (Value::Null, created["id"].as_str())
    );
    assert!(message.is_signed_with(&partner.secret));
}

/// A worker with the new and the old secret key reseals the secrets; then the old key is no longer needed.
async fn the_master_secret_may_be_rotated(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    partner.call(&app, "POST", "/rotate-secret", None).await.expect(200);
    let new = || SecretKey::from_bytes([8; 32]);
    let both = SecretKeys { current: new(), previous: Some(SecretKey::from_bytes([7; 32])) };
    for (accepted, secrets) in [(1, both), (2, SecretKeys { current: new(), previous: None })] {
        let settings = WebhookConfig { keys: secrets.webhook_keys(), ..config(&app) };
        let worker = worker_with(&app, settings).await;
        partner.call(&app, "POST", "/test", None).await.expect(202);
        let message = partner.receiver.wait_until_accepted(accepted).await.remove(accepted - 1);
        assert!(message.is_signed_with(&partner.secret), "the secret from before the rotation signs too");
        worker.stop().await;
    }
}
