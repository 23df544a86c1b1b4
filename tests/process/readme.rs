//! What the documentation shows in a shell, run as it stands there.

use std::process::Command;

use super::program::{Server, command};
use crate::support::{Engine, TestDatabase};

/// Runs all the blocks marked `sh tour` of a document, one after another in one shell, against a fresh server; what they
/// said. The program is on the path, with the server's settings.
async fn run(document: &str) -> String {
    let blocks: Vec<&str> =
        document.split("```sh tour\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(!blocks.is_empty(), "there is nothing to run");
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = Server::start(&database, &database.directory.path().join("log"));
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_plenaria")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("bash");
    // As for the program itself.
    for (name, value) in command(&database).get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    let output = shell
        .args(["-euo", "pipefail", "-c", &blocks.concat()])
        .env("API", &server.base)
        .env("PATH", format!("{}:{path}", program.display()))
        .current_dir(database.directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("\"status\":500"));
    said
}

#[track_caller]
fn says(said: &str, expected: &[&str]) {
    let mut rest = said;
    for text in expected {
        let found = rest.find(text).unwrap_or_else(|| panic!("“{text}”, or not in its place:\n{said}"));
        rest = &rest[found + text.len()..];
    }
}

#[tokio::test]
async fn the_tour_runs_as_it_stands() {
    let said = run(include_str!("../../README.md")).await;
    says(
        &said,
        &[
            "La internacionalización y los espacios metropolitanos",
            "\"key\":\"closing\"",
            "}304\n",
            "\"status\":\"confirmed\"",
            "\"code\":\"already-registered\"",
            "\"pointer\":\"/nmae\"",
            "\"title\":\"La solicitud no es válida\"",
            "\"city\":\"Badalona\"",
            "\"cancellation_reason\":\"I cannot make it\"",
        ],
    );
    assert!(said.contains("idempotency-replayed: true") && said.contains("HTTP/1.1 204"));
}

#[tokio::test]
async fn a_partners_first_hour_runs_as_it_stands() {
    let said = run(include_str!("../../docs/integrating.md")).await;
    says(
        &said,
        &[
            "{\"data\":[],\"page\":{\"limit\":1,\"next_cursor\":null}}",
            "[201,\"confirmed\",\"crm-1\"]\n[201,\"confirmed\",\"crm-2\"]\n[201,\"confirmed\",\"crm-3\"]\n",
            "idempotency-replayed: true",
            "the same answer\n",
            "[\"bilal@example.org\",\"confirmed\"]\n",
            "[\"aina@example.org\",\"metropolis\"]\n",
            "{\"limit\":20,\"next_cursor\":null}\n",
            "id,status,waitlist_position,email,name,",
            "chiara@example.org\t=Chiara\n",
            "Z\",2]\n",
            "Z\",2]\n",
            "[null,3]\n",
            "[412,\"precondition-failed\"]\n",
            "[\"registered\",\"sent\",1]\n",
            "[\"registration.attended\",2,\"crm-1\"]\n[\"registration.attended\",3,\"crm-1\"]\n",
            "[\"registration.attended\",4,\"crm-1\"]\n",
            "1\n1\n",
            "[\"validation-failed\",\"La sol·licitud no és vàlida\",\"/name\",\"/nmae\",\"/email\"]\n",
            "[401,\"invalid-token\"]\n",
        ],
    );
    // What was registered in one instant stands in any order.
    for (line, times) in [
        ("\naina@example.org\n", 1),
        ("\nbilal@example.org\n", 1),
        ("\nchiara@example.org\n", 1),
        ("\naina@example.org\tAina Ferrer\n", 1),
        ("\nbilal@example.org\tBilal Haddad\n", 1),
        ("\n[\"registration.created\",1,\"crm-", 3),
    ] {
        assert_eq!(said.matches(line).count(), times, "{line}\n{said}");
    }
}
