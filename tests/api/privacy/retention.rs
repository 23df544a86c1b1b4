//! Personal data is erased when an event's retention period is over.

use futures_util::future::join_all;
use plenaria_persistence::Store;
use serde_json::{Value, json};

use crate::support::database::search::places_with;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;
use crate::support::server::seats::assert_seat_counts;

crate::on_both_engines!(
    personal_data_is_removed,
    definitions_override_the_default_retention,
    each_registration_is_erased_once,
    the_server_erases_at_its_start
);

const DAY: chrono::TimeDelta = chrono::TimeDelta::days(1);

fn zebedee(number: usize) -> Value {
    json!({
        "email": format!("zebedee{number}@example.org"), "name": "Zebedee Quux", "privacy_accepted": true,
        "organisation": "Zebedee & Sons", "country": "FR", "language": "fr",
    })
}

/// An event a day after the tests' start, with this retention period.
fn retained(slug: &str, days: Option<u32>) -> Value {
    let mut event = definition(slug, Some(10), true);
    event["registration"]["retention_days"] = json!(days);
    event
}

async fn personal_data_is_removed(app: TestApp) {
    app.publish(&retained("retained", Some(30))).await;
    let mut people = Vec::new();
    for number in 0..300 {
        let request = app.client.post(format!("{}/v1/events/retained/registrations", app.base));
        let request = request.header("idempotency-key", format!("key-{number}")).json(&zebedee(number));
        let created: Value = request.send().await.unwrap().json().await.unwrap();
        people.push((created["id"].as_str().unwrap().to_owned(), created["manage_token"].as_str().unwrap().to_owned()));
    }
    app.cancel(&people[0].0, &people[0].1).await.expect(200);
    app.set_time("2026-12-24T10:59:59Z");
    assert_eq!(app.store.anonymise_expired(None, app.now()).await.unwrap(), 0, "not yet");
    assert!(!places_with(&app, "zebedee").await.is_empty());
    app.read(&people[1].0, &people[1].1).await.expect(200);
    app.set_time("2026-12-24T11:00:00Z");
    assert_eq!(app.store.anonymise_expired(None, app.now()).await.unwrap(), 300);
    assert_eq!(app.store.anonymise_expired(None, app.now()).await.unwrap(), 0, "each registration is erased once");
    app.store.checkpoint_wal().await.unwrap();
    assert_eq!(places_with(&app, "zebedee").await, [""; 0]);
    // The counts stay: one registration was cancelled, so an eleventh person got a seat.
    assert_seat_counts(&app, 10, 289).await;
    let sql = "SELECT COUNT(*) AS n, COUNT(DISTINCT active_email) AS l FROM registrations \
               WHERE country = 'FR' AND language = 'fr' AND revision >= 2";
    let rows = app.database.rows(sql).await;
    let row = &rows[0];
    assert_eq!((row.try_get::<i64>("", "n").unwrap(), row.try_get::<i64>("", "l").unwrap()), (300, 299));
}

async fn definitions_override_the_default_retention(app: TestApp) {
    for (slug, days) in [("ten", Some(10)), ("hundred", Some(100)), ("unsaid", None)] {
        app.publish(&retained(slug, days)).await;
        app.register(slug, &zebedee(1)).await.expect(201);
    }
    let anonymous = async |default: Option<i64>, days: i32| {
        let now = "2026-11-24T11:00:00Z".parse::<plenaria_domain::values::time::Instant>().unwrap() + DAY * days;
        app.store.anonymise_expired(default.map(chrono::TimeDelta::days), now).await.unwrap()
    };
    assert_eq!(anonymous(None, 9).await, 0);
    assert_eq!(anonymous(None, 99).await, 1, "ten");
    assert_eq!(anonymous(Some(50), 49).await, 0);
    assert_eq!(anonymous(Some(50), 50).await, 1, "unsaid");
    assert_eq!(anonymous(Some(50), 100).await, 1, "hundred: the definition takes precedence");
    assert_eq!(anonymous(Some(1), 1000).await, 0);
}

async fn each_registration_is_erased_once(app: TestApp) {
    app.publish(&retained("retained", Some(1))).await;
    for number in 0..600 {
        app.register("retained", &zebedee(number)).await.expect(201);
    }
    app.set_time("2026-12-01T00:00:00Z");
    let mut stores = vec![app.store.clone()];
    for _ in 0..2 {
        stores.push(Store::open(&app.database.url()).await.unwrap());
    }
    let done = join_all(stores.iter().map(|store| store.anonymise_expired(None, app.now()))).await;
    assert_eq!(done.into_iter().map(Result::unwrap).sum::<u64>(), 600);
    let sql = "SELECT COUNT(*) AS n FROM (SELECT type FROM outbox UNION ALL SELECT type FROM changes) AS c \
               WHERE type = 'registration.erased'";
    assert_eq!(app.database.number(sql).await, 600, "each erasure is in the feed once");
}

/// A starting server erases what has become due meanwhile.
async fn the_server_erases_at_its_start(app: TestApp) {
    app.publish(&retained("retained", None)).await;
    app.register("retained", &zebedee(1)).await.expect(201);
    app.set_time("2027-06-01T00:00:00Z");
    app.another_instance_with(|settings| settings.retention.personal_data = Some(DAY * 30)).await;
    for _ in 0..200 {
        if places_with(&app, "zebedee").await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{:?}", places_with(&app, "zebedee").await);
}
