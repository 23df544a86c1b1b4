//! Mail to files when the program is killed repeatedly, and `plenaria mail preview`.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::program::{Server, command, fail, succeed};
use crate::support::database::test_database::{Engine, TestDatabase};
use crate::support::http::client::http;
use crate::support::mail::smtp_server::Mail;
use crate::support::server::sample_events::person;

const DEFINITION: &str = "slug: hot\nstatus: published\nlanguage: en\ntitle: Hot\nstarts: 2090-01-01T10:00\n\
                          time_zone: Etc/UTC\nduration_minutes: 60\nregistration: { capacity: 1000, waitlist: true }\n";

/// The number of messages in the directory for each recipient.
pub(crate) fn files(directory: &Path) -> HashMap<String, usize> {
    let mut all = HashMap::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let name = path.file_name().unwrap().to_str().unwrap();
            if !name.starts_with('.') {
                *all.entry(Mail::read(&std::fs::read(&path).unwrap()).to).or_default() += 1;
            }
        }
    }
    all
}

/// The program is killed repeatedly while it registers and sends: every registered person gets exactly one message.
async fn no_mail_is_lost_when_killed(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    succeed(&database, &["migrate"]);
    let file = database.directory.path().join("hot.yaml");
    std::fs::write(&file, DEFINITION).unwrap();
    succeed(&database, &["publish", file.to_str().unwrap()]);
    let (directory, log) = (database.directory.path().join("mail"), database.directory.path().join("log"));
    let client = http();
    let mut registered = Vec::new();
    for round in 0..3 {
        let mut server = Server::start(&database, &log);
        for number in 0..40 {
            let email = format!("person-{round}-{number}@example.org");
            let request = client.post(format!("{}/v1/events/hot/registrations", server.base)).json(&person(&email));
            let response: Value = request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
            assert_eq!(response["status"], "confirmed");
            registered.push(email);
        }
        // While messages are enqueued and sent.
        tokio::time::sleep(Duration::from_millis(150 * round)).await;
        server.signal("KILL");
        server.child.wait().unwrap();
        // As if the leases of the claimed messages had expired.
        let free = "UPDATE messages SET next_attempt_at = created_at WHERE state = 'pending'";
        database.execute(free).await;
    }
    let server = Server::start(&database, &log);
    for _ in 0..600 {
        if files(&directory).len() == registered.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let files = files(&directory);
    assert!(registered.iter().all(|email| files.get(email) == Some(&1)), "{} of {}", files.len(), registered.len());
    drop(server);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("example.org") && !log.contains("Pérez"), "personal data in the log");
}

#[tokio::test]
async fn every_message_can_be_previewed() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    for kind in ["registered", "reminder", "event_cancelled", "event_reinstated"] {
        for language in ["en", "es", "fr", "ca"] {
            let text = succeed(&database, &["mail", "preview", kind, "--language", language]);
            assert_eq!(Mail::read(text.replace('\n', "\r\n").replace("\r\r", "\r").as_bytes()).to, "ana@example.org");
        }
    }
    let html = succeed(&database, &["mail", "preview", "reminder", "--html"]);
    let link = html.replace("&#x2f;", "/").contains("/registration#registration=");
    assert!(html.starts_with("<!DOCTYPE html>") && link, "{html}");
    assert!(fail(&database, &["mail", "preview", "advert"]).contains("already_registered"));
    assert!(fail(&database, &["mail", "preview", "reminder", "--language", "de"]).contains("en, es, fr, ca"));
    let mut program = command(&database);
    let output = program.args(["serve"]).env("PLENARIA_SMTP_URL", "smtp://user:secret@localhost:1").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("PLENARIA_MAIL_FROM") && !text.contains("secret"), "{text}");
}

crate::with_both_engines!(no_mail_is_lost_when_killed);
