//! New time zone rules: times that older rules derived are corrected once, and the registered people are informed.

use plenaria_domain::doctor::Kind;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone;
use plenaria_persistence::Store;
use plenaria_persistence::doctor::ExamineOptions;
use plenaria_persistence::events::derivation::{Correction, DERIVATION, DerivationOutcome, RederiveIf};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::mail::queue::{count_messages, smtp_worker, wait_for_messages};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    wrong_times_are_corrected_and_mailed_once,
    past_events_are_corrected_silently,
    a_newer_programs_times_are_left_alone,
    concurrent_starts_correct_once,
    registration_windows_move_without_mail,
    search_words_are_derived_again,
    a_skipped_local_time_is_still_served
);

/// An event at 10:00 in Vancouver, where daylight-saving time is permanent from 2026 on.
fn west() -> Value {
    let mut document = definition("west", None, false);
    document["starts"] = json!("2027-01-15T10:00");
    document["time_zone"] = json!("America/Vancouver");
    document["topics"] = json!(["Winter"]);
    document
}

/// The number of rows in which both the event and its seats have this start.
async fn count_starting_at(app: &TestApp, instant: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) AS n FROM events AS e JOIN event_seats AS s ON s.event_id = e.id WHERE e.slug = 'west' \
         AND e.starts_at = '{instant}' AND s.starts_at = '{instant}' AND s.closes_at = '{instant}'"
    );
    app.database.number(&sql).await
}

const RIGHT: &str = "2027-01-15T17:00:00+00:00";
const WRONG: &str = "2027-01-15T18:00:00+00:00";

/// Sets the times as a program with the rules of March 2025 derived them.
async fn restore_outdated_times(app: &TestApp) {
    let later = "2027-01-15T19:00:00+00:00";
    let sql = format!(
        "UPDATE events SET starts_at = '{WRONG}', ends_at = '{later}' WHERE slug = 'west'; \
         UPDATE event_seats SET starts_at = '{WRONG}', closes_at = '{WRONG}', ends_at = '{later}' \
         WHERE event_id = (SELECT id FROM events WHERE slug = 'west'); \
         UPDATE derivation SET zone_rules = '2025b', version = 0"
    );
    app.database.execute(&sql).await;
}

async fn derive(app: &TestApp) -> Vec<Correction> {
    match app.store.rederive(RederiveIf::Outdated, app.now()).await.unwrap() {
        DerivationOutcome::Done(corrections) => corrections,
        other => panic!("{other:?}"),
    }
}

async fn revision(app: &TestApp) -> i64 {
    app.database.number("SELECT revision AS n FROM events WHERE slug = 'west'").await
}

async fn updates(app: &TestApp) -> i64 {
    app.all_told().await;
    app.database.number("SELECT COUNT(*) AS n FROM changes WHERE type = 'event.updated'").await
}

/// Whether the doctor finds wrong stored times.
async fn doctor_finds_wrong_times(app: &TestApp) -> bool {
    let checkup = ExamineOptions {
        clock: app.clock.clone(),
        change_retention: chrono::TimeDelta::days(35),
        personal_data_retention: None,
    };
    let findings = app.store.examine(&checkup).await.unwrap();
    findings.iter().any(|finding| finding.kind == Kind::StoredTimes)
}

async fn wrong_times_are_corrected_and_mailed_once(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&west()).await;
    assert_eq!(count_starting_at(&app, RIGHT).await, 1);
    app.registered("west", "ana@example.org").await;
    server.wait_for(1).await;
    assert!(!doctor_finds_wrong_times(&app).await);
    restore_outdated_times(&app).await;
    assert!(doctor_finds_wrong_times(&app).await);

    let corrections = derive(&app).await;
    let [correction] = corrections.as_slice() else { panic!("{corrections:?}") };
    assert!(correction.announced && correction.slug == "west" && correction.moved == ["starts"], "{correction:?}");
    let instant = |text: &str| text.parse::<Instant>().unwrap();
    assert_eq!((correction.before.0, correction.after.0), (instant(WRONG), instant(RIGHT)));
    assert_eq!((count_starting_at(&app, RIGHT).await, revision(&app).await), (1, 2));
    assert!(!doctor_finds_wrong_times(&app).await);

    // The mail, the calendar, the feed and the caches are correct.
    let all = server.wait_for_exactly(2).await;
    let mail = all.last().unwrap();
    assert!(mail.to == "ana@example.org" && mail.subject.starts_with("Changed"), "{mail:?}");
    let (here, there) = ("Friday, 15 January 2027, 10:00–11:00 (America/Vancouver, UTC−7)", "17:00–18:00");
    assert!(mail.text.contains(here) && mail.text.contains(there), "{}", mail.text);
    let calendar = &mail.calendar.as_ref().unwrap().1;
    assert!(calendar.contains("DTSTART;TZID=America/Vancouver:20270115T100000\r\n"), "{calendar}");
    assert_eq!(updates(&app).await, 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let event = app.get("/v1/events/west").await.expect(200);
    assert_eq!((&event["starts_at"], &event["revision"]), (&json!("2027-01-15T17:00:00Z"), &json!(2)));
    assert_eq!(app.availability("west").await["closes_at"], "2027-01-15T17:00:00Z");

    // The correction is made once.
    assert_eq!(app.store.rederive(RederiveIf::Outdated, app.now()).await.unwrap(), DerivationOutcome::Current);
    assert_eq!(app.store.rederive(RederiveIf::NotNewer, app.now()).await.unwrap(), DerivationOutcome::Done(Vec::new()));
    assert_eq!((updates(&app).await, revision(&app).await), (1, 2));
    wait_for_messages(&app, "state = 'pending'", 0).await;
    assert_eq!(count_messages(&app, "kind = 'event_changed'").await, 1);
    worker.stop().await;
}

async fn past_events_are_corrected_silently(app: TestApp) {
    app.publish(&west()).await;
    app.registered("west", "ana@example.org").await;
    app.set_time("2027-02-01T00:00:00Z");
    restore_outdated_times(&app).await;
    let corrections = derive(&app).await;
    assert!(corrections.len() == 1 && !corrections[0].announced, "{corrections:?}");
    assert_eq!((count_starting_at(&app, RIGHT).await, revision(&app).await, updates(&app).await), (1, 1, 0));
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(app.get("/v1/events/west").await.expect(200)["starts_at"], "2027-01-15T17:00:00Z");
}

async fn a_newer_programs_times_are_left_alone(app: TestApp) {
    app.publish(&west()).await;
    restore_outdated_times(&app).await;
    let newer = [format!("'2099a', version = {DERIVATION}"), format!("'2025b', version = {}", DERIVATION + 1)];
    for newer in newer {
        app.database.execute(&format!("UPDATE derivation SET zone_rules = {newer}")).await;
        for when in [RederiveIf::Outdated, RederiveIf::NotNewer] {
            let outcome = app.store.rederive(when, app.now()).await.unwrap();
            assert!(matches!(outcome, DerivationOutcome::Newer(_)), "{newer} {when:?} {outcome:?}");
        }
        assert_eq!((count_starting_at(&app, WRONG).await, revision(&app).await), (1, 1), "{newer}");
        assert!(!doctor_finds_wrong_times(&app).await, "an older program reports no wrong times");
    }
    let sql = format!("SELECT version AS n FROM derivation WHERE version = {}", DERIVATION + 1);
    assert_eq!(app.database.number(&sql).await, DERIVATION + 1, "the row is unchanged too");
}

async fn concurrent_starts_correct_once(app: TestApp) {
    app.publish(&west()).await;
    restore_outdated_times(&app).await;
    let open = || async { Store::open(&app.database.url()).await.unwrap() };
    let stores = [open().await, open().await, open().await];
    let all = stores.iter().map(|store| store.rederive(RederiveIf::Outdated, app.now()));
    let outcomes = futures_util::future::join_all(all).await;
    let number_of =
        |is: fn(&DerivationOutcome) -> bool| outcomes.iter().filter(|outcome| is(outcome.as_ref().unwrap())).count();
    assert_eq!(
        number_of(|outcome| matches!(outcome, DerivationOutcome::Done(done) if done.len() == 1)),
        1,
        "{outcomes:?}"
    );
    assert_eq!(number_of(|outcome| *outcome == DerivationOutcome::Current), 2, "{outcomes:?}");
    assert_eq!((revision(&app).await, updates(&app).await), (2, 1));
}

async fn registration_windows_move_without_mail(app: TestApp) {
    let mut document = west();
    document["registration"]["opens"] = json!("2026-11-30T09:00");
    app.publish(&document).await;
    let sql = format!(
        "UPDATE event_seats SET opens_at = '2026-11-30T17:00:00+00:00'; \
         UPDATE derivation SET zone_rules = '2025b', version = {DERIVATION}"
    );
    app.database.execute(&sql).await;
    assert!(doctor_finds_wrong_times(&app).await);
    let corrections = derive(&app).await;
    assert!(corrections.len() == 1 && corrections[0].moved == ["registration"], "{corrections:?}");
    assert_eq!((revision(&app).await, updates(&app).await), (2, 1));
    assert_eq!(app.availability("west").await["opens_at"], "2026-11-30T16:00:00Z");
    assert_eq!(count_messages(&app, "kind = 'event_changed'").await, 0);
}

/// The version of the program's derivation is newer, with the same time zone rules.
async fn search_words_are_derived_again(app: TestApp) {
    app.publish(&west()).await;
    let sql = format!(
        "UPDATE events SET search_words = ' other'; UPDATE event_topics SET topic = 'other'; \
         UPDATE derivation SET zone_rules = '{}', version = {}",
        time_zone::rules_version(),
        DERIVATION - 1
    );
    app.database.execute(&sql).await;
    let found = async |query: &str| {
        let list = app.get(&format!("/v1/events?{query}")).await.expect(200);
        list["data"].as_array().unwrap().len()
    };
    let corrections = derive(&app).await;
    assert!(corrections.len() == 1 && corrections[0].moved.is_empty() && !corrections[0].announced, "{corrections:?}");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!((found("q=west").await, found("topic=winter").await, found("q=other").await), (1, 1, 0));
    assert_eq!((revision(&app).await, updates(&app).await), (1, 0));
}

/// A local start that was valid when it was published: the event is served with the offset from before the gap.
async fn a_skipped_local_time_is_still_served(app: TestApp) {
    let mut document = west();
    document["time_zone"] = json!("Europe/Madrid");
    document["starts"] = json!("2027-03-28T04:30");
    app.publish(&document).await;
    let skipped = match app.database.engine {
        Engine::Postgres => "jsonb_set(document, '{starts}', '\"2027-03-28T02:30:00\"')",
        Engine::Sqlite => "json_set(document, '$.starts', '2027-03-28T02:30:00')",
    };
    app.database
        .execute(&format!("UPDATE events SET document = {skipped}; UPDATE derivation SET zone_rules = '2025b'"))
        .await;
    assert_eq!(derive(&app).await.len(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let event = app.get("/v1/events/west").await.expect(200);
    assert_eq!(event["starts_at"], "2027-03-28T01:30:00Z");
    app.get("/v1/events/west/programme").await.expect(200);
    app.get("/v1/events/west/calendar.ics").await;
    assert_eq!(app.availability("west").await["closes_at"], "2027-03-28T01:30:00Z");
}
