//! What stands in the log, and what does not.

use super::program::{Server, succeed};
use crate::support::{Engine, TestDatabase};

/// A path's ids are logged, and its pattern; whatever else callers put there is not.
#[tokio::test]
async fn the_log_shows_routes_and_ids_alone() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    succeed(&database, &["migrate"]);
    let server = Server::start(&database, &database.directory.path().join("log"));
    let (client, id) = (crate::support::http(), "019a0000-0000-7000-8000-000000000004");
    let said = "said-by-a-caller";
    for path in [
        format!("/v1/events/{said}@example.org"),
        format!("/v1/registrations/{said}.e30.c2ln/calendar.ics"),
        format!("/v1/registrations/{id}"),
        format!("/v1/events?q={said}"),
        format!("/v1/{said}"),
        format!("/{said}%40example.org"),
        format!("/problems/{said}"),
        format!("/docs/{said}"),
        format!("/%761/events/{said}"),
    ] {
        client.get(format!("{}{path}", server.base)).send().await.unwrap();
    }
    let url = format!("{}/v1/registrations/{said}/cancel", server.base);
    client.post(url).bearer_auth(said).send().await.unwrap();
    let log = std::fs::read_to_string(&server.log).unwrap();
    assert!(!log.contains(said), "{log}");
    for path in [
        "/v1/events/{event}",
        "/v1/registrations/{registration}/calendar.ics",
        &format!("/v1/registrations/{id}"),
        "/v1/events",
        "/problems/{code}",
        "/docs/{file}",
        "/v1/registrations/{registration}/cancel",
        "none",
    ] {
        assert!(log.contains(&format!("\"path\":\"{path}\"")), "{path}: {log}");
    }
}
