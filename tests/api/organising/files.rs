//! Publishing several files at once.

use std::time::Duration;

use plenaria_domain::event::definition::Definition;
use plenaria_persistence::events::publish::outcome::{PublishMode, PublishOutcome};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(seats_are_locked_in_the_order_of_events, the_last_file_decides_on_a_card);

fn parse(app: &TestApp, documents: &[Value]) -> Vec<Definition> {
    documents.iter().map(|document| Definition::parse(document, app.now()).unwrap()).collect()
}

/// The desk locks the seats of several events in the order of their ids. Publishing waits for the first of them without
/// holding another, whatever the order of the files.
async fn seats_are_locked_in_the_order_of_events(app: TestApp) {
    let mut events = Vec::new();
    for slug in ["one", "two", "three"] {
        events.push((app.publish(&definition(slug, Some(1), true)).await.id, slug));
        app.register(slug, &person("waits@example.org")).await.expect(201);
        app.register(slug, &person("waits-too@example.org")).await.expect(201);
    }
    events.sort_by_key(|(id, _)| id.0);
    let mut documents: Vec<Value> = events.iter().rev().map(|(_, slug)| definition(slug, Some(2), true)).collect();
    documents.insert(1, definition("new", Some(1), false));
    let definitions = parse(&app, &documents);
    let publish = app.store.publish(&definitions, app.now(), PublishMode::Apply);
    let published = match app.database.engine {
        Engine::Sqlite => publish.await,
        Engine::Postgres => {
            let connection = app.database.connect().await;
            let desk = connection.begin().await.unwrap();
            let lock = |number: usize, how: &str| {
                let id = app.database.uuid(events[number].0.0);
                format!("SELECT 1 FROM event_seats WHERE event_id = {id} FOR UPDATE {how}")
            };
            desk.execute_unprepared(&lock(0, "")).await.unwrap();
            let others = async {
                let waits = "SELECT COUNT(*) AS n FROM pg_stat_activity \
                             WHERE datname = current_database() AND wait_event_type = 'Lock'";
                for _ in 0..500 {
                    if app.database.number(waits).await > 0 {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                for number in 1..3 {
                    desk.execute_unprepared(&lock(number, "NOWAIT")).await.unwrap();
                }
                desk.commit().await.unwrap();
            };
            futures_util::join!(publish, others).0
        }
    };
    let published = published.unwrap();
    let slugs: Vec<&str> = published.iter().map(|one| one.slug.as_str()).collect();
    assert_eq!(slugs, [events[2].1, "new", events[1].1, events[0].1], "in the order of the files");
    for one in &published {
        let expected = if one.slug.as_str() == "new" { PublishOutcome::Created } else { PublishOutcome::Changed };
        assert_eq!((one.outcome, one.effects.promoted), (expected, u32::from(expected == PublishOutcome::Changed)));
    }
}

async fn the_last_file_decides_on_a_card(app: TestApp) {
    for (round, slugs) in [["one", "two"], ["two", "one"], ["one", "two"], ["two", "one"]].into_iter().enumerate() {
        let last = format!("Last {round}");
        let mut documents = slugs.map(|slug| definition(slug, None, false));
        for (document, position) in documents.iter_mut().zip([format!("First {round}"), last.clone()]) {
            document["speakers"] = json!([{"key": "ana", "name": "Ana", "position": position}]);
        }
        app.store.publish(&parse(&app, &documents), app.now(), PublishMode::Apply).await.unwrap();
        assert_eq!(app.get("/v1/speakers/ana").await.expect(200)["position"], json!(last));
    }
}
