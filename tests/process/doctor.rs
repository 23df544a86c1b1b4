//! `plenaria doctor`: in a healthy database it finds nothing, and of each thing that is planted just that.

use plenaria_domain::time_zone;
use serde_json::Value;
use uuid::Uuid;

use super::patient::{Found, OLD, Patient};
use super::plants::{Plant, left_alone, mended, new};
use super::program::{command, fail};
use crate::support::{Engine, TestDatabase};

#[track_caller]
fn same(found: &Found, expected: &[(&'static str, Vec<Uuid>)], what: &str) {
    let expected: Found = expected.iter().map(|(kind, ids)| ((*kind).to_owned(), ids.clone())).collect();
    assert_eq!(*found, expected, "{what}");
}

async fn each_thing_is_found(engine: Engine) {
    let patient = Patient::create(engine).await;
    same(&patient.found(&[]).await.0, &[], "it is healthy");
    for Plant { sql, found, undo } in left_alone(&patient) {
        patient.run(&sql).await;
        same(&patient.found(&[]).await.0, &found, &sql);
        let (after, said) = patient.found(&["--repair"]).await;
        same(&after, &found, &format!("left alone: {sql}"));
        assert_eq!(said["mended"], Value::Array(Vec::new()), "{sql}");
        patient.run(&undo).await;
        same(&patient.found(&[]).await.0, &[], &format!("undone: {undo}"));
    }
}

async fn what_is_safe_is_mended(engine: Engine) {
    let mut patient = Patient::create(engine).await;
    for Plant { sql, found, undo: shown } in mended(&patient) {
        patient.run(&sql).await;
        same(&patient.found(&[]).await.0, &found, &sql);
        same(&patient.found(&["--repair"]).await.0, &[], &format!("mended: {sql}"));
        assert_eq!(patient.number(&shown).await, 1, "{shown}");
    }
    // It goes on as it should: a seat that comes free goes to the head of the queue, and who comes now waits.
    patient
        .run("UPDATE webhook_endpoints SET status = 'disabled', disabled_at = created_at, disabled_reason = 'gone'")
        .await;
    let server = patient.serve();
    patient.register(&server, "hot", "waitlisted").await;
    patient.register(&server, "open", "confirmed").await;
    Patient::stop(server);
    same(&patient.found(&[]).await.0, &[], "it is healthy again");
}

/// Nobody is evicted and nobody more gets in; the operator is told, and told what it looks like from then on.
async fn more_than_there_are_seats(engine: Engine) {
    let mut patient = Patient::create(engine).await;
    let (hot, one_more) = (patient.hot, new());
    patient.run(&patient.insert(one_more, hot, "confirmed", OLD)).await;
    let over = vec![("seat-counts", vec![hot]), ("over-capacity", vec![hot])];
    same(&patient.found(&[]).await.0, &over, "one more than there are seats");
    let (found, said) = patient.found(&["--repair"]).await;
    same(&found, &[("over-capacity", vec![hot]), ("above-capacity", vec![hot])], "it cannot be mended");
    assert_eq!(said["mended"][0]["kind"], "seat-counts");
    let (found, said) = patient.found(&[]).await;
    same(&found, &[("above-capacity", vec![hot])], "as after lowering the capacity");
    assert!(said["findings"].to_string().contains("4 are confirmed for an event whose capacity is 3"), "{said}");
    let sql = "SELECT COUNT(*) AS n FROM registrations WHERE status = 'confirmed'";
    assert_eq!(patient.number(sql).await, 5, "nobody was evicted");
    let server = patient.serve();
    patient.register(&server, "hot", "waitlisted").await;
}

/// Places in a queue that cannot be told apart are for people to set right, and so is all else of the event meanwhile.
async fn a_queue_in_disorder(engine: Engine) {
    let patient = Patient::create(engine).await;
    let (hot, waiting) = (patient.hot, &patient.waiting);
    let allow = match engine {
        Engine::Postgres => "ALTER TABLE registrations DROP CONSTRAINT registrations_queued; ",
        Engine::Sqlite => "",
    };
    // Such a row breaks a check, which SQLite tells by itself.
    let integrity = (engine == Engine::Sqlite).then_some(("integrity", vec![]));
    let both = || integrity.clone().into_iter();
    let place = |which: Uuid, number: &str| {
        format!("UPDATE registrations SET queue_number = {number} WHERE id = {}", patient.id(which))
    };
    patient.run(&format!("{allow}{}", place(waiting[0], "NULL"))).await;
    let expected: Vec<_> = [("queue-numbers", vec![waiting[0]])].into_iter().chain(both()).collect();
    same(&patient.found(&[]).await.0, &expected, "without a place");
    patient.run("UPDATE event_seats SET confirmed = 1").await;
    let (found, said) = patient.found(&["--repair"]).await;
    assert!(found.iter().any(|(kind, ids)| kind == "seat-counts" && ids.contains(&hot)), "{said}");
    let sql = format!("SELECT confirmed AS n FROM event_seats WHERE event_id = {}", patient.id(hot));
    assert_eq!(patient.number(&sql).await, 1, "the event is left alone");
    patient.run(&format!("DROP INDEX registrations_queue; {}", place(waiting[0], "2"))).await;
    let (found, said) = patient.found(&["--repair"]).await;
    assert!(found.iter().any(|(kind, ids)| kind == "queue-numbers" && ids.len() == 2), "{said}");
    assert_eq!(patient.number(&sql).await, 1, "the event is left alone");
    patient.run(&place(waiting[0], "1")).await;
    same(&patient.found(&["--repair"]).await.0, &[], "set right");
    assert_eq!(patient.number(&sql).await, 3, "and then mended");
}

macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(crate::support::Engine::Postgres).await; })+ }
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(crate::support::Engine::Sqlite).await; })+ }
    };
}

on_both!(each_thing_is_found, what_is_safe_is_mended, more_than_there_are_seats, a_queue_in_disorder);

#[tokio::test]
async fn sqlites_file() {
    let patient = Patient::create(Engine::Sqlite).await;
    patient.run("PRAGMA journal_mode = DELETE").await;
    same(&patient.found(&[]).await.0, &[("journal", vec![])], "another journal");
    same(&patient.found(&[]).await.0, &[("journal", vec![])], "whoever looks leaves it as it is");
    patient.run("PRAGMA journal_mode = WAL").await;
    patient
        .run("CREATE TABLE extra (event_id BLOB REFERENCES events (id)); INSERT INTO extra (event_id) VALUES (x'00')")
        .await;
    same(&patient.found(&[]).await.0, &[("foreign-keys", vec![])], "a table of somebody else's");
    patient.run("DROP TABLE extra").await;
    // A page of the file is overwritten: the root of the feed, so that much cannot be read.
    let page = patient.number("SELECT rootpage AS n FROM sqlite_schema WHERE name = 'changes'").await;
    let size = usize::try_from(patient.number("SELECT page_size AS n FROM pragma_page_size").await).unwrap();
    let path = patient.database.directory.path().join("plenaria.db");
    let mut file = std::fs::read(&path).unwrap();
    let begin = (usize::try_from(page).unwrap() - 1) * size;
    file[begin..begin + size].fill(0xAA);
    std::fs::write(&path, &file).unwrap();
    let (found, said) = patient.found(&["--repair"]).await;
    assert!(found.iter().any(|(kind, _)| kind == "integrity"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), file, "what is damaged is not written to");
}

#[tokio::test]
async fn people_read_lines() {
    let patient = Patient::create(Engine::Sqlite).await;
    let output = patient.doctor(&[]);
    let rules = format!("time zone rules {}\n", time_zone::rules_version());
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success() && said == format!("{rules}all is well\n"), "{output:?}");
    let hot = patient.hot;
    patient.run(&format!("UPDATE event_seats SET confirmed = 1 WHERE event_id = {}", patient.id(hot))).await;
    let output = patient.doctor(&[]);
    let said = String::from_utf8(output.stdout).unwrap();
    let line = format!(
        "{rules}fault seat-counts: an event's seat row says 1 confirmed and 2 waiting, a recount 3 and 2: {hot}. \
         --repair recounts it under the desk's lock\nfaults: 1; advice: 0\n"
    );
    assert!(!output.status.success() && said == line, "{said}");
    let output = patient.doctor(&["--repair"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let line = format!(
        "{rules}mended seat-counts: the seat row says 3 confirmed and 2 waiting, as they are: {hot}.\nall is well\n"
    );
    assert!(output.status.success() && said == line, "{said}");
}

#[tokio::test]
async fn settings_are_looked_at_and_nothing_is_made() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    assert!(fail(&database, &["doctor"]).contains("there is no database"));
    assert!(!database.directory.path().join("plenaria.db").exists());
    let patient = Patient::create(Engine::Sqlite).await;
    let mut command = command(&patient.database);
    let output = command.env("PLENARIA_TRUSTED_PROXIES", "0.0.0.0/0").arg("doctor").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && said.contains("\nfault trusted-proxies: "), "{said}");
    assert!(said.contains("\nadvice manage-url: ") && said.ends_with("faults: 1; advice: 1\n"), "{said}");
}
