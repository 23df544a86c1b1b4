//! The modes of the files that the program creates: only their owner has access, whatever the umask is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::doctor::damaged_database::{DamagedDatabase, Findings};
use crate::program::{SECRET, Server, command};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::server::sample_events::{WEBINAR, person};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A directory and everything below it, with their modes.
fn all(directory: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = vec![(directory.to_owned(), mode(directory))];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // SQLite may remove its own files when the program ends.
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => found.extend(all(&path)),
            Ok(metadata) => found.push((path, metadata.permissions().mode() & 0o777)),
            Err(_) => {}
        }
    }
    found
}

#[track_caller]
fn assert_private(directory: &Path, names: &[&str]) {
    let found = all(directory);
    for (path, mode) in &found {
        assert_eq!(*mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}: {mode:o}", path.display());
    }
    for name in names {
        assert!(found.iter().any(|(path, _)| path.to_str().unwrap().contains(name)), "{name} in {found:?}");
    }
}

/// The program, started with umask 000.
fn with_open_umask(data: &Path, database_url: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_plenaria")]);
    shell
        .env_clear()
        .env("DATABASE_URL", database_url)
        .env("PLENARIA_DATA_DIR", data)
        .env("PLENARIA_LISTEN", "127.0.0.1:0")
        .env("PLENARIA_LOG_FORMAT", "json");
    shell
}

/// Registers a person, and waits for the mail about it.
async fn register(server: &Server, data: &Path) {
    let request = http().post(format!("{}/v1/events/{WEBINAR}/registrations", server.base));
    let response = request.json(&person("ana@example.org")).send().await.unwrap();
    assert_eq!(response.status(), 201);
    for _ in 0..200 {
        let mails = std::fs::read_dir(data.join("mail")).into_iter().flatten();
        if mails.filter_map(Result::ok).any(|entry| !entry.file_name().to_str().unwrap().starts_with('.')) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail was written");
}

#[tokio::test]
async fn files_are_private_with_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let (data, log) = (directory.path().join("new/data"), directory.path().join("log"));
    let mut server = Server::start_command(with_open_umask(&data, ""), &log);
    register(&server, &data).await;
    assert_private(&data, &["plenaria.db", "plenaria.db-wal", "plenaria.db-shm", "secret-key", ".eml"]);
    assert_eq!(mode(data.parent().unwrap()), 0o700, "parent directories that the program creates are private too");
    server.signal("TERM");
    assert!(server.child.wait().unwrap().success());
    assert_private(&data, &["plenaria.db", "secret-key", ".eml"]);
    // Commands create the database with the same modes.
    let data = directory.path().join("another");
    assert!(with_open_umask(&data, "").arg("migrate").status().unwrap().success());
    assert_private(&data, &["plenaria.db"]);
}

#[tokio::test]
async fn files_are_private_with_postgresql() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let (data, log) = (database.directory.path().join("data"), database.directory.path().join("log"));
    let program = || {
        let mut program = with_open_umask(&data, &database.environment());
        program.env("PLENARIA_SECRET_KEY", SECRET);
        program
    };
    assert!(program().arg("migrate").status().unwrap().success());
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../programmes/internationalisation-and-metropolitan-spaces-en.yaml");
    assert!(program().args(["publish", file]).status().unwrap().success());
    let server = Server::start_command(program(), &log);
    register(&server, &data).await;
    assert_private(&data, &[".eml"]);
}

/// Modes as after restoring a backup with `cp`.
#[tokio::test]
async fn the_doctor_finds_readable_files() {
    let damaged = DamagedDatabase::create(Engine::Sqlite).await;
    let directory = damaged.database.directory.path();
    let (database, mail) = (directory.join("plenaria.db"), directory.join("mail"));
    for (path, mode) in [(directory.to_owned(), 0o755), (database.clone(), 0o644), (mail.clone(), 0o755)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let (findings, report) = damaged.findings(&[]).await;
    let expected: Findings = vec![("file-modes".to_owned(), Vec::new())];
    assert_eq!(findings, expected);
    assert_eq!((&report["faults"], &report["findings"][0]["severity"]), (&Value::from(0), &Value::from("advice")));
    assert!(report["findings"][0]["what"].as_str().unwrap().contains("plenaria.db"), "{report}");
    assert_eq!((mode(&database), mode(&mail)), (0o644, 0o755), "the check changes nothing");
    let (findings, report) = damaged.findings(&["--repair"]).await;
    assert_eq!((findings.len(), report["repaired"][0]["kind"].as_str()), (0, Some("file-modes")));
    assert_eq!((mode(directory), mode(&database), mode(&mail)), (0o700, 0o600, 0o700));
    assert!(damaged.findings(&[]).await.0.is_empty());
    // The program works with the repaired files.
    DamagedDatabase::stop(damaged.serve());
    assert!(command(&damaged.database).args(["clients", "list"]).status().unwrap().success());
}
