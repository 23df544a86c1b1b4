//! A cancelled event that takes place after all: whoever was told that it is cancelled is told so, once.

use plenaria_persistence::mail::Mail;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::mail::{smtp, until_count};
use crate::support::partners::owned;
use crate::support::smtp::{Mail as Received, MailServer};
use crate::support::{TestApp, definition};

crate::on_both_engines!(
    who_was_told_is_told_once,
    who_was_not_told_is_told_what_changed,
    what_is_undone_at_once_is_not_told,
    drafts_in_between_hide_nothing,
    an_event_that_is_over_is_told_of_no_more,
    partners_can_ask_for_it
);

fn with_status(event: &Value, status: &str) -> Value {
    let mut event = event.clone();
    event["status"] = json!(status);
    event
}

/// To whom with which beginning of a subject, sorted.
fn told(mails: &[Received]) -> Vec<(&str, &str)> {
    let mut told: Vec<_> =
        mails.iter().map(|m| (m.to.split('@').next().unwrap(), m.subject.split(':').next().unwrap())).collect();
    told.sort_unstable();
    told
}

fn sequence(mail: &Received) -> i64 {
    let (_, calendar) = mail.calendar.as_ref().expect("a calendar");
    calendar.lines().find_map(|line| line.strip_prefix("SEQUENCE:")).unwrap().trim().parse().unwrap()
}

async fn execute(app: &TestApp, sql: &str) {
    let connection = app.database.connect().await;
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

const CALLED_OFF: &str = "Called off";
const REINSTATED: &str = "Takes place after all";

async fn who_was_told_is_told_once(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp(&app, &server).await, smtp(&app, &server).await];
    let event = definition("small", Some(2), true);
    app.publish(&event).await;
    app.registered("small", "seated@example.org").await;
    let (gone, token, _) = app.registered("small", "gone@example.org").await;
    server.just(2).await;
    app.cancel(&gone, &token).await.expect(200);
    app.registered("small", "too@example.org").await;
    app.registered("small", "waits@example.org").await;
    server.just(5).await;
    app.publish(&with_status(&event, "cancelled")).await;
    let all = server.just(8).await;
    assert_eq!(told(&all[5..]), [("seated", CALLED_OFF), ("too", CALLED_OFF), ("waits", CALLED_OFF)]);
    app.publish(&event).await;
    let all = server.just(11).await;
    assert_eq!(told(&all[8..]), [("seated", REINSTATED), ("too", REINSTATED), ("waits", REINSTATED)]);
    let to_seated = |mails: &[Received]| mails.iter().find(|mail| mail.to.starts_with("seated")).unwrap().clone();
    let (off, on) = (to_seated(&all[5..8]), to_seated(&all[8..]));
    assert!(on.text.contains("takes place after all") && !on.parameter("token").is_empty(), "{}", on.text);
    let (method, calendar) = on.calendar.clone().unwrap();
    assert!(method == "REQUEST" && calendar.contains("STATUS:CONFIRMED\r\n"), "{calendar}");
    assert!(sequence(&on) > sequence(&off), "calendars take it for newer than the cancellation");
    // Whoever never had a seat has no entry to put back.
    assert!(all[8..].iter().any(|mail| mail.to.starts_with("waits") && mail.calendar.is_none()));
    for worker in workers {
        worker.stop().await;
    }
    // What a crash makes the queue forget is read once more, and nobody is told again.
    until_count(&app, "state = 'pending'", 0).await;
    execute(&app, "UPDATE mailer SET position = position - 1").await;
    let worker = smtp(&app, &server).await;
    server.just(11).await;
    worker.stop().await;
}

/// Fills the queue from the feed, while nobody sends.
async fn fill(app: &TestApp) {
    app.all_told().await;
    let mail = Mail::new(&app.store);
    while let Some(ahead) = mail.ahead().await.unwrap() {
        mail.queue(ahead, app.now()).await.unwrap();
    }
}

/// What is queued, or was sent: to whom, and what.
async fn queued(app: &TestApp) -> Vec<(String, String)> {
    let connection = app.database.connect().await;
    let sql = "SELECT r.live_email, m.kind FROM messages AS m JOIN registrations AS r ON r.id = m.registration_id \
               ORDER BY r.live_email, m.kind";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "live_email").unwrap(), row.try_get("", "kind").unwrap())).collect()
}

/// Of a cancellation that is undone while messages of it still wait.
async fn who_was_not_told_is_told_what_changed(app: TestApp) {
    let mut event = definition("small", None, false);
    app.publish(&event).await;
    for name in ["told", "waits", "fresh"] {
        app.registered("small", &format!("{name}@example.org")).await;
    }
    fill(&app).await;
    let about = |name: &str| {
        format!("registration_id = (SELECT id FROM registrations WHERE live_email = '{name}@example.org')")
    };
    execute(&app, &format!("UPDATE messages SET state = 'sent', attempts = 1 WHERE NOT {}", about("fresh"))).await;
    app.publish(&with_status(&event, "cancelled")).await;
    fill(&app).await;
    execute(&app, &format!("UPDATE messages SET state = 'sent', attempts = 1 WHERE {}", about("told"))).await;
    // That they are registered was not true any more when it was to be sent.
    execute(&app, &format!("DELETE FROM messages WHERE {}", about("fresh"))).await;
    app.publish(&event).await;
    fill(&app).await;
    let pairs = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(name, kind)| (format!("{name}@example.org"), (*kind).to_owned())).collect()
    };
    let expected = [
        ("fresh", "event_reinstated"),
        ("told", "event_cancelled"),
        ("told", "event_reinstated"),
        ("told", "registered"),
        ("waits", "event_cancelled"),
        ("waits", "registered"),
    ];
    assert_eq!(queued(&app).await, pairs(&expected));
    // Once more, and the time has changed with it.
    execute(&app, "DELETE FROM messages WHERE kind <> 'registered'").await;
    app.publish(&with_status(&event, "cancelled")).await;
    fill(&app).await;
    execute(&app, &format!("UPDATE messages SET state = 'sent', attempts = 1 WHERE {}", about("told"))).await;
    event["starts"] = json!("2026-11-25T10:00");
    app.publish(&event).await;
    fill(&app).await;
    let all = queued(&app).await;
    let of = |name: &str| -> Vec<&str> {
        all.iter().filter(|(to, _)| to.starts_with(name)).map(|(_, kind)| kind.as_str()).collect()
    };
    assert_eq!(of("told"), ["event_cancelled", "event_reinstated", "registered"]);
    assert_eq!(of("waits"), ["event_cancelled", "event_changed", "registered"]);
}

async fn what_is_undone_at_once_is_not_told(app: TestApp) {
    let server = MailServer::start().await;
    let event = definition("small", None, false);
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    app.publish(&with_status(&event, "cancelled")).await;
    app.publish(&event).await;
    app.all_told().await;
    let worker = smtp(&app, &server).await;
    assert_eq!(told(&server.just(1).await), [("ana", "You are registered")]);
    worker.stop().await;
}

async fn drafts_in_between_hide_nothing(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp(&app, &server).await;
    let mut event = owned("small", "metropolis", &[]);
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    server.just(1).await;
    app.publish(&with_status(&event, "cancelled")).await;
    server.just(2).await;
    // They know already.
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&with_status(&event, "cancelled")).await;
    server.just(2).await;
    app.publish(&with_status(&event, "draft")).await;
    event["starts"] = json!("2026-11-25T10:00");
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&event).await;
    let all = server.just(3).await;
    assert_eq!(told(&all[2..]), [("ana", REINSTATED)]);
    assert!(all[2].text.contains("Wednesday 25 November 2026, 10:00–11:00"), "{}", all[2].text);
    // What changed while it was a draft is told when it is public again.
    event["starts"] = json!("2026-11-26T10:00");
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&event).await;
    let all = server.just(4).await;
    assert_eq!(told(&all[3..]), [("ana", "Changed")]);
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&event).await;
    server.just(4).await;
    app.all_told().await;
    let token = app.token_of("metropolis", "registrations:read").await;
    let types = "event.published,event.updated,event.cancelled,event.reinstated";
    let feed = app.send("GET", &format!("/v1/changes?types={types}"), Some(&token), None).await.expect(200);
    let seen: Vec<(&str, &Value)> = feed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["type"].as_str().unwrap(), &change["data"]["changed"]))
        .collect();
    let expected = [
        ("event.published", json!([])),
        ("event.cancelled", json!(["status"])),
        ("event.updated", json!([])),
        ("event.reinstated", json!(["status", "starts"])),
        ("event.published", json!(["starts"])),
        ("event.published", json!([])),
    ];
    assert_eq!(seen, expected.iter().map(|(kind, changed)| (*kind, changed)).collect::<Vec<_>>());
    worker.stop().await;
}

async fn an_event_that_is_over_is_told_of_no_more(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp(&app, &server).await;
    let event = definition("small", None, false);
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    server.just(1).await;
    app.set_time("2026-11-24T11:00:00Z");
    app.publish(&with_status(&event, "cancelled")).await;
    app.publish(&event).await;
    server.just(1).await;
    worker.stop().await;
}

async fn partners_can_ask_for_it(app: TestApp) {
    let token = app.token_of("metropolis", "webhooks:manage registrations:read").await;
    let types = [
        "registration.created",
        "registration.confirmed",
        "registration.waitlisted",
        "registration.promoted",
        "registration.updated",
        "registration.cancelled",
        "registration.erased",
        "registration.attended",
        "event.published",
        "event.updated",
        "event.cancelled",
        "event.reinstated",
    ];
    let endpoint = json!({"url": "https://hooks.example.org", "types": types});
    let made = app.send("POST", "/v1/webhook-endpoints", Some(&token), Some(&endpoint)).await.expect(201);
    assert_eq!(made["types"], json!(types));
    let all = app.send("GET", &format!("/v1/changes?types={}", types.join(",")), Some(&token), None).await;
    all.expect(200);
}
