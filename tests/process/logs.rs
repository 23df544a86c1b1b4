//! The content of the log.

use crate::program::{Server, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};

/// The log contains the patterns of paths and their ids, and no other text that callers send.
#[tokio::test]
async fn the_log_contains_routes_and_ids_only() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    succeed(&database, &["migrate"]);
    let server = Server::start(&database, &database.directory.path().join("log"));
    let (client, id) = (crate::support::http::client::http(), "019a0000-0000-7000-8000-000000000004");
    let caller_text = "said-by-a-caller";
    for path in [
        format!("/v1/events/{caller_text}@example.org"),
        format!("/v1/registrations/{caller_text}.e30.c2ln/calendar.ics"),
        format!("/v1/registrations/{id}"),
        format!("/v1/events?q={caller_text}"),
        format!("/v1/{caller_text}"),
        format!("/{caller_text}%40example.org"),
        format!("/problems/{caller_text}"),
        format!("/docs/{caller_text}"),
        format!("/events/{caller_text}?lang={caller_text}"),
        format!("/confirm?event={caller_text}"),
        format!("/assets/{caller_text}/{caller_text}.css"),
        format!("/%761/events/{caller_text}"),
    ] {
        client.get(format!("{}{path}", server.base)).send().await.unwrap();
    }
    let url = format!("{}/v1/registrations/{caller_text}/cancel", server.base);
    client.post(url).bearer_auth(caller_text).send().await.unwrap();
    // What forms send is logged nowhere: tokens, names and addresses.
    let form = format!(
        "registration={id}&token={caller_text}&confirmation_token={caller_text}&name={caller_text}&event={caller_text}"
    );
    for path in ["/registration", "/registration/cancel", "/registration/erased", "/confirm", "/events/nothing"] {
        let request = client.post(format!("{}{path}", server.base)).body(form.clone());
        request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    }
    let log = std::fs::read_to_string(&server.log).unwrap();
    assert!(!log.contains(caller_text), "{log}");
    for path in [
        "/v1/events/{event}",
        "/v1/registrations/{registration}/calendar.ics",
        &format!("/v1/registrations/{id}"),
        "/v1/events",
        "/problems/{code}",
        "/docs/{file}",
        "/events/{event}",
        "/registration",
        "/registration/{action}",
        "/confirm",
        "/assets/{version}/{file}",
        "/v1/registrations/{registration}/cancel",
        "none",
    ] {
        assert!(log.contains(&format!("\"path\":\"{path}\"")), "{path}: {log}");
    }
}
