//! When the rules of time zones change: what older ones left in the database is corrected once, and people are told.

use plenaria_domain::doctor::Kind;
use plenaria_domain::time::Instant;
use plenaria_domain::time_zone;
use plenaria_persistence::Store;
use plenaria_persistence::derivation::{Correction, DERIVATION, Outcome, When};
use plenaria_persistence::doctor::Checkup;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::mail::{count, smtp, until_count};
use crate::support::smtp::MailServer;
use crate::support::{Engine, TestApp, definition};

crate::on_both_engines!(
    wrong_times_are_corrected_and_everybody_is_told_once,
    what_is_over_is_corrected_silently,
    a_newer_programs_times_are_left_alone,
    who_starts_at_once_corrects_once,
    a_window_moves_without_mail,
    search_words_are_derived_again,
    a_time_that_is_skipped_now_is_still_shown
);

/// Two hours before noon in Vancouver, where it is summer time in winter too from 2026 on.
fn west() -> Value {
    let mut document = definition("west", None, false);
    document["starts"] = json!("2027-01-15T10:00");
    document["time_zone"] = json!("America/Vancouver");
    document["topics"] = json!(["Winter"]);
    document
}

async fn run(app: &TestApp, sql: &str) {
    let connection = app.database.connect().await;
    connection.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.unwrap();
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let connection = app.database.connect().await;
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let number = connection.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap();
    connection.close().await.unwrap();
    number
}

/// How many rows say that it starts then, in the event and in its seats.
async fn starting_at(app: &TestApp, instant: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) AS n FROM events AS e JOIN event_seats AS s ON s.event_id = e.id WHERE e.slug = 'west' \
         AND e.starts_at = '{instant}' AND s.starts_at = '{instant}' AND s.closes_at = '{instant}'"
    );
    number(app, &sql).await
}

const RIGHT: &str = "2027-01-15T17:00:00+00:00";
const WRONG: &str = "2027-01-15T18:00:00+00:00";

/// Leaves the times as a program with the rules of March 2025 derived them.
async fn as_of_old(app: &TestApp) {
    let later = "2027-01-15T19:00:00+00:00";
    let sql = format!(
        "UPDATE events SET starts_at = '{WRONG}', ends_at = '{later}' WHERE slug = 'west'; \
         UPDATE event_seats SET starts_at = '{WRONG}', closes_at = '{WRONG}', ends_at = '{later}' \
         WHERE event_id = (SELECT id FROM events WHERE slug = 'west'); \
         UPDATE derivation SET zone_rules = '2025b', version = 0"
    );
    run(app, &sql).await;
}

async fn derive(app: &TestApp) -> Vec<Correction> {
    match app.store.derive_again(When::Outdated, app.now()).await.unwrap() {
        Outcome::Done(corrections) => corrections,
        other => panic!("{other:?}"),
    }
}

async fn revision(app: &TestApp) -> i64 {
    number(app, "SELECT revision AS n FROM events WHERE slug = 'west'").await
}

async fn updates(app: &TestApp) -> i64 {
    app.all_told().await;
    number(app, "SELECT COUNT(*) AS n FROM changes WHERE type = 'event.updated'").await
}

/// Whether the doctor finds wrong times.
async fn is_found(app: &TestApp) -> bool {
    let checkup = Checkup { clock: app.clock.clone(), changes_kept: chrono::TimeDelta::days(35), retention: None };
    let findings = app.store.examine(&checkup).await.unwrap();
    findings.iter().any(|finding| finding.kind == Kind::StoredTimes)
}

async fn wrong_times_are_corrected_and_everybody_is_told_once(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp(&app, &server).await;
    app.publish(&west()).await;
    assert_eq!(starting_at(&app, RIGHT).await, 1);
    app.registered("west", "ana@example.org").await;
    server.until(1).await;
    assert!(!is_found(&app).await);
    as_of_old(&app).await;
    assert!(is_found(&app).await);

    let corrections = derive(&app).await;
    let [correction] = corrections.as_slice() else { panic!("{corrections:?}") };
    assert!(correction.told && correction.slug == "west" && correction.moved == ["starts"], "{correction:?}");
    let instant = |text: &str| text.parse::<Instant>().unwrap();
    assert_eq!((correction.before.0, correction.after.0), (instant(WRONG), instant(RIGHT)));
    assert_eq!((starting_at(&app, RIGHT).await, revision(&app).await), (1, 2));
    assert!(!is_found(&app).await);

    // Mail, calendar, feed and caches.
    let all = server.just(2).await;
    let told = all.last().unwrap();
    assert!(told.to == "ana@example.org" && told.subject.starts_with("Changed"), "{told:?}");
    let (here, there) = ("Friday 15 January 2027, 10:00–11:00 (America/Vancouver, UTC−7)", "17:00–18:00");
    assert!(told.text.contains(here) && told.text.contains(there), "{}", told.text);
    let calendar = &told.calendar.as_ref().unwrap().1;
    assert!(calendar.contains("DTSTART;TZID=America/Vancouver:20270115T100000\r\n"), "{calendar}");
    assert_eq!(updates(&app).await, 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let shown = app.get("/v1/events/west").await.expect(200);
    assert_eq!((&shown["starts_at"], &shown["revision"]), (&json!("2027-01-15T17:00:00Z"), &json!(2)));
    assert_eq!(app.availability("west").await["closes_at"], "2027-01-15T17:00:00Z");

    // Once.
    assert_eq!(app.store.derive_again(When::Outdated, app.now()).await.unwrap(), Outcome::Current);
    assert_eq!(app.store.derive_again(When::NotNewer, app.now()).await.unwrap(), Outcome::Done(Vec::new()));
    assert_eq!((updates(&app).await, revision(&app).await), (1, 2));
    until_count(&app, "state = 'pending'", 0).await;
    assert_eq!(count(&app, "kind = 'event_changed'").await, 1);
    worker.stop().await;
}

async fn what_is_over_is_corrected_silently(app: TestApp) {
    app.publish(&west()).await;
    app.registered("west", "ana@example.org").await;
    app.set_time("2027-02-01T00:00:00Z");
    as_of_old(&app).await;
    let corrections = derive(&app).await;
    assert!(corrections.len() == 1 && !corrections[0].told, "{corrections:?}");
    assert_eq!((starting_at(&app, RIGHT).await, revision(&app).await, updates(&app).await), (1, 1, 0));
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(app.get("/v1/events/west").await.expect(200)["starts_at"], "2027-01-15T17:00:00Z");
}

async fn a_newer_programs_times_are_left_alone(app: TestApp) {
    app.publish(&west()).await;
    as_of_old(&app).await;
    let newer = [format!("'2099a', version = {DERIVATION}"), format!("'2025b', version = {}", DERIVATION + 1)];
    for newer in newer {
        run(&app, &format!("UPDATE derivation SET zone_rules = {newer}")).await;
        for when in [When::Outdated, When::NotNewer] {
            let outcome = app.store.derive_again(when, app.now()).await.unwrap();
            assert!(matches!(outcome, Outcome::Newer(_)), "{newer} {when:?} {outcome:?}");
        }
        assert_eq!((starting_at(&app, WRONG).await, revision(&app).await), (1, 1), "{newer}");
        assert!(!is_found(&app).await, "this program does not know better");
    }
    let sql = format!("SELECT version AS n FROM derivation WHERE version = {}", DERIVATION + 1);
    assert_eq!(number(&app, &sql).await, DERIVATION + 1, "the row is left alone too");
}

async fn who_starts_at_once_corrects_once(app: TestApp) {
    app.publish(&west()).await;
    as_of_old(&app).await;
    let open = || async { Store::open(&app.database.url()).await.unwrap() };
    let stores = [open().await, open().await, open().await];
    let all = stores.iter().map(|store| store.derive_again(When::Outdated, app.now()));
    let outcomes = futures_util::future::join_all(all).await;
    let number_of = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome.as_ref().unwrap())).count();
    assert_eq!(number_of(|outcome| matches!(outcome, Outcome::Done(done) if done.len() == 1)), 1, "{outcomes:?}");
    assert_eq!(number_of(|outcome| *outcome == Outcome::Current), 2, "{outcomes:?}");
    assert_eq!((revision(&app).await, updates(&app).await), (2, 1));
}

async fn a_window_moves_without_mail(app: TestApp) {
    let mut document = west();
    document["registration"]["opens"] = json!("2026-11-30T09:00");
    app.publish(&document).await;
    let sql = format!(
        "UPDATE event_seats SET opens_at = '2026-11-30T17:00:00+00:00'; \
         UPDATE derivation SET zone_rules = '2025b', version = {DERIVATION}"
    );
    run(&app, &sql).await;
    assert!(is_found(&app).await);
    let corrections = derive(&app).await;
    assert!(corrections.len() == 1 && corrections[0].moved == ["registration"], "{corrections:?}");
    assert_eq!((revision(&app).await, updates(&app).await), (2, 1));
    assert_eq!(app.availability("west").await["opens_at"], "2026-11-30T16:00:00Z");
    assert_eq!(count(&app, "kind = 'event_changed'").await, 0);
}

/// The program's own derivation is newer, the rules are the same.
async fn search_words_are_derived_again(app: TestApp) {
    app.publish(&west()).await;
    let sql = format!(
        "UPDATE events SET search_words = ' other'; UPDATE event_topics SET topic = 'other'; \
         UPDATE derivation SET zone_rules = '{}', version = {}",
        time_zone::rules_version(),
        DERIVATION - 1
    );
    run(&app, &sql).await;
    let found = async |query: &str| {
        let list = app.get(&format!("/v1/events?{query}")).await.expect(200);
        list["data"].as_array().unwrap().len()
    };
    let corrections = derive(&app).await;
    assert!(corrections.len() == 1 && corrections[0].moved.is_empty() && !corrections[0].told, "{corrections:?}");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!((found("q=west").await, found("topic=winter").await, found("q=other").await), (1, 1, 0));
    assert_eq!((revision(&app).await, updates(&app).await), (1, 0));
}

/// A start that was good when it was accepted: the event is shown, with the offset from before the gap.
async fn a_time_that_is_skipped_now_is_still_shown(app: TestApp) {
    let mut document = west();
    document["time_zone"] = json!("Europe/Madrid");
    document["starts"] = json!("2027-03-28T04:30");
    app.publish(&document).await;
    let skipped = match app.database.engine {
        Engine::Postgres => "jsonb_set(document, '{starts}', '\"2027-03-28T02:30:00\"')",
        Engine::Sqlite => "json_set(document, '$.starts', '2027-03-28T02:30:00')",
    };
    run(&app, &format!("UPDATE events SET document = {skipped}; UPDATE derivation SET zone_rules = '2025b'")).await;
    assert_eq!(derive(&app).await.len(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let shown = app.get("/v1/events/west").await.expect(200);
    assert_eq!(shown["starts_at"], "2027-03-28T01:30:00Z");
    app.get("/v1/events/west/programme").await.expect(200);
    app.get("/v1/events/west/calendar.ics").await;
    assert_eq!(app.availability("west").await["closes_at"], "2027-03-28T01:30:00Z");
}
