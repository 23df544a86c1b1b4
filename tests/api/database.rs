//! The schema: migrations, and the constraints behind the promises.

use plenaria_persistence::Store;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::partners::owned;
use crate::support::{Engine, TestApp, TestDatabase, definition};

crate::on_both_engines!(constraints_guard_the_promises, up_down_up, messages_from_before_get_ids_of_their_time);

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
    use plenaria_migrations::MigratorTrait as _;
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
    ] {
        assert!(connection.execute_unprepared(forbidden).await.is_err(), "{forbidden}");
    }
}
