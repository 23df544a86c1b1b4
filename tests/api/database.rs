//! The schema: migrations, and the constraints behind the promises.

use plenaria_migrations::MigratorTrait as _;
use plenaria_persistence::Store;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::support::partners::owned;
use crate::support::{Engine, TestApp, TestDatabase, definition};

crate::on_both_engines!(
    constraints_guard_the_promises,
    up_down_up,
    messages_from_before_get_ids_of_their_time,
    speakers_from_before_get_owners
);

async fn up_down_up(app: TestApp) {
    let number = u32::try_from(plenaria_migrations_number()).unwrap();
    app.store.migrate_down(number).await.unwrap();
    assert_eq!(app.store.pending_migrations().await.unwrap().len(), number as usize);
    assert_eq!(app.store.migrate().await.unwrap().len(), number as usize);
    assert!(app.store.migrate().await.unwrap().is_empty());
    app.publish(&definition("small", Some(1), false)).await;
    app.registered("small", "ana@example.org").await;
}

/// What was told of whole events had ids of no order before the eleventh migration.
async fn messages_from_before_get_ids_of_their_time(app: TestApp) {
    app.publish(&owned("small", "owner", &[])).await;
    let owner = app.partner("owner").await;
    let (registration, ..) = app.registered("small", "ana@example.org").await;
    let past = u32::try_from(plenaria_migrations_number() - 9).unwrap();
    app.store.migrate_down(past).await.unwrap();
    let connection = app.database.connect().await;
    let (ids, about) = match app.database.engine {
        Engine::Postgres => (["gen_random_uuid()"; 2], format!("'{registration}'")),
        Engine::Sqlite => (
            ["unhex(hex(randomblob(6)) || '4' || substr(hex(randomblob(10)), 1, 19))"; 2],
            format!("x'{}'", registration.replace('-', "")),
        ),
    };
    for (id, day) in ids.into_iter().zip(["20", "21"]) {
        let at = format!("2026-11-{day} 08:00:00+00:00");
        let insert = format!(
            "INSERT INTO messages (id, kind, registration_id, event_id, language, created_at, next_attempt_at, attempts, \
             state, data) SELECT CAST({id} AS {}), 'reminder', {about}, event_id, 'en', '{at}', '{at}', 1, 'sent', '{{}}' \
             FROM registrations",
            if app.database.engine == Engine::Postgres { "uuid" } else { "blob" }
        );
        connection.execute_unprepared(&insert).await.unwrap();
    }
    assert_eq!(app.store.migrate().await.unwrap().len(), past as usize);
    let all = app.send("GET", "/v1/events/small/messages", Some(&owner), None).await.expect(200);
    let ids: Vec<&str> = all["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    // 21 and 20 November, 08:00 UTC, in milliseconds.
    let expected = [1_795_248_000_000_u64, 1_795_161_600_000].map(|at| format!("{at:012x}"));
    let starts: Vec<String> = ids.iter().map(|id| id.replace('-', "")[..12].to_owned()).collect();
    assert_eq!(starts, expected, "{ids:?}");
    assert_eq!(all["data"][0]["ended_at"], "2026-11-21T08:00:00Z");
}

/// All events shared their speakers by key before speakers had owners.
async fn speakers_from_before_get_owners(app: TestApp) {
    let event = |slug: &str, owner: Option<&str>, key: &str, name: &str| {
        let mut event = definition(slug, None, false);
        event["owner"] = json!(owner);
        event["speakers"] = json!([{"key": key, "name": name}]);
        event["programme"] = json!({"sessions": [
            {"key": "talk", "kind": "talk", "minutes": 60, "title": "Talk", "speakers": [key]},
        ]});
        event
    };
    let shown = async |slug: &str| -> [String; 3] {
        let programme = app.get(&format!("/v1/events/{slug}/programme")).await.expect(200);
        let speaker = &programme["sessions"][0]["speakers"][0];
        ["id", "slug", "name"].map(|name| speaker[name].as_str().unwrap().to_owned())
    };
    for (minute, (slug, owner, key, name)) in [
        ("first", Some("metropolis"), "ana", "Ana 1"),
        ("second", Some("al-las"), "ana", "Ana 2"),
        ("third", Some("al-las"), "ana", "Ana 3"),
        ("fourth", None, "ana", "Ana 4"),
        ("alone", Some("c40"), "ana-al-las", "Ana Al-Las"),
    ]
    .into_iter()
    .enumerate()
    {
        app.set_time(&format!("2026-11-23T10:0{minute}:00Z"));
        app.publish(&event(slug, owner, key, name)).await;
    }
    let (first, alone) = (shown("first").await, shown("alone").await);
    // Down to where they were one, with the card of the newest of all definitions, and up again.
    let migrations = plenaria_migrations::Migrator::migrations();
    let at = migrations.iter().position(|one| one.name() == "m20261127_000013_speaker_owners").unwrap();
    let steps = u32::try_from(migrations.len() - at).unwrap();
    app.store.migrate_down(steps).await.unwrap();
    let connection = app.database.connect().await;
    let rows = Statement::from_string(connection.get_database_backend(), "SELECT id FROM speakers WHERE key = 'ana'");
    assert_eq!(connection.query_all_raw(rows).await.unwrap().len(), 1);
    let newest = match app.database.engine {
        Engine::Postgres => "CAST(replace(CAST(card AS text), 'Ana 1', 'Ana 4') AS jsonb)",
        Engine::Sqlite => "replace(card, 'Ana 1', 'Ana 4')",
    };
    let shared = format!("UPDATE speakers SET card = {newest} WHERE key = 'ana'");
    assert_eq!(connection.execute_unprepared(&shared).await.unwrap().rows_affected(), 1);
    app.store.migrate().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    assert_eq!(shown("first").await, first, "the oldest event's owner keeps the id and the slug, and has its own card");
    let [id, slug, name] = shown("second").await;
    assert_eq!((slug.as_str(), name.as_str()), ("ana-al-las-2", "Ana 3"), "the newest card of its own events");
    assert_eq!(shown("third").await[0], id);
    let [unowned, slug, name] = shown("fourth").await;
    assert_eq!((slug.as_str(), name.as_str()), ("ana-2", "Ana 4"));
    assert_eq!(shown("alone").await, alone);
    for id in [&first[0], &id, &unowned, &alone[0]] {
        assert_eq!(app.get(&format!("/v1/speakers/{id}")).await.expect(200)["id"], **id);
    }
    let distinct: std::collections::BTreeSet<&String> = [&first[0], &id, &unowned, &alone[0]].into();
    assert_eq!(distinct.len(), 4);
    // From here on each has its own.
    app.publish(&event("third", Some("al-las"), "ana", "Ana, the newest")).await;
    assert_eq!(shown("second").await, [id.as_str(), "ana-al-las-2", "Ana, the newest"]);
    assert_eq!((shown("first").await, shown("fourth").await[2].as_str()), (first, "Ana 4"));
    app.store.migrate_down(steps).await.unwrap();
    app.store.migrate().await.unwrap();
}

/// `.cargo/config.toml` is heeded where this is built: with either, all threads wait at one lock.
#[tokio::test]
async fn sqlite_is_compiled_without_its_locks() {
    let connection = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    let sql = Statement::from_string(connection.get_database_backend(), "PRAGMA compile_options");
    let rows = connection.query_all_raw(sql).await.unwrap();
    let options: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let has = |option: &str| options.iter().any(|other| other == option);
    assert!(has("DEFAULT_MEMSTATUS=0") && !has("ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
}

fn plenaria_migrations_number() -> usize {
    plenaria_migrations::Migrator::migrations().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_migrate_at_once_wait_for_each_other() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let (one, two) = (Store::open(&database.url()).await.unwrap(), Store::open(&database.url()).await.unwrap());
    let (one, two) = tokio::join!(one.migrate(), two.migrate());
    assert_eq!(one.unwrap().len() + two.unwrap().len(), plenaria_migrations_number());
}

async fn constraints_guard_the_promises(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    app.registered("small", "a@example.org").await;
    app.registered("small", "b@example.org").await;
    for (slug, owner) in [("one", "metropolis"), ("two", "al-las")] {
        let mut event = owned(slug, owner, &[]);
        event["speakers"] = json!([{"key": "ana", "name": "Ana"}]);
        app.publish(&event).await;
    }
    let connection = app.database.connect().await;
    for forbidden in [
        "UPDATE event_seats SET confirmed = 2",
        "UPDATE event_seats SET confirmed = -1",
        "UPDATE event_seats SET waitlisted = 7",
        "UPDATE event_seats SET ceiling = NULL",
        "UPDATE registrations SET live_email = 'a@example.org'",
        "UPDATE registrations SET status = 'cancelled'",
        "UPDATE registrations SET status = 'unheard-of'",
        "UPDATE registrations SET queue_number = NULL",
        "UPDATE registrations SET confirmed_at = NULL",
        "UPDATE registrations SET queue_number = 1, status = 'waitlisted'",
        "DELETE FROM events",
        "UPDATE events SET status = 'unheard-of'",
        "INSERT INTO catalogue (id, version) VALUES (2, 0)",
        "UPDATE speakers SET slug = 'ana'",
        "UPDATE speakers SET owner = '', key = 'ana'",
    ] {
        assert!(connection.execute_unprepared(forbidden).await.is_err(), "{forbidden}");
    }
}
