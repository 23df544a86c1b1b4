//! Personal data are made anonymous some time after the event.

use futures_util::future::join_all;
use plenaria_persistence::Store;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::concurrency::counts_agree;
use crate::erasing::found;
use crate::support::{TestApp, definition};

crate::on_both_engines!(nobody_is_left, the_default_and_the_definition, each_is_done_once, the_server_does_it);

const DAY: chrono::TimeDelta = chrono::TimeDelta::days(1);

fn zebedee(number: usize) -> Value {
    json!({
        "email": format!("zebedee{number}@example.org"), "name": "Zebedee Quux", "privacy_accepted": true,
        "organisation": "Zebedee & Sons", "country": "FR", "language": "fr",
    })
}

/// A day after the tests begin, for this long.
fn retained(slug: &str, days: Option<u32>) -> Value {
    let mut event = definition(slug, Some(10), true);
    event["registration"]["retention_days"] = json!(days);
    event
}

async fn nobody_is_left(app: TestApp) {
    app.publish(&retained("kept", Some(30))).await;
    let mut people = Vec::new();
    for number in 0..300 {
        let request = app.client.post(format!("{}/v1/events/kept/registrations", app.base));
        let request = request.header("idempotency-key", format!("key-{number}")).json(&zebedee(number));
        let made: Value = request.send().await.unwrap().json().await.unwrap();
        people.push((made["id"].as_str().unwrap().to_owned(), made["manage_token"].as_str().unwrap().to_owned()));
    }
    app.cancel(&people[0].0, &people[0].1).await.expect(200);
    app.set_time("2026-12-24T10:59:59Z");
    assert_eq!(app.store.make_anonymous(None, app.now()).await.unwrap(), 0, "not yet");
    assert!(!found(&app, "zebedee").await.is_empty());
    app.read(&people[1].0, &people[1].1).await.expect(200);
    app.set_time("2026-12-24T11:00:00Z");
    assert_eq!(app.store.make_anonymous(None, app.now()).await.unwrap(), 300);
    assert_eq!(app.store.make_anonymous(None, app.now()).await.unwrap(), 0, "once");
    app.store.empty_log().await.unwrap();
    assert_eq!(found(&app, "zebedee").await, [""; 0]);
    // What counts stays: one was cancelled, so an eleventh got a seat.
    counts_agree(&app, 10, 289).await;
    let connection = app.database.connect().await;
    let sql = "SELECT COUNT(*) AS n, COUNT(DISTINCT live_email) AS l FROM registrations \
               WHERE country = 'FR' AND language = 'fr' AND revision >= 2";
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let row = row.unwrap();
    assert_eq!((row.try_get::<i64>("", "n").unwrap(), row.try_get::<i64>("", "l").unwrap()), (300, 299));
}

async fn the_default_and_the_definition(app: TestApp) {
    for (slug, days) in [("ten", Some(10)), ("hundred", Some(100)), ("unsaid", None)] {
        app.publish(&retained(slug, days)).await;
        app.register(slug, &zebedee(1)).await.expect(201);
    }
    let anonymous = async |default: Option<i64>, days: i32| {
        let now = "2026-11-24T11:00:00Z".parse::<plenaria_domain::time::Instant>().unwrap() + DAY * days;
        app.store.make_anonymous(default.map(chrono::TimeDelta::days), now).await.unwrap()
    };
    assert_eq!(anonymous(None, 9).await, 0);
    assert_eq!(anonymous(None, 99).await, 1, "ten");
    assert_eq!(anonymous(Some(50), 49).await, 0);
    assert_eq!(anonymous(Some(50), 50).await, 1, "unsaid");
    assert_eq!(anonymous(Some(50), 100).await, 1, "hundred: the definition knows better");
    assert_eq!(anonymous(Some(1), 1000).await, 0);
}

async fn each_is_done_once(app: TestApp) {
    app.publish(&retained("kept", Some(1))).await;
    for number in 0..600 {
        app.register("kept", &zebedee(number)).await.expect(201);
    }
    app.set_time("2026-12-01T00:00:00Z");
    let mut stores = vec![app.store.clone()];
    for _ in 0..2 {
        stores.push(Store::open(&app.database.url()).await.unwrap());
    }
    let done = join_all(stores.iter().map(|store| store.make_anonymous(None, app.now()))).await;
    assert_eq!(done.into_iter().map(Result::unwrap).sum::<u64>(), 600);
    let connection = app.database.connect().await;
    let sql = "SELECT COUNT(*) AS n FROM (SELECT type FROM outbox UNION ALL SELECT type FROM changes) AS c \
               WHERE type = 'registration.erased'";
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    assert_eq!(row.unwrap().try_get::<i64>("", "n").unwrap(), 600, "each is told of once");
}

/// A server that starts does what has become due meanwhile.
async fn the_server_does_it(app: TestApp) {
    app.publish(&retained("kept", None)).await;
    app.register("kept", &zebedee(1)).await.expect(201);
    app.set_time("2027-06-01T00:00:00Z");
    app.another_instance_with(|settings| settings.retention = Some(DAY * 30)).await;
    for _ in 0..200 {
        if found(&app, "zebedee").await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{:?}", found(&app, "zebedee").await);
}
