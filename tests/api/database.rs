//! The schema: migrations, and the constraints behind the promises.

use plenaria_migrations::MigratorTrait as _;
use plenaria_persistence::Store;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(constraints_guard_the_promises, up_down_up);

async fn up_down_up(app: TestApp) {
    let number = u32::try_from(plenaria_migrations_number()).unwrap();
    app.store.migrate_down(number).await.unwrap();
    assert_eq!(app.store.pending_migrations().await.unwrap().len(), number as usize);
    assert_eq!(app.store.migrate().await.unwrap().len(), number as usize);
    assert!(app.store.migrate().await.unwrap().is_empty());
    app.publish(&definition("small", Some(1), false)).await;
    app.registered("small", "ana@example.org").await;
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
        "UPDATE event_seats SET max_confirmed = NULL",
        "UPDATE registrations SET active_email = 'a@example.org'",
        "UPDATE registrations SET status = 'cancelled'",
        "UPDATE registrations SET status = 'unheard-of'",
        "UPDATE registrations SET waitlist_number = NULL",
        "UPDATE registrations SET confirmed_at = NULL",
        "UPDATE registrations SET waitlist_number = 1, status = 'waitlisted'",
        "DELETE FROM events",
        "UPDATE events SET status = 'unheard-of'",
        "INSERT INTO catalogue (id, version) VALUES (2, 0)",
        "UPDATE speakers SET slug = 'ana'",
        "UPDATE speakers SET owner = '', key = 'ana'",
    ] {
        assert!(connection.execute_unprepared(forbidden).await.is_err(), "{forbidden}");
    }
}
