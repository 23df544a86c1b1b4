//! `plenaria statistics`: the numbers of an event as bars.

use serde_json::json;

use crate::program::{Server, command, fail, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::WEBINAR;

#[tokio::test]
async fn an_events_numbers_are_printed_as_bars() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = Server::start(&database, &database.directory.path().join("log"));
    for (number, country) in ["ES", "ES", "FR"].iter().enumerate() {
        let person = json!({
            "email": format!("p{number}@example.org"), "name": "Ana Pérez", "privacy_accepted": true, "country": country,
            "audience": "local-government",
        });
        let request = http().post(format!("{}/v1/events/{WEBINAR}/registrations", server.base)).json(&person);
        assert_eq!(request.send().await.unwrap().status(), 201);
    }
    let report = succeed(&database, &["statistics", WEBINAR]);
    let line = |start: &str| report.lines().find(|line| line.trim_start().starts_with(start)).unwrap_or_default();
    assert!(line("confirmed ").ends_with("  3"), "{report}");
    assert!(line("ES").contains("████") && line("ES").ends_with("  2") && line("FR").ends_with("  1"), "{report}");
    assert!(line("local-government").ends_with("  3") && line("public").ends_with("  3"), "{report}");
    assert!(!report.contains('\u{1b}'), "no colours outside of a terminal: {report}");
    let mut coloured = command(&database);
    coloured.args(["statistics", WEBINAR]).env("CLICOLOR_FORCE", "1");
    let coloured = coloured.output().unwrap();
    assert!(String::from_utf8_lossy(&coloured.stdout).contains("\u{1b}[34m█"));
    assert!(fail(&database, &["statistics", "no-such-event"]).contains("there is no event “no-such-event”"));
}
