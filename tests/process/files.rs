//! The files that the program makes: none of them is for others, whatever the umask says.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::patient::{Found, Patient};
use super::program::{SECRET, Server, command};
use crate::support::app::WEBINAR;
use crate::support::{Engine, TestDatabase, http, person};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a directory, and itself, with its mode.
fn all(directory: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = vec![(directory.to_owned(), mode(directory))];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // SQLite may remove its own when the program ends.
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => found.extend(all(&path)),
            Ok(metadata) => found.push((path, metadata.permissions().mode() & 0o777)),
            Err(_) => {}
        }
    }
    found
}

#[track_caller]
fn only_its_owner(directory: &Path, names: &[&str]) {
    let found = all(directory);
    for (path, mode) in &found {
        assert_eq!(*mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}: {mode:o}", path.display());
    }
    for name in names {
        assert!(found.iter().any(|(path, _)| path.to_str().unwrap().contains(name)), "{name} in {found:?}");
    }
}

/// The program, started by a shell that lets everybody do everything with new files.
fn careless(data: &Path, database_url: &str) -> Command {
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

/// Registers somebody, and waits for the mail about it.
async fn register(server: &Server, data: &Path) {
    let request = http::http().post(format!("{}/v1/events/{WEBINAR}/registrations", server.base));
    let answer = request.json(&person("ana@example.org")).send().await.unwrap();
    assert_eq!(answer.status(), 201);
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
async fn nothing_is_for_others_with_sqlite() {
    let place = tempfile::tempdir().unwrap();
    let (data, log) = (place.path().join("new/data"), place.path().join("log"));
    let mut server = Server::start_command(careless(&data, ""), &log);
    register(&server, &data).await;
    only_its_owner(&data, &["plenaria.db", "plenaria.db-wal", "plenaria.db-shm", "secret-key", ".eml"]);
    assert_eq!(mode(data.parent().unwrap()), 0o700, "what is made on the way too");
    server.signal("TERM");
    assert!(server.child.wait().unwrap().success());
    only_its_owner(&data, &["plenaria.db", "secret-key", ".eml"]);
    // The commands make the database as well.
    let data = place.path().join("another");
    assert!(careless(&data, "").arg("migrate").status().unwrap().success());
    only_its_owner(&data, &["plenaria.db"]);
}

#[tokio::test]
async fn nothing_is_for_others_with_postgresql() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let (data, log) = (database.directory.path().join("data"), database.directory.path().join("log"));
    let program = || {
        let mut program = careless(&data, &database.environment());
        program.env("PLENARIA_SECRET_KEY", SECRET);
        program
    };
    assert!(program().arg("migrate").status().unwrap().success());
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../programmes/internationalisation-and-metropolitan-spaces-en.yaml");
    assert!(program().args(["publish", file]).status().unwrap().success());
    let server = Server::start_command(program(), &log);
    register(&server, &data).await;
    only_its_owner(&data, &[".eml"]);
}

/// As an older version left them, or `cp` after restoring.
#[tokio::test]
async fn the_doctor_finds_old_ones() {
    let patient = Patient::create(Engine::Sqlite).await;
    let directory = patient.database.directory.path();
    let (database, mail) = (directory.join("plenaria.db"), directory.join("mail"));
    for (path, mode) in [(directory.to_owned(), 0o755), (database.clone(), 0o644), (mail.clone(), 0o755)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let (found, said) = patient.found(&[]).await;
    let expected: Found = vec![("file-modes".to_owned(), Vec::new())];
    assert_eq!(found, expected);
    assert_eq!((&said["faults"], &said["findings"][0]["severity"]), (&Value::from(0), &Value::from("advice")));
    assert!(said["findings"][0]["what"].as_str().unwrap().contains("plenaria.db"), "{said}");
    assert_eq!((mode(&database), mode(&mail)), (0o644, 0o755), "whoever looks leaves it as it is");
    let (found, said) = patient.found(&["--repair"]).await;
    assert_eq!((found.len(), said["mended"][0]["kind"].as_str()), (0, Some("file-modes")));
    assert_eq!((mode(directory), mode(&database), mode(&mail)), (0o700, 0o600, 0o700));
    assert!(patient.found(&[]).await.0.is_empty());
    // The program works with them as before.
    Patient::stop(patient.serve());
    assert!(command(&patient.database).args(["clients", "list"]).status().unwrap().success());
}
