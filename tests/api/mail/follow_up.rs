//! The message after an event: once, at its time, to those who were there.

use serde_json::{Value, json};

use crate::support::mail::queue::{count_messages, smtp_worker, subjects, wait_for_messages};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    follow_ups_are_sent_once_and_on_time,
    only_those_who_attended_get_one,
    the_time_follows_the_definition,
    a_follow_up_may_be_added_after_the_event,
    an_event_moved_to_later_is_followed_up_for_new_people,
    who_missed_the_first_date_is_followed_up_after_the_next,
    an_event_moved_later_and_back_is_followed_up_once,
    a_lost_transaction_queues_the_same_messages
);

const SUBJECT: &str = "Afterwards";

/// An event on 24 November from 10:00 to 11:00 (UTC), with a follow-up two hours later.
fn followed_up(capacity: Option<u32>) -> Value {
    let mut event = definition("forum", capacity, true);
    event["follow_up"] = json!({"hours_after": 2, "text": "Here is what you asked for."});
    event["materials"] = json!([{"label": "Recording", "url": "https://video.example.org/1", "kind": "recording"}]);
    event
}

async fn follow_ups_are_sent_once_and_on_time(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp_worker(&app, &server).await, smtp_worker(&app, &server).await];
    let mut event = followed_up(Some(2));
    app.publish(&event).await;
    app.registered("forum", "ana@example.org").await;
    let (gone, token, _) = app.registered("forum", "gone@example.org").await;
    server.wait_for_exactly(2).await;
    app.cancel(&gone, &token).await.expect(200);
    app.registered("forum", "bea@example.org").await;
    app.registered("forum", "waits@example.org").await;
    let before = server.wait_for_exactly(5).await.len();
    app.set_time("2026-11-24T12:59:59Z");
    server.wait_for_exactly(before).await;
    app.set_time("2026-11-24T13:00:00Z");
    let all = server.wait_for_exactly(before + 2).await;
    assert_eq!(subjects(&all[before..]), [("ana", SUBJECT), ("bea", SUBJECT)]);
    let text = &all[before].text;
    assert!(text.contains("Here is what you asked for."), "{text}");
    assert!(text.contains("Recording: https://video.example.org/1"), "{text}");
    assert!(all[before].calendar.is_none() && !text.contains("token"), "{text}");
    // Later changes of the definition send nothing.
    event["follow_up"] = json!({"hours_after": 3, "text": "Here is more."});
    event["materials"].as_array_mut().unwrap().push(json!({"label": "Slides", "url": "https://www.example.org/s"}));
    app.publish(&event).await;
    app.set_time("2026-11-24T14:00:00Z");
    server.wait_for_exactly(before + 2).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(count_messages(&app, "kind = 'follow_up' AND state = 'sent'").await, 2);
}

async fn only_those_who_attended_get_one(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = owned("forum", "metropolis", &[]);
    event["follow_up"] = json!({"hours_after": 0});
    app.publish(&event).await;
    let (ana, ..) = app.registered("forum", "ana@example.org").await;
    app.registered("forum", "bea@example.org").await;
    server.wait_for_exactly(2).await;
    app.set_time("2026-11-24T10:30:00Z");
    let token = app.token_of("metropolis", "registrations:write").await;
    let path = format!("/v1/registrations/{ana}/attendance");
    app.send("POST", &path, Some(&token), Some(&json!({"attended": true}))).await.expect(200);
    app.set_time("2026-11-24T11:00:00Z");
    let all = server.wait_for_exactly(3).await;
    assert_eq!(subjects(&all[2..]), [("ana", SUBJECT)]);
    assert!(all[2].text.contains("Thank you for taking part in “forum”."), "{}", all[2].text);
    worker.stop().await;
}

async fn the_time_follows_the_definition(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = followed_up(None);
    app.publish(&event).await;
    app.registered("forum", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    // It is due two hours after the end, which moves by 30 minutes; then five hours after it.
    event["duration_minutes"] = json!(90);
    app.publish(&event).await;
    server.wait_for_exactly(2).await;
    app.set_time("2026-11-24T13:00:00Z");
    server.wait_for_exactly(2).await;
    event["follow_up"]["hours_after"] = json!(5);
    app.publish(&event).await;
    app.set_time("2026-11-24T13:30:00Z");
    server.wait_for_exactly(2).await;
    // A cancelled event has none, and neither has an event without one in its definition.
    event["status"] = json!("cancelled");
    app.publish(&event).await;
    app.set_time("2026-11-24T16:30:00Z");
    server.wait_for_exactly(2).await;
    event["status"] = json!("published");
    let follow_up = event["follow_up"].take();
    app.publish(&event).await;
    server.wait_for_exactly(2).await;
    event["follow_up"] = follow_up;
    app.publish(&event).await;
    let all = server.wait_for_exactly(3).await;
    assert_eq!(subjects(&all[2..]), [("ana", SUBJECT)]);
    worker.stop().await;
}

async fn a_follow_up_may_be_added_after_the_event(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    for slug in ["soon", "late"] {
        app.publish(&definition(slug, None, false)).await;
        app.registered(slug, &format!("{slug}@example.org")).await;
    }
    server.wait_for_exactly(2).await;
    app.set_time("2026-12-24T10:00:00Z");
    for (slug, time) in [("soon", "2026-12-24T10:00:00Z"), ("late", "2026-12-24T11:00:00Z")] {
        app.set_time(time);
        let mut event = definition(slug, None, false);
        event["follow_up"] = json!({"hours_after": 0});
        app.publish(&event).await;
        let all = server.wait_for_exactly(3).await;
        assert_eq!(subjects(&all[2..]), [("soon", SUBJECT)], "not more than 30 days after it was due");
    }
    worker.stop().await;
}

/// Who has got the message gets none after the new end; people who register until then do.
async fn an_event_moved_to_later_is_followed_up_for_new_people(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = followed_up(None);
    app.publish(&event).await;
    let (ana, token, _) = app.registered("forum", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    app.set_time("2026-11-24T13:00:00Z");
    server.wait_for_exactly(2).await;
    event["starts"] = json!("2026-11-25T10:00");
    app.publish(&event).await;
    server.wait_for_exactly(4).await;
    app.set_time("2026-11-24T13:10:00Z");
    app.registered("forum", "bea@example.org").await;
    app.cancel(&ana, &token).await.expect(200);
    app.registered("forum", "ana@example.org").await;
    server.wait_for_exactly(7).await;
    app.set_time("2026-11-25T13:00:00Z");
    let all = server.wait_for_exactly(9).await;
    // A new registration of the same address is another registration.
    assert_eq!(subjects(&all[7..]), [("ana", SUBJECT), ("bea", SUBJECT)]);
    worker.stop().await;
}

async fn who_missed_the_first_date_is_followed_up_after_the_next(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = owned("forum", "metropolis", &[]);
    event["follow_up"] = json!({"hours_after": 0});
    app.publish(&event).await;
    let (ana, ..) = app.registered("forum", "ana@example.org").await;
    let (bea, ..) = app.registered("forum", "bea@example.org").await;
    app.registered("forum", "never@example.org").await;
    server.wait_for_exactly(3).await;
    let attend = async |id: &str| {
        let token = app.token_of("metropolis", "registrations:write").await;
        let path = format!("/v1/registrations/{id}/attendance");
        app.send("POST", &path, Some(&token), Some(&json!({"attended": true}))).await.expect(200);
    };
    app.set_time("2026-11-24T10:30:00Z");
    attend(&ana).await;
    app.set_time("2026-11-24T11:00:00Z");
    server.wait_for_exactly(4).await;
    event["starts"] = json!("2026-11-25T10:00");
    app.publish(&event).await;
    // Each of the three is told of the change, and reminded.
    server.wait_for_exactly(10).await;
    app.set_time("2026-11-25T10:30:00Z");
    attend(&bea).await;
    app.set_time("2026-11-25T11:00:00Z");
    let all = server.wait_for_exactly(11).await;
    assert_eq!(subjects(&all[10..]), [("bea", SUBJECT)]);
    worker.stop().await;
}

async fn an_event_moved_later_and_back_is_followed_up_once(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = followed_up(None);
    app.publish(&event).await;
    app.registered("forum", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    app.set_time("2026-11-24T13:00:00Z");
    server.wait_for_exactly(2).await;
    // The log of messages may be older than the first message.
    for log in ["kept", "removed"] {
        if log == "removed" {
            wait_for_messages(&app, "state = 'pending'", 0).await;
            app.database.execute("DELETE FROM messages").await;
        }
        event["starts"] = json!("2026-11-26T10:00");
        app.publish(&event).await;
        event["follow_up"]["hours_after"] = json!(3);
        let follow_up = event.as_object_mut().unwrap().remove("follow_up").unwrap();
        app.publish(&event).await;
        event["follow_up"] = follow_up;
        event["starts"] = json!("2026-11-24T09:00");
        app.publish(&event).await;
        wait_for_messages(&app, "state = 'pending'", 0).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(count_messages(&app, "kind = 'follow_up'").await, i64::from(log == "kept"), "{log}");
    }
    worker.stop().await;
    let follow_ups = server.received().iter().filter(|mail| mail.subject.starts_with(SUBJECT)).count();
    assert_eq!(follow_ups, 1);
}

/// A database may lose the last transactions in a crash, while the mails have been sent.
async fn a_lost_transaction_queues_the_same_messages(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&followed_up(None)).await;
    app.registered("forum", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    app.set_time("2026-11-24T13:00:00Z");
    server.wait_for_exactly(2).await;
    wait_for_messages(&app, "state = 'pending'", 0).await;
    worker.stop().await;
    app.database.execute("DELETE FROM messages WHERE kind = 'follow_up'").await;
    app.database.execute("UPDATE follow_ups SET queued_at = NULL").await;
    app.database.execute("UPDATE registrations SET followed_up_at = NULL").await;
    let worker = smtp_worker(&app, &server).await;
    let all = server.wait_for_exactly(3).await;
    assert_eq!(all[1].id, all[2].id, "mail programs show one of them");
    worker.stop().await;
}
