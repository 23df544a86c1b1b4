//! `plenaria doctor`: a healthy database has no findings, and each damage has exactly its own.

use plenaria_domain::values::time_zone;
use serde_json::Value;
use uuid::Uuid;

use super::damaged_database::{DamagedDatabase, Findings, OLD};
use super::damages::{Damage, new, repairable, unrepairable};
use crate::program::{command, fail};
use crate::support::database::test_database::{Engine, TestDatabase};

#[track_caller]
fn assert_findings(findings: &Findings, expected: &[(&'static str, Vec<Uuid>)], what: &str) {
    let expected: Findings = expected.iter().map(|(kind, ids)| ((*kind).to_owned(), ids.clone())).collect();
    assert_eq!(*findings, expected, "{what}");
}

async fn each_damage_is_found(engine: Engine) {
    let damaged = DamagedDatabase::create(engine).await;
    assert_findings(&damaged.findings(&[]).await.0, &[], "it is healthy");
    for Damage { sql, findings, undo } in unrepairable(&damaged) {
        damaged.execute_unchecked(&sql).await;
        assert_findings(&damaged.findings(&[]).await.0, &findings, &sql);
        let (after, report) = damaged.findings(&["--repair"]).await;
        assert_findings(&after, &findings, &format!("left alone: {sql}"));
        assert_eq!(report["repaired"], Value::Array(Vec::new()), "{sql}");
        damaged.execute_unchecked(&undo).await;
        assert_findings(&damaged.findings(&[]).await.0, &[], &format!("undone: {undo}"));
    }
}

async fn repairable_damage_is_repaired(engine: Engine) {
    let mut damaged = DamagedDatabase::create(engine).await;
    for Damage { sql, findings, undo: check } in repairable(&damaged) {
        damaged.execute_unchecked(&sql).await;
        assert_findings(&damaged.findings(&[]).await.0, &findings, &sql);
        assert_findings(&damaged.findings(&["--repair"]).await.0, &[], &format!("repaired: {sql}"));
        assert_eq!(damaged.number(&check).await, 1, "{check}");
    }
    // The repaired event works: a free seat goes to the head of the waiting list, and a new person is put on it.
    damaged
        .execute_unchecked(
            "UPDATE webhook_endpoints SET status = 'disabled', disabled_at = created_at, disabled_reason = 'gone'",
        )
        .await;
    let server = damaged.serve();
    damaged.register(&server, "hot", "waitlisted").await;
    damaged.register(&server, "open", "confirmed").await;
    DamagedDatabase::stop(server);
    assert_findings(&damaged.findings(&[]).await.0, &[], "it is healthy again");
}

/// Nobody is evicted and nobody is admitted; the doctor reports the overbooking, and then the situation as it is.
async fn an_overbooked_event(engine: Engine) {
    let mut damaged = DamagedDatabase::create(engine).await;
    let (hot, one_more) = (damaged.hot, new());
    damaged.execute_unchecked(&damaged.insert(one_more, hot, "confirmed", OLD)).await;
    let over = vec![("seat-counts", vec![hot]), ("over-capacity", vec![hot])];
    assert_findings(&damaged.findings(&[]).await.0, &over, "one more than there are seats");
    let (findings, report) = damaged.findings(&["--repair"]).await;
    assert_findings(&findings, &[("over-capacity", vec![hot]), ("above-capacity", vec![hot])], "it cannot be repaired");
    assert_eq!(report["repaired"][0]["kind"], "seat-counts");
    let (findings, report) = damaged.findings(&[]).await;
    assert_findings(&findings, &[("above-capacity", vec![hot])], "as after lowering the capacity");
    assert!(report["findings"].to_string().contains("4 are confirmed for an event whose capacity is 3"), "{report}");
    let sql = "SELECT COUNT(*) AS n FROM registrations WHERE status = 'confirmed'";
    assert_eq!(damaged.number(sql).await, 5, "nobody was evicted");
    let server = damaged.serve();
    damaged.register(&server, "hot", "waitlisted").await;
}

/// Missing or ambiguous waiting list numbers must be corrected by hand, and until then the event is not repaired at
/// all.
async fn a_damaged_waitlist(engine: Engine) {
    let damaged = DamagedDatabase::create(engine).await;
    let (hot, waiting) = (damaged.hot, &damaged.waiting);
    let allow = match engine {
        Engine::Postgres => "ALTER TABLE registrations DROP CONSTRAINT registrations_waitlisted; ",
        Engine::Sqlite => "",
    };
    // Such a row violates a check constraint, which SQLite's integrity check reports too.
    let integrity = (engine == Engine::Sqlite).then_some(("integrity", vec![]));
    let with_integrity = || integrity.clone().into_iter();
    let set_number = |which: Uuid, number: &str| {
        format!("UPDATE registrations SET waitlist_number = {number} WHERE id = {}", damaged.id(which))
    };
    damaged.execute_unchecked(&format!("{allow}{}", set_number(waiting[0], "NULL"))).await;
    let expected: Vec<_> = [("waitlist-numbers", vec![waiting[0]])].into_iter().chain(with_integrity()).collect();
    assert_findings(&damaged.findings(&[]).await.0, &expected, "without a number");
    damaged.execute_unchecked("UPDATE event_seats SET confirmed = 1").await;
    let (findings, report) = damaged.findings(&["--repair"]).await;
    assert!(findings.iter().any(|(kind, ids)| kind == "seat-counts" && ids.contains(&hot)), "{report}");
    let sql = format!("SELECT confirmed AS n FROM event_seats WHERE event_id = {}", damaged.id(hot));
    assert_eq!(damaged.number(&sql).await, 1, "the event is left alone");
    damaged.execute_unchecked(&format!("DROP INDEX registrations_waitlist; {}", set_number(waiting[0], "2"))).await;
    let (findings, report) = damaged.findings(&["--repair"]).await;
    assert!(findings.iter().any(|(kind, ids)| kind == "waitlist-numbers" && ids.len() == 2), "{report}");
    assert_eq!(damaged.number(&sql).await, 1, "the event is left alone");
    damaged.execute_unchecked(&set_number(waiting[0], "1")).await;
    assert_findings(&damaged.findings(&["--repair"]).await.0, &[], "corrected by hand");
    assert_eq!(damaged.number(&sql).await, 3, "and then repaired");
}

crate::with_both_engines!(each_damage_is_found, repairable_damage_is_repaired, an_overbooked_event, a_damaged_waitlist);

#[tokio::test]
async fn damaged_sqlite_files() {
    let damaged = DamagedDatabase::create(Engine::Sqlite).await;
    damaged.execute_unchecked("PRAGMA journal_mode = DELETE").await;
    assert_findings(&damaged.findings(&[]).await.0, &[("journal", vec![])], "another journal");
    assert_findings(&damaged.findings(&[]).await.0, &[("journal", vec![])], "the check changes nothing");
    damaged.execute_unchecked("PRAGMA journal_mode = WAL").await;
    damaged
        .execute_unchecked(
            "CREATE TABLE extra (event_id BLOB REFERENCES events (id)); INSERT INTO extra (event_id) VALUES (x'00')",
        )
        .await;
    assert_findings(&damaged.findings(&[]).await.0, &[("foreign-keys", vec![])], "a foreign table");
    damaged.execute_unchecked("DROP TABLE extra").await;
    // The root page of the table `changes` is overwritten, so that it cannot be read.
    let page = damaged.number("SELECT rootpage AS n FROM sqlite_schema WHERE name = 'changes'").await;
    let size = usize::try_from(damaged.number("SELECT page_size AS n FROM pragma_page_size").await).unwrap();
    let path = damaged.database.directory.path().join("plenaria.db");
    let mut file = std::fs::read(&path).unwrap();
    let begin = (usize::try_from(page).unwrap() - 1) * size;
    file[begin..begin + size].fill(0xAA);
    std::fs::write(&path, &file).unwrap();
    let (findings, report) = damaged.findings(&["--repair"]).await;
    assert!(findings.iter().any(|(kind, _)| kind == "integrity"), "{report}");
    assert_eq!(std::fs::read(&path).unwrap(), file, "the damaged file is not written to");
}

#[tokio::test]
async fn plain_output() {
    let damaged = DamagedDatabase::create(Engine::Sqlite).await;
    let output = damaged.doctor(&[]);
    let rules = format!("time zone rules {}\n", time_zone::rules_version());
    let report = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success() && report == format!("{rules}all is well\n"), "{output:?}");
    let hot = damaged.hot;
    damaged
        .execute_unchecked(&format!("UPDATE event_seats SET confirmed = 1 WHERE event_id = {}", damaged.id(hot)))
        .await;
    let output = damaged.doctor(&[]);
    let report = String::from_utf8(output.stdout).unwrap();
    let line = format!(
        "{rules}fault seat-counts: an event's seat row says 1 confirmed and 2 waiting, a recount 3 and 2: {hot}. \
         --repair recounts it under the desk's lock\nfaults: 1; advice: 0\n"
    );
    assert!(!output.status.success() && report == line, "{report}");
    let output = damaged.doctor(&["--repair"]);
    let report = String::from_utf8(output.stdout).unwrap();
    let line = format!(
        "{rules}repaired seat-counts: the seat row says 3 confirmed and 2 waiting, as they are: {hot}.\nall is well\n"
    );
    assert!(output.status.success() && report == line, "{report}");
}

#[tokio::test]
async fn settings_are_checked_and_no_database_is_created() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    assert!(fail(&database, &["doctor"]).contains("there is no database"));
    assert!(!database.directory.path().join("plenaria.db").exists());
    let damaged = DamagedDatabase::create(Engine::Sqlite).await;
    let mut command = command(&damaged.database);
    let output = command
        .env("PLENARIA_TRUSTED_PROXIES", "0.0.0.0/0")
        .env("PLENARIA_PAGES", "off")
        .arg("doctor")
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && report.contains("\nfault trusted-proxies: "), "{report}");
    assert!(report.contains("\nadvice manage-url: ") && report.ends_with("faults: 1; advice: 1\n"), "{report}");
}
