//! The README's tour, as it stands there.

use std::process::Command;

use super::program::Server;
use crate::support::{Engine, TestDatabase};

#[tokio::test]
async fn the_tour_runs_as_it_stands() {
    let readme = include_str!("../../README.md");
    let tour = readme.split("```sh tour\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = Server::start(&database, &database.directory.path().join("log"));
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", tour])
        .env("API", &server.base)
        .current_dir(database.directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "La internacionalización y los espacios metropolitanos",
        "\"key\":\"closing\"",
        "\"status\":\"confirmed\"",
        "}304\n",
        "idempotency-replayed: true",
        "\"code\":\"already-registered\"",
        "\"title\":\"La solicitud no es válida\"",
        "\"pointer\":\"/nmae\"",
        "\"city\":\"Badalona\"",
        "HTTP/1.1 204",
        "\"cancellation_reason\":\"I cannot make it\"",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(!said.contains("\"status\":500"));
}
