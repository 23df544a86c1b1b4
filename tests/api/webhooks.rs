//! Webhooks on their way: to receivers that take them, and to such as do not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_delivery::{Worker, webhooks};
use plenaria_domain::ids::EndpointId;
use plenaria_domain::webhook::Reach;
use plenaria_http::keys::{MasterSecret, Secrets};
use plenaria_persistence::Store;
use plenaria_persistence::webhooks::{Outgoing, Work};
use serde_json::{Value, json};

use crate::support::partners::{TestClient, owned};
use crate::support::receiver::{Received, Receiver, Reply};
use crate::support::{Engine, TestApp, person};

const MANAGE: &str = "webhooks:manage registrations:read registrations:write";

/// Runs each on both engines, on a server that takes endpoints at private addresses.
macro_rules! with_receivers_on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::start(super::Engine::Postgres).await).await; })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::start(super::Engine::Sqlite).await).await; })+
        }
    };
}

with_receivers_on_both_engines!(
    all_is_told_signed_and_in_order,
    everybody_is_told_of_their_own,
    a_receiver_fails_stalls_redirects_and_comes_back,
    gone_is_gone_until_enabled,
    a_slow_endpoint_holds_up_nobody,
    two_workers_do_not_double,
    what_a_dead_worker_took_is_taken_over,
    a_rotation_signs_with_both,
    who_never_answers_is_disabled_and_loses_nothing,
    what_alone_is_refused_fails_alone,
    by_hand_and_the_log,
    a_queue_is_bounded,
    old_messages_go,
);

async fn start(engine: Engine) -> TestApp {
    TestApp::start_with(engine, |settings| settings.webhook_reach = Reach::Anywhere).await
}

fn secrets() -> Secrets {
    Secrets { current: MasterSecret::from_bytes([7; 32]), previous: None }
}

/// A worker that gives receivers half a second.
fn worker(app: &TestApp) -> Worker {
    worker_with(app, &app.store, Duration::from_millis(500))
}

fn worker_with(app: &TestApp, store: &Store, timeout: Duration) -> Worker {
    let settings = webhooks::Settings {
        public_url: app.base.clone(),
        seals: secrets().webhook_seals(),
        reach: Reach::Anywhere,
        clock: app.clock.clone(),
        timeout,
        poll: Duration::from_millis(50),
    };
    Worker::start(store, app.head.clone(), settings, None).expect("a worker")
}

/// An organiser with an event, a client, and an endpoint at a receiver.
struct Partner {
    client: TestClient,
    endpoint: String,
    secret: String,
    receiver: Receiver,
}

impl Partner {
    async fn new(app: &TestApp, organisation: &str, types: &[&str]) -> Self {
        let (client, receiver) = (app.add_client(organisation, MANAGE).await, Receiver::start().await);
        let token = app.token(&client).await;
        let (endpoint, secret) = app.endpoint(&token, &json!({"url": receiver.url, "types": types})).await;
        Self { client, endpoint, secret, receiver }
    }

    /// Calls something of the endpoint, with a fresh token: time may have gone on.
    async fn call(&self, app: &TestApp, method: &str, path: &str, body: Option<&Value>) -> crate::support::Answer {
        let token = app.token(&self.client).await;
        app.send(method, &format!("/v1/webhook-endpoints/{}{path}", self.endpoint), Some(&token), body).await
    }

    async fn deliveries(&self, app: &TestApp, query: &str) -> Vec<Value> {
        let page = self.call(app, "GET", &format!("/deliveries?limit=100{query}"), None).await.expect(200);
        page["data"].as_array().unwrap().clone()
    }

    /// Waits until so many of its messages stand so.
    async fn until(&self, app: &TestApp, status: &str, number: usize) -> Vec<Value> {
        for _ in 0..3_000 {
            let all = self.deliveries(app, &format!("&status={status}")).await;
            if all.len() >= number {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{number} should be {status}: {:#?}", self.deliveries(app, "").await);
    }

    /// Waits until so many of its messages were tried so often, and that is written down.
    async fn until_tried(&self, app: &TestApp, attempts: i64, number: usize) {
        for _ in 0..3_000 {
            let all = self.deliveries(app, "").await;
            if all.iter().filter(|one| one["attempts"].as_i64() >= Some(attempts)).count() >= number {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{number} should be tried {attempts} times: {:#?}", self.deliveries(app, "").await);
    }

    async fn until_disabled(&self, app: &TestApp, reason: &str) {
        for _ in 0..3_000 {
            let endpoint = self.call(app, "GET", "", None).await.expect(200);
            if endpoint["status"] == "disabled" {
                assert_eq!(endpoint["disabled_reason"], reason);
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it should be disabled");
    }
}

/// Registers so many people, and cancels every second one.
async fn some_come_some_go(app: &TestApp, event: &str, from: usize, number: usize) {
    for n in from..from + number {
        let (id, token, _) = app.registered(event, &format!("person-{n}@example.org")).await;
        if n % 2 == 1 {
            app.cancel(&id, &token).await.expect(200);
        }
    }
}

/// Each registration's changes were taken in the order of their revisions, without a gap, if doubles are left out.
fn in_order(taken: &[Received]) {
    let mut last: HashMap<String, i64> = HashMap::new();
    let mut seen = HashSet::new();
    for one in taken.iter().filter(|one| seen.insert(one.id().to_owned())) {
        let Some(registration) = one.registration() else { continue };
        let revision = one.json()["data"]["registration"]["revision"].as_i64().unwrap();
        let before = last.insert(registration.clone(), revision).unwrap_or(0);
        assert_eq!(revision, before + 1, "{registration}");
    }
}

fn different(all: &[Received]) -> usize {
    all.iter().map(Received::id).collect::<HashSet<_>>().len()
}

async fn all_is_told_signed_and_in_order(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let token = app.token(&partner.client).await;
    let latest = app.send("GET", "/v1/changes?cursor=latest", Some(&token), None).await.expect(200);
    let _worker = worker(&app);
    some_come_some_go(&app, "mine", 0, 20).await;
    let taken = partner.receiver.until_taken(30).await;
    in_order(&taken);
    let cursor = latest["page"]["next_cursor"].as_str().unwrap();
    let path = format!("/v1/changes?limit=100&cursor={cursor}");
    let feed = app.send("GET", &path, Some(&token), None).await.expect(200);
    let feed: HashMap<&str, &Value> =
        feed["data"].as_array().unwrap().iter().map(|change| (change["id"].as_str().unwrap(), change)).collect();
    assert_eq!((taken.len(), feed.len()), (30, 30));
    for one in &taken {
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
    // What was before the endpoint is none of its business, and nothing comes twice.
    assert_eq!(partner.receiver.all().len(), 30);
}

async fn everybody_is_told_of_their_own(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &["al-las"])).await;
    let partners = [
        Partner::new(&app, "metropolis", &[]).await,
        Partner::new(&app, "al-las", &["registration.cancelled"]).await,
        Partner::new(&app, "maker", &[]).await,
        Partner::new(&app, "stranger", &[]).await,
    ];
    let _worker = worker(&app);
    some_come_some_go(&app, "mine", 0, 4).await;
    let made = app.registered_by("mine", &app.token(&partners[2].client).await, &person("made@example.org")).await;
    let mut changed = owned("mine", "metropolis", &["al-las"]);
    changed["title"] = json!("Another");
    app.publish(&changed).await;
    // Everybody is told of the event, but who did not want to be.
    for (partner, number) in partners.iter().zip([8, 2, 2, 1]) {
        let taken = partner.receiver.until_taken(number).await;
        let registrations: Vec<String> = taken.iter().filter_map(Received::registration).collect();
        match number {
            8 => assert_eq!(registrations.len(), 7),
            2 if partner.endpoint == partners[1].endpoint => {
                assert!(taken.iter().all(|one| one.json()["type"] == "registration.cancelled"));
            }
            2 => assert_eq!(registrations, [made["id"].as_str().unwrap()]),
            _ => assert!(registrations.is_empty()),
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(partners.each_ref().map(|partner| partner.receiver.all().len()), [8, 2, 2, 1]);
}

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
            3 => Reply::To(there.clone()),
            4 => Reply::Status(400),
            _ => Reply::Status(202),
        }
    });
    let _worker = worker(&app);
    some_come_some_go(&app, "mine", 0, 6).await;
    // Time goes on whenever nothing is due any more.
    for _ in 0..400 {
        if different(&partner.receiver.taken()) == 9 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.clock.set(app.now() + TimeDelta::minutes(20));
    }
    let taken = partner.receiver.until_taken(9).await;
    in_order(&taken);
    assert!(taken.iter().all(|one| one.is_signed_with(&partner.secret)));
    assert!(elsewhere.all().is_empty(), "a redirect was followed");
    let delivered = partner.until(&app, "delivered", 9).await;
    assert!(delivered.iter().all(|one| one["attempts"].as_i64() >= Some(5)), "{delivered:#?}");
    let id = delivered[0]["id"].as_str().unwrap();
    let log = partner.call(&app, "GET", &format!("/deliveries/{id}"), None).await.expect(200);
    let attempts = log["log"].as_array().unwrap();
    let statuses: Vec<i64> = attempts.iter().map(|one| one["response"]["status"].as_i64().unwrap_or(0)).collect();
    assert_eq!(statuses, [500, 0, 302, 400, 202], "{log:#}");
    assert_eq!(attempts[0]["response"]["body"], "said the receiver");
    assert!(attempts[1]["error"].as_str().unwrap().contains("no answer within"));
    assert!(attempts[2]["error"].as_str().unwrap().contains("redirects"));
    assert_eq!(attempts[4]["request"]["headers"]["webhook-id"], log["webhook_id"]);
    assert_eq!((&attempts[4]["request"]["url"], &log["payload"]["type"]), (&json!(partner.receiver.url), &log["type"]));
    assert!(!log.to_string().contains("webhook-signature"));
    let endpoint = partner.call(&app, "GET", "", None).await.expect(200);
    assert_eq!(endpoint["status"], "active");
}

async fn gone_is_gone_until_enabled(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    partner.receiver.behave(|_| Reply::Status(410));
    let _worker = worker(&app);
    some_come_some_go(&app, "mine", 0, 4).await;
    partner.until_disabled(&app, "gone").await;
    some_come_some_go(&app, "mine", 10, 4).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let before = partner.receiver.all().len();
    app.clock.set(app.now() + TimeDelta::minutes(30));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(partner.receiver.all().len(), before, "nothing is sent to what is disabled");
    partner.receiver.behave(|_| Reply::Status(200));
    partner.call(&app, "PATCH", "", Some(&json!({"status": "active"}))).await.expect(200);
    let taken = partner.receiver.until_taken(12).await;
    in_order(&taken);
    assert_eq!(different(&taken), 12);
}

async fn a_slow_endpoint_holds_up_nobody(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &["al-las"])).await;
    let (slow, quick) = (Partner::new(&app, "metropolis", &[]).await, Partner::new(&app, "al-las", &[]).await);
    slow.receiver.behave(|_| Reply::Stall);
    // Longer than the test takes.
    let _worker = worker_with(&app, &app.store, Duration::from_secs(300));
    some_come_some_go(&app, "mine", 0, 40).await;
    in_order(&quick.receiver.until_taken(60).await);
    let waiting = slow.receiver.all();
    assert!((1..=8).contains(&waiting.len()) && waiting.iter().all(|one| one.answered == 0), "{}", waiting.len());
}

async fn two_workers_do_not_double(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let other = Store::open(&app.database.url()).await.unwrap();
    let patient = Duration::from_secs(60);
    let workers = [worker_with(&app, &app.store, patient), worker_with(&app, &other, patient)];
    some_come_some_go(&app, "mine", 0, 100).await;
    let taken = partner.receiver.until_taken(150).await;
    partner.until(&app, "delivered", 100).await;
    for worker in workers {
        worker.stop().await;
    }
    in_order(&taken);
    assert_eq!((partner.receiver.all().len(), different(&taken)), (150, 150));
}

async fn what_a_dead_worker_took_is_taken_over(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    some_come_some_go(&app, "mine", 0, 4).await;
    // It takes what there is, and is never heard of again.
    let dead = Outgoing::new(&app.store);
    let mut head = app.head.clone();
    head.wait_for(|position| *position >= 7).await.unwrap();
    let work = Work {
        endpoint: EndpointId::parse(&partner.endpoint).unwrap(),
        now: app.now(),
        lease_until: app.now() + TimeDelta::seconds(20),
        most: 8,
        render: Arc::new(|_| "{}".to_owned()),
    };
    let claimed = dead.work(work).await.unwrap().unwrap().claimed;
    assert_eq!(claimed.len(), 4, "one of each registration");
    let _worker = worker(&app);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(partner.receiver.all().is_empty(), "what is taken is its taker's alone");
    app.clock.set(app.now() + TimeDelta::seconds(21));
    assert_eq!(different(&partner.receiver.until_taken(6).await), 6);
}

async fn a_rotation_signs_with_both(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let _worker = worker(&app);
    let rotated = partner.call(&app, "POST", "/rotate-secret", None).await.expect(200);
    let new = rotated["secret"].as_str().unwrap();
    partner.call(&app, "POST", "/test", None).await.expect(202);
    let message = partner.receiver.until_taken(1).await.remove(0);
    assert!(message.is_signed_with(new) && message.is_signed_with(&partner.secret));
    app.clock.set(app.now() + TimeDelta::hours(24));
    partner.call(&app, "POST", "/test", None).await.expect(202);
    let message = partner.receiver.until_taken(2).await.remove(1);
    assert!(message.is_signed_with(new) && !message.is_signed_with(&partner.secret));
}

async fn who_never_answers_is_disabled_and_loses_nothing(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    partner.receiver.behave(|_| Reply::Status(503));
    let _worker = worker(&app);
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
    let taken = partner.receiver.until_taken(3).await;
    in_order(&taken);
    assert_eq!(different(&taken), 3);
}

/// A message that is refused while others are taken does not bring the endpoint down, nor hold up what follows for ever.
async fn what_alone_is_refused_fails_alone(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let worker = worker(&app);
    let (id, token, _) = app.registered("mine", "ana@example.org").await;
    let poison = partner.receiver.until_taken(1).await.remove(0);
    app.cancel(&id, &token).await.expect(200);
    partner.receiver.until_taken(2).await;
    let bad = poison.id().to_owned();
    partner.receiver.behave(move |one| Reply::Status(if one.id() == bad { 500 } else { 200 }));
    let delivery = partner.deliveries(&app, "").await.into_iter().find(|one| one["webhook_id"] == poison.id()).unwrap();
    let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    partner.call(&app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    for tries in 1..=10 {
        // It was taken once before.
        partner.until_tried(&app, tries + 1, 1).await;
        // Something else is taken meanwhile.
        partner.call(&app, "POST", "/test", None).await.expect(202);
        partner.receiver.until_taken(usize::try_from(2 + tries).unwrap()).await;
        app.clock.set(app.now() + TimeDelta::hours(27));
    }
    let failed = partner.until(&app, "failed", 1).await;
    assert_eq!((&failed[0]["webhook_id"], &failed[0]["next_attempt_at"]), (&json!(poison.id()), &Value::Null));
    assert_eq!(partner.call(&app, "GET", "", None).await.expect(200)["status"], "active");
    partner.receiver.behave(|_| Reply::Status(200));
    partner.call(&app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    partner
        .receiver
        .until("it is taken at last", |all| {
            all.iter().rev().any(|one| one.id() == poison.id() && one.was_taken() && one.answered == 200)
        })
        .await;
    worker.stop().await;
}

async fn by_hand_and_the_log(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let queued = partner.call(&app, "POST", "/test", None).await.expect(202);
    assert_eq!(
        (&queued["status"], &queued["attempts"], &queued["type"]),
        (&json!("pending"), &json!(0), &json!("webhook.test"))
    );
    let _worker = worker(&app);
    let message = partner.receiver.until_taken(1).await.remove(0);
    assert_eq!(
        (message.id(), &message.json()["data"]["endpoint"]["id"]),
        (queued["webhook_id"].as_str().unwrap(), &json!(partner.endpoint))
    );
    partner.until(&app, "delivered", 1).await;
    let path = format!("/deliveries/{}", queued["id"].as_str().unwrap());
    let again = partner.call(&app, "POST", &format!("{path}/redeliver"), None).await.expect(202);
    assert_eq!((&again["status"], &again["webhook_id"]), (&json!("pending"), &queued["webhook_id"]));
    let both = partner.receiver.until_taken(2).await;
    assert_eq!((both[0].id(), &both[0].body), (both[1].id(), &both[1].body));
    partner.until(&app, "delivered", 1).await;
    let log = partner.call(&app, "GET", &path, None).await.expect(200);
    assert_eq!((log["log"].as_array().unwrap().len(), &log["attempts"]), (2, &json!(2)), "{log:#}");
    // The list, page by page, newest first.
    for _ in 0..4 {
        app.clock.set(app.now() + TimeDelta::seconds(1));
        partner.call(&app, "POST", "/test", None).await.expect(202);
    }
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let page = partner.call(&app, "GET", &format!("/deliveries?limit=2{query}"), None).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|one| one["created_at"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["page"]["next_cursor"].as_str() else { break };
        query = format!("&cursor={cursor}");
    }
    assert!(seen.len() == 5 && seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    partner.call(&app, "GET", "/deliveries?status=lost", None).await.expect_problem(400, "invalid-parameter");
}

/// Of what waits only so much is handed out; the rest stays in the feed.
async fn a_queue_is_bounded(app: TestApp) {
    app.publish(&owned("mine", "metropolis", &[])).await;
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let outgoing = Outgoing::new(&app.store);
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
        let work = Work { endpoint, now, lease_until: now, most: 0, render };
        outgoing.work(work).await.unwrap().unwrap();
    }
    let glance = outgoing.glance().await.unwrap().remove(0);
    assert!(!glance.is_behind() && glance.due.is_some(), "{glance:?}");
    let _worker = worker(&app);
    let taken = partner.receiver.until("all are sent", |all| different(all) == 1_200).await;
    assert_eq!(taken.len(), 1_200);
}

async fn old_messages_go(app: TestApp) {
    let partner = Partner::new(&app, "metropolis", &[]).await;
    let worker = worker(&app);
    partner.call(&app, "POST", "/test", None).await.expect(202);
    partner.until(&app, "delivered", 1).await;
    worker.stop().await;
    app.clock.set(app.now() + TimeDelta::days(40));
    partner.call(&app, "POST", "/test", None).await.expect(202);
    assert_eq!(app.store.remove_old_deliveries(app.now() - TimeDelta::days(35)).await.unwrap(), 1);
    app.clock.set(app.now() + TimeDelta::days(40));
    assert_eq!(app.store.remove_old_deliveries(app.now() - TimeDelta::days(35)).await.unwrap(), 0, "what waits, stays");
    assert_eq!(partner.deliveries(&app, "").await.len(), 1);
}
