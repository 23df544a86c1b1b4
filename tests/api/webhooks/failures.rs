//! Deliveries of webhooks to failing receivers, and by workers that die.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_domain::values::ids::EndpointId;
use plenaria_persistence::webhooks::{ClaimRequest, DeliveryQueue};
use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::webhooks::receiver::{Receiver, Reply};
use crate::support::webhooks::worker::{Partner, different, in_order, some_come_some_go, worker};

crate::with_receivers_on_both_engines!(
    a_receiver_fails_stalls_redirects_and_comes_back,
    status_410_disables_until_enabled,
    claims_of_a_dead_worker_are_taken_over,
    failing_endpoints_are_disabled_and_lose_nothing,
    a_single_rejected_delivery_fails_alone,
);

async fn a_receiver_fails_stalls_redirects_and_comes_back(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let elsewhere = Receiver::start().await;
    let tries: Arc<std::sync::Mutex<HashMap<String, usize>>> = Arc::default();
    let (counted, there) = (Arc::clone(&tries), elsewhere.url.clone());
    partner.receiver.behave(move |received| {
        let mut tries = counted.lock().unwrap();
        let tried = tries.entry(received.id().to_owned()).or_default();
        *tried += 1;
        match *tried {
            1 => Reply::Status(500),
            2 => Reply::Stall,
            3 => Reply::Redirect(there.clone()),
            4 => Reply::Status(400),
            _ => Reply::Status(202),
        }
    });
    let _worker = worker(&app).await;
    some_come_some_go(&app, "mine", 0, 6).await;
    // The clock moves on until all deliveries have been accepted, and on a busy machine not beyond their last attempts.
    for _ in 0..400 {
        if different(&partner.receiver.accepted()) == 9 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.clock.set(app.now() + TimeDelta::minutes(5));
    }
    let accepted = partner.receiver.wait_until_accepted(9).await;
    in_order(&accepted);
    assert!(accepted.iter().all(|one| one.is_signed_with(&partner.secret)));
    assert!(elsewhere.all().is_empty(), "a redirect was followed");
    // The clock jumps, so an attempt may be recorded after a later one that was accepted.
    partner.until_tried(&app, 5, 9).await;
    let delivered = partner.until(&app, "delivered", 9).await;
    let id = delivered[0]["id"].as_str().unwrap();
    let log = partner.call(&app, "GET", &format!("/deliveries/{id}"), None).await.expect(200);
    let attempts = log["log"].as_array().unwrap();
    let statuses: Vec<i64> = attempts.iter().map(|one| one["response"]["status"].as_i64().unwrap_or(0)).collect();
    assert_eq!(statuses, [500, 0, 302, 400, 202], "{log:#}");
    assert_eq!(attempts[0]["response"]["body"], "said the receiver");
    assert!(attempts[1]["error"].as_str().unwrap().contains("no response within"));
    assert!(attempts[2]["error"].as_str().unwrap().contains("redirects"));
    assert_eq!(attempts[4]["request"]["header_fields"]["webhook-id"], log["webhook_id"]);
    assert_eq!((&attempts[4]["request"]["url"], &log["payload"]["type"]), (&json!(partner.receiver.url), &log["type"]));
    assert!(!log.to_string().contains("webhook-signature"));
    let endpoint = partner.call(&app, "GET", "", None).await.expect(200);
    assert_eq!(endpoint["status"], "active");
}

async fn status_410_disables_until_enabled(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    partner.receiver.behave(|_| Reply::Status(410));
    let _worker = worker(&app).await;
    some_come_some_go(&app, "mine", 0, 4).await;
    partner.until_disabled(&app, "gone").await;
    some_come_some_go(&app, "mine", 10, 4).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let before = partner.receiver.all().len();
    app.clock.set(app.now() + TimeDelta::minutes(30));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(partner.receiver.all().len(), before, "nothing is sent to a disabled endpoint");
    partner.receiver.behave(|_| Reply::Status(200));
    partner.call(&app, "PATCH", "", Some(&json!({"status": "active"}))).await.expect(200);
    let accepted = partner.receiver.wait_until_accepted(12).await;
    in_order(&accepted);
    assert_eq!(different(&accepted), 12);
}

async fn claims_of_a_dead_worker_are_taken_over(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    some_come_some_go(&app, "mine", 0, 4).await;
    // This worker claims deliveries and then dies.
    let dead = DeliveryQueue::new(&app.store);
    let mut head = app.head.clone();
    head.wait_for(|position| *position >= 7).await.unwrap();
    let work = ClaimRequest {
        endpoint: EndpointId::parse(&partner.endpoint).unwrap(),
        now: app.now(),
        lease_until: app.now() + TimeDelta::seconds(20),
        max_in_flight: 8,
        render: Arc::new(|_| "{}".to_owned()),
    };
    let claimed = dead.claim(work).await.unwrap().unwrap().claimed;
    assert_eq!(claimed.len(), 4, "one delivery per registration");
    let _worker = worker(&app).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(partner.receiver.all().is_empty(), "claimed deliveries are not sent by other workers");
    app.clock.set(app.now() + TimeDelta::seconds(21));
    assert_eq!(different(&partner.receiver.wait_until_accepted(6).await), 6);
}

async fn failing_endpoints_are_disabled_and_lose_nothing(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    partner.receiver.behave(|_| Reply::Status(503));
    let _worker = worker(&app).await;
    some_come_some_go(&app, "mine", 0, 2).await;
    for tries in 1..=10 {
        partner.until_tried(&app, tries, 2).await;
        if tries < 10 {
            app.clock.set(app.now() + TimeDelta::hours(27));
        }
    }
    partner.until_disabled(&app, "failing").await;
    assert_eq!(partner.receiver.all().len(), 20);
    partner.receiver.behave(|_| Reply::Status(200));
    partner.call(&app, "PATCH", "", Some(&json!({"status": "active"}))).await.expect(200);
    let accepted = partner.receiver.wait_until_accepted(3).await;
    in_order(&accepted);
    assert_eq!(different(&accepted), 3);
}

/// A delivery that is always rejected while others are accepted does not disable the endpoint or block later deliveries
/// forever.
async fn a_single_rejected_delivery_fails_alone(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let worker = worker(&app).await;
    let (id, token, _) = app.registered("mine", "ana@example.org").await;
    let rejected = partner.receiver.wait_until_accepted(1).await.remove(0);
    app.cancel(&id, &token).await.expect(200);
    partner.receiver.wait_until_accepted(2).await;
    let bad = rejected.id().to_owned();
    partner.receiver.behave(move |one| Reply::Status(if one.id() == bad { 500 } else { 200 }));
    let delivery =
        partner.deliveries(&app, "").await.into_iter().find(|one| one["webhook_id"] == rejected.id()).unwrap();
    let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    partner.call(&app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    for tries in 1..=10 {
        // It was accepted once before.
        partner.until_tried(&app, tries + 1, 1).await;
        // Another delivery is accepted meanwhile.
        partner.call(&app, "POST", "/test", None).await.expect(202);
        partner.receiver.wait_until_accepted(2 + tries).await;
        app.clock.set(app.now() + TimeDelta::hours(27));
    }
    let failed = partner.until(&app, "failed", 1).await;
    assert_eq!((&failed[0]["webhook_id"], &failed[0]["next_attempt_at"]), (&json!(rejected.id()), &Value::Null));
    assert_eq!(partner.call(&app, "GET", "", None).await.expect(200)["status"], "active");
    partner.receiver.behave(|_| Reply::Status(200));
    partner.call(&app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    partner
        .receiver
        .wait_until("it is accepted in the end", |all| {
            all.iter().rev().any(|one| one.id() == rejected.id() && one.was_accepted() && one.status == 200)
        })
        .await;
    worker.stop().await;
}
