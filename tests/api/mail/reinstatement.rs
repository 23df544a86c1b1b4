//! A cancelled event that is reinstated: everyone who was mailed about the cancellation is mailed once more.

use plenaria_persistence::mail::MailQueue;
use serde_json::{Value, json};

use crate::support::mail::queue::{sequence, smtp_worker, subjects, wait_for_messages};
use crate::support::mail::smtp_server::{Mail as Received, MailServer};
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    recipients_of_the_cancellation_get_one_message,
    others_get_a_change_message,
    an_immediate_undo_sends_nothing,
    drafts_in_between_lose_no_message,
    no_messages_after_the_end,
    partners_can_subscribe_to_reinstatements
);

fn with_status(event: &Value, status: &str) -> Value {
    let mut event = event.clone();
    event["status"] = json!(status);
    event
}

fn calendar_sequence(mail: &Received) -> i64 {
    sequence(&mail.calendar.as_ref().expect("a calendar").1)
}

const CANCELLED: &str = "Cancelled";
const REINSTATED: &str = "Will take place after all";

async fn recipients_of_the_cancellation_get_one_message(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp_worker(&app, &server).await, smtp_worker(&app, &server).await];
    let event = definition("small", Some(2), true);
    app.publish(&event).await;
    app.registered("small", "seated@example.org").await;
    let (gone, token, _) = app.registered("small", "gone@example.org").await;
    server.wait_for_exactly(2).await;
    app.cancel(&gone, &token).await.expect(200);
    app.registered("small", "too@example.org").await;
    app.registered("small", "waits@example.org").await;
    server.wait_for_exactly(5).await;
    app.publish(&with_status(&event, "cancelled")).await;
    let all = server.wait_for_exactly(8).await;
    assert_eq!(subjects(&all[5..]), [("seated", CANCELLED), ("too", CANCELLED), ("waits", CANCELLED)]);
    app.publish(&event).await;
    let all = server.wait_for_exactly(11).await;
    assert_eq!(subjects(&all[8..]), [("seated", REINSTATED), ("too", REINSTATED), ("waits", REINSTATED)]);
    let to_seated = |mails: &[Received]| mails.iter().find(|mail| mail.to.starts_with("seated")).unwrap().clone();
    let (off, on) = (to_seated(&all[5..8]), to_seated(&all[8..]));
    assert!(on.text.contains("will take place after all") && !on.parameter("token").is_empty(), "{}", on.text);
    let (method, calendar) = on.calendar.clone().unwrap();
    assert!(method == "REQUEST" && calendar.contains("STATUS:CONFIRMED\r\n"), "{calendar}");
    assert!(calendar_sequence(&on) > calendar_sequence(&off), "calendars treat it as newer than the cancellation");
    // People on the waiting list have no calendar entry to restore.
    assert!(all[8..].iter().any(|mail| mail.to.starts_with("waits") && mail.calendar.is_none()));
    for worker in workers {
        worker.stop().await;
    }
    // After a crash the worker reads a change again, and sends no message twice.
    wait_for_messages(&app, "state = 'pending'", 0).await;
    app.database.execute("UPDATE mail_feed_position SET position = position - 1").await;
    let worker = smtp_worker(&app, &server).await;
    server.wait_for_exactly(11).await;
    worker.stop().await;
}

/// Enqueues messages for all changes of the feed, while no worker sends.
async fn enqueue_all(app: &TestApp) {
    app.all_told().await;
    let mail = MailQueue::new(&app.store);
    while let Some(ahead) = mail.pending_changes().await.unwrap() {
        mail.enqueue_changes(ahead, app.now()).await.unwrap();
    }
}

/// The recipients and kinds of all queued and sent messages.
async fn all_messages(app: &TestApp) -> Vec<(String, String)> {
    let sql = "SELECT r.active_email, m.kind FROM messages AS m JOIN registrations AS r ON r.id = m.registration_id \
               ORDER BY r.active_email, m.kind";
    let rows = app.database.rows(sql).await;
    rows.iter().map(|row| (row.try_get("", "active_email").unwrap(), row.try_get("", "kind").unwrap())).collect()
}

/// A cancellation is undone while some of its messages are still queued.
async fn others_get_a_change_message(app: TestApp) {
    let mut event = definition("small", None, false);
    app.publish(&event).await;
    for name in ["notified", "waits", "fresh"] {
        app.registered("small", &format!("{name}@example.org")).await;
    }
    enqueue_all(&app).await;
    let about = |name: &str| {
        format!("registration_id = (SELECT id FROM registrations WHERE active_email = '{name}@example.org')")
    };
    app.database
        .execute(&format!("UPDATE messages SET state = 'sent', attempts = 1 WHERE NOT {}", about("fresh")))
        .await;
    app.publish(&with_status(&event, "cancelled")).await;
    enqueue_all(&app).await;
    app.database
        .execute(&format!("UPDATE messages SET state = 'sent', attempts = 1 WHERE {}", about("notified")))
        .await;
    // The message about the registration was dropped because it no longer applied.
    app.database.execute(&format!("DELETE FROM messages WHERE {}", about("fresh"))).await;
    app.publish(&event).await;
    enqueue_all(&app).await;
    let pairs = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(name, kind)| (format!("{name}@example.org"), (*kind).to_owned())).collect()
    };
    let expected = [
        ("fresh", "event_reinstated"),
        ("notified", "event_cancelled"),
        ("notified", "event_reinstated"),
        ("notified", "registered"),
        ("waits", "event_cancelled"),
        ("waits", "registered"),
    ];
    assert_eq!(all_messages(&app).await, pairs(&expected));
    // The same with a changed time.
    app.database.execute("DELETE FROM messages WHERE kind <> 'registered'").await;
    app.publish(&with_status(&event, "cancelled")).await;
    enqueue_all(&app).await;
    app.database
        .execute(&format!("UPDATE messages SET state = 'sent', attempts = 1 WHERE {}", about("notified")))
        .await;
    event["starts"] = json!("2026-11-25T10:00");
    app.publish(&event).await;
    enqueue_all(&app).await;
    let all = all_messages(&app).await;
    let of = |name: &str| -> Vec<&str> {
        all.iter().filter(|(to, _)| to.starts_with(name)).map(|(_, kind)| kind.as_str()).collect()
    };
    assert_eq!(of("notified"), ["event_cancelled", "event_reinstated", "registered"]);
    assert_eq!(of("waits"), ["event_cancelled", "event_changed", "registered"]);
}

async fn an_immediate_undo_sends_nothing(app: TestApp) {
    let server = MailServer::start().await;
    let event = definition("small", None, false);
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    app.publish(&with_status(&event, "cancelled")).await;
    app.publish(&event).await;
    app.all_told().await;
    let worker = smtp_worker(&app, &server).await;
    assert_eq!(subjects(&server.wait_for_exactly(1).await), [("ana", "You are registered")]);
    worker.stop().await;
}

async fn drafts_in_between_lose_no_message(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = owned("small", "metropolis", &[]);
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    app.publish(&with_status(&event, "cancelled")).await;
    server.wait_for_exactly(2).await;
    // No second message about the cancellation.
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&with_status(&event, "cancelled")).await;
    server.wait_for_exactly(2).await;
    app.publish(&with_status(&event, "draft")).await;
    event["starts"] = json!("2026-11-25T10:00");
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&event).await;
    let all = server.wait_for_exactly(3).await;
    assert_eq!(subjects(&all[2..]), [("ana", REINSTATED)]);
    assert!(all[2].text.contains("Wednesday, 25 November 2026, 10:00–11:00"), "{}", all[2].text);
    // Changes made while the event is a draft are mailed when it is public again.
    event["starts"] = json!("2026-11-26T10:00");
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&event).await;
    let all = server.wait_for_exactly(4).await;
    assert_eq!(subjects(&all[3..]), [("ana", "Changed")]);
    app.publish(&with_status(&event, "draft")).await;
    app.publish(&event).await;
    server.wait_for_exactly(4).await;
    app.all_told().await;
    let token = app.token_of("metropolis", "registrations:read").await;
    let types = "event.published,event.updated,event.cancelled,event.reinstated";
    let feed = app.send("GET", &format!("/v1/changes?types={types}"), Some(&token), None).await.expect(200);
    let feed_types: Vec<(&str, &Value)> = feed["data"]
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
    assert_eq!(feed_types, expected.iter().map(|(kind, changed)| (*kind, changed)).collect::<Vec<_>>());
    worker.stop().await;
}

async fn no_messages_after_the_end(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let event = definition("small", None, false);
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    app.set_time("2026-11-24T11:00:00Z");
    app.publish(&with_status(&event, "cancelled")).await;
    app.publish(&event).await;
    server.wait_for_exactly(1).await;
    worker.stop().await;
}

async fn partners_can_subscribe_to_reinstatements(app: TestApp) {
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
    let created = app.send("POST", "/v1/webhook-endpoints", Some(&token), Some(&endpoint)).await.expect(201);
    assert_eq!(created["types"], json!(types));
    let all = app.send("GET", &format!("/v1/changes?types={}", types.join(",")), Some(&token), None).await;
    all.expect(200);
}
