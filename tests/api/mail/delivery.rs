//! Sending mail: each change is mailed once, whatever the mail server does, and no request waits for it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_delivery::mail::config::Destination;
use plenaria_domain::values::ids::{MessageId, RegistrationId};
use serde_json::json;

use crate::support::mail::queue::{count_messages, sequence, smtp_worker, subjects, wait_for_messages};
use crate::support::mail::smtp_server::{Mail, MailServer, RecipientPolicy};
use crate::support::mail::worker::worker;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    every_change_is_mailed_once,
    event_changes_are_mailed_to_active_registrations,
    an_unavailable_server_gets_everything_later,
    a_stopping_worker_releases_its_claims,
    a_stalling_server_does_not_block_the_queue,
    rejected_and_deferred_recipients,
    reminders_are_sent_once_and_on_time,
    late_reminders_are_sent_until_the_start,
    links_in_mails_work,
    mail_files_are_complete_and_removed_on_erasure
);

fn ids(mails: &[Mail]) -> HashSet<&str> {
    mails.iter().map(|mail| mail.id.as_str()).collect()
}

const REGISTERED: &str = "You are registered";

async fn every_change_is_mailed_once(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp_worker(&app, &server).await, smtp_worker(&app, &server).await];
    app.publish(&definition("small", Some(1), true)).await;
    let (first, first_token, _) = app.registered("small", "first@example.org").await;
    app.registered("small", "second@example.org").await;
    let waiting = server.wait_for(2).await;
    assert_eq!(subjects(&waiting), [("first", REGISTERED), ("second", "You are on the waiting list")]);
    assert!(waiting.iter().any(|mail| mail.text.contains("in position 1")), "{waiting:#?}");
    app.cancel(&first, &first_token).await.expect(200);
    let all = server.wait_for_exactly(4).await;
    assert_eq!(
        subjects(&all),
        [
            ("first", REGISTERED),
            ("first", "Your registration is cancelled"),
            ("second", "You are on the waiting list"),
            ("second", "You have a seat"),
        ]
    );
    assert_eq!(ids(&all).len(), 4);
    let method = |subject: &str| {
        let mail = all.iter().find(|mail| mail.subject.starts_with(subject)).unwrap();
        mail.calendar.as_ref().map(|(method, _)| method.clone())
    };
    assert_eq!(method(REGISTERED).as_deref(), Some("REQUEST"));
    assert_eq!(method("You have a seat").as_deref(), Some("REQUEST"));
    assert_eq!(method("Your registration is cancelled").as_deref(), Some("CANCEL"));
    assert_eq!(method("You are on the waiting list"), None);
    // Many at once, with two workers on the queue.
    app.publish(&definition("large", None, false)).await;
    let people: Vec<String> = (0..60).map(|n| format!("person-{n}@example.org")).collect();
    futures_util::future::join_all(people.iter().map(|email| app.registered("large", email))).await;
    let all = server.wait_for_exactly(64).await;
    assert_eq!(ids(&all).len(), 64);
    assert_eq!(all.iter().map(|mail| &mail.to).collect::<HashSet<_>>().len(), 62);
    wait_for_messages(&app, "state = 'sent'", 64).await;
    for worker in workers {
        worker.stop().await;
    }
}

async fn event_changes_are_mailed_to_active_registrations(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut document = definition("moving", None, false);
    document["time_zone"] = json!("Europe/Madrid");
    document["starts"] = json!("2027-03-27T10:00");
    app.publish(&document).await;
    app.registered("moving", "stays@example.org").await;
    let (gone, token, _) = app.registered("moving", "goes@example.org").await;
    app.cancel(&gone, &token).await.expect(200);
    // Whether the cancelled person's first message is still sent depends on timing.
    server.wait_for(2).await;
    wait_for_messages(&app, "state = 'pending'", 0).await;
    let before = server.received().len();
    // A changed text sends no mail; a changed time does.
    document["summary"] = json!("Another summary");
    app.publish(&document).await;
    document["starts"] = json!("2027-03-28T10:00");
    app.publish(&document).await;
    let all = server.wait_for_exactly(before + 1).await;
    let changed = all.last().unwrap();
    assert_eq!(subjects(std::slice::from_ref(changed)), [("stays", "Changed")]);
    assert!(changed.text.contains("The date or time of “moving” has changed."), "{}", changed.text);
    let old_and_new = "When\n  Before: Saturday, 27 March 2027, 10:00–11:00 (Europe/Madrid, UTC+1)\n  \
                       Now: Sunday, 28 March 2027, 10:00–11:00 (Europe/Madrid, UTC+2)\n";
    assert!(changed.text.replace('\r', "").contains(old_and_new), "{}", changed.text);
    assert!(changed.text.contains("Sunday, 28 March 2027, 08:00–09:00"), "{}", changed.text);
    let (method, calendar) = changed.calendar.clone().unwrap();
    assert!(method == "REQUEST" && calendar.contains("DTSTART;TZID=Europe/Madrid:20270328T100000\r\n"), "{calendar}");
    let first = all.iter().find(|mail| mail.to.starts_with("stays")).unwrap().calendar.clone().unwrap().1;
    assert!(sequence(&calendar) > sequence(&first));
    document["status"] = json!("cancelled");
    app.publish(&document).await;
    let all = server.wait_for_exactly(before + 2).await;
    let off = all.last().unwrap();
    assert_eq!(subjects(std::slice::from_ref(off)), [("stays", "Cancelled")]);
    let (method, cancelled) = off.calendar.clone().unwrap();
    assert!(method == "CANCEL" && cancelled.contains("STATUS:CANCELLED\r\n"), "{cancelled}");
    assert!(sequence(&cancelled) > sequence(&calendar));
    worker.stop().await;
}

async fn an_unavailable_server_gets_everything_later(app: TestApp) {
    let mut server = MailServer::start().await;
    server.stop().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&definition("one", None, false)).await;
    for number in 0..20 {
        app.registered("one", &format!("person-{number}@example.org")).await;
    }
    wait_for_messages(&app, "state = 'pending'", 20).await;
    // A worker that stops meanwhile leaves the messages to the next one.
    worker.stop().await;
    let worker = smtp_worker(&app, &server).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.restart();
    // The clock moves no faster than real time, so that no lease expires while its message is being sent.
    for _ in 0..300 {
        if server.received().len() == 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.clock.set(app.now() + TimeDelta::milliseconds(100));
    }
    let all = server.wait_for_exactly(20).await;
    wait_for_messages(&app, "state = 'sent'", 20).await;
    assert_eq!((ids(&all).len(), count_messages(&app, "attempts = 1").await), (20, 20));
    worker.stop().await;
}

/// A worker that stops at any point releases its claims, so that the next one need not wait for a lease to expire.
async fn a_stopping_worker_releases_its_claims(app: TestApp) {
    let mut server = MailServer::start().await;
    server.stop().await;
    app.publish(&definition("one", None, false)).await;
    let worker = smtp_worker(&app, &server).await;
    for number in 0..20 {
        app.registered("one", &format!("person-{number}@example.org")).await;
    }
    wait_for_messages(&app, "state = 'pending'", 20).await;
    worker.stop().await;
    for round in 0..60 {
        app.clock.set(app.now() + TimeDelta::seconds(5));
        let worker = smtp_worker(&app, &server).await;
        tokio::time::sleep(Duration::from_micros(500 * (round % 20))).await;
        worker.stop().await;
        assert_eq!(count_messages(&app, "claimed_until IS NULL AND attempts = 0").await, 20, "round {round}");
    }
}

async fn a_stalling_server_does_not_block_the_queue(app: TestApp) {
    let server = MailServer::start().await;
    server.set_policy(RecipientPolicy::Stall);
    let worker = smtp_worker(&app, &server).await;
    app.publish(&definition("one", None, false)).await;
    for number in 0..20 {
        app.registered("one", &format!("person-{number}@example.org")).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.received().len(), 0);
    server.set_policy(RecipientPolicy::Accept);
    // The attempts in progress end with the worker's timeout.
    for _ in 0..300 {
        if server.received().len() == 20 {
            break;
        }
        // The clock moves no faster than real time, so that no lease expires while its message is being sent.
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.clock.set(app.now() + TimeDelta::milliseconds(100));
    }
    let all = server.wait_for_exactly(20).await;
    assert_eq!(ids(&all).len(), 20);
    worker.stop().await;
}

async fn rejected_and_deferred_recipients(app: TestApp) {
    let server = MailServer::start().await;
    server.reject("nobody");
    let worker = smtp_worker(&app, &server).await;
    app.publish(&definition("one", None, false)).await;
    for name in ["ana", "nobody", "bea"] {
        app.registered("one", &format!("{name}@example.org")).await;
    }
    let all = server.wait_for_exactly(2).await;
    assert_eq!(subjects(&all), [("ana", REGISTERED), ("bea", REGISTERED)]);
    wait_for_messages(&app, "state = 'failed' AND error = '550'", 1).await;
    server.set_policy(RecipientPolicy::Reply("451 4.7.1 come back later, nobody@example.org"));
    app.registered("one", "carla@example.org").await;
    wait_for_messages(&app, "state = 'pending' AND attempts = 1 AND claimed_until IS NULL", 1).await;
    server.set_policy(RecipientPolicy::Accept);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.received().len(), 2, "the next attempt is not due yet");
    app.clock.set(app.now() + TimeDelta::minutes(2));
    let all = server.wait_for_exactly(3).await;
    assert_eq!(subjects(&all).last(), Some(&("carla", REGISTERED)));
    // A server that requires authentication has not rejected the message.
    server.set_policy(RecipientPolicy::Reply("530 5.7.0 authentication is required"));
    app.registered("one", "dora@example.org").await;
    wait_for_messages(&app, "state = 'pending' AND claimed_until IS NULL AND next_attempt_at > created_at", 1).await;
    server.set_policy(RecipientPolicy::Accept);
    app.clock.set(app.now() + TimeDelta::minutes(5));
    server.wait_for_exactly(4).await;
    assert_eq!(count_messages(&app, "state = 'failed'").await, 1);
    worker.stop().await;
}

async fn reminders_are_sent_once_and_on_time(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp_worker(&app, &server).await, smtp_worker(&app, &server).await];
    let mut document = definition("later", Some(2), true);
    document["starts"] = json!("2026-11-26T10:00");
    app.publish(&document).await;
    let (early, token, _) = app.registered("later", "early@example.org").await;
    app.registered("later", "also@example.org").await;
    app.registered("later", "waits@example.org").await;
    server.wait_for_exactly(3).await;
    app.set_time("2026-11-25T09:59:59Z");
    server.wait_for_exactly(3).await;
    app.set_time("2026-11-25T10:00:00Z");
    let all = server.wait_for_exactly(5).await;
    assert_eq!(subjects(&all[3..]), [("also", "Reminder"), ("early", "Reminder")]);
    assert!(all[3].text.contains("Thursday, 26 November 2026, 10:00–11:00"), "{}", all[3].text);
    // A person promoted now has just been mailed; a cancelled registration is not reminded.
    app.cancel(&early, &token).await.expect(200);
    server.wait_for_exactly(7).await;
    app.set_time("2026-11-26T09:00:00Z");
    let all = server.wait_for_exactly(9).await;
    assert_eq!(subjects(&all[7..]), [("also", "Reminder"), ("waits", "Reminder")]);
    assert_eq!(ids(&all).len(), 9);
    app.set_time("2026-11-26T09:30:00Z");
    server.wait_for_exactly(9).await;
    for worker in workers {
        worker.stop().await;
    }
}

async fn late_reminders_are_sent_until_the_start(app: TestApp) {
    let server = MailServer::start().await;
    for (slug, starts) in [("one", "2026-11-26T10:00"), ("two", "2026-11-26T12:00"), ("over", "2026-11-26T09:30")] {
        let mut document = definition(slug, None, false);
        document["starts"] = json!(starts);
        document["registration"]["closes"] = json!(starts);
        app.publish(&document).await;
        app.registered(slug, &format!("{slug}@example.org")).await;
    }
    // No worker ran until 20 minutes before the first event's start and 10 minutes after the last one's.
    app.set_time("2026-11-26T09:40:00Z");
    app.registered("one", "late@example.org").await;
    let worker = smtp_worker(&app, &server).await;
    let all = server.wait_for_exactly(6).await;
    let reminders: Vec<&Mail> = all.iter().filter(|mail| mail.subject.starts_with("Reminder")).collect();
    let mut to: Vec<&str> = reminders.iter().map(|mail| mail.to.split('@').next().unwrap()).collect();
    to.sort_unstable();
    // One each, although two reminders were due for the first event.
    assert_eq!(to, ["one", "two"]);
    app.set_time("2026-11-26T10:00:00Z");
    server.wait_for_exactly(6).await;
    worker.stop().await;
}

async fn links_in_mails_work(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut document = definition("careful", None, false);
    document["starts"] = json!("2026-12-24T10:00");
    document["registration"]["email_confirmation"] = json!(true);
    app.publish(&document).await;
    let mut body = person("ana@example.org");
    body["language"] = json!("es");
    app.register("careful", &body).await.expect(202);
    let request = server.wait_for(1).await.remove(0);
    assert!(request.subject.starts_with("Confirme su dirección de correo"), "{}", request.subject);
    let token = json!({"confirmation_token": request.parameter("confirmation_token")});
    app.send("POST", "/v1/registrations/confirm", None, Some(&token)).await.expect(201);
    let confirmed = server.wait_for(2).await.remove(1);
    assert!(confirmed.subject.starts_with("Inscripción confirmada"), "{}", confirmed.subject);
    let (id, token) = (confirmed.parameter("registration"), confirmed.parameter("token"));
    assert_eq!(app.read(&id, &token).await.expect(200)["email"], "ana@example.org");
    // A mailbox gets three messages an hour from requests without a client's token.
    app.clock.set(app.now() + TimeDelta::minutes(61));
    app.register("careful", &body).await.expect(202);
    app.send("POST", "/v1/events/careful/registrations/resend", None, Some(&json!({"email": "ana@example.org"})))
        .await
        .expect(202);
    let all = server.wait_for_exactly(4).await;
    let mut subjects: Vec<&str> = all[2..].iter().map(|mail| mail.subject.split(':').next().unwrap()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["Su inscripción", "Ya tiene una inscripción"]);
    assert!(all[2..].iter().all(|mail| mail.parameter("token") == token));
    worker.stop().await;
}

async fn mail_files_are_complete_and_removed_on_erasure(app: TestApp) {
    let directory: PathBuf = app.database.directory.path().join("mail");
    let worker = worker(&app, Destination::Directory(directory.clone())).await;
    app.publish(&definition("one", None, false)).await;
    let (id, token, _) = app.registered("one", "ana@example.org").await;
    app.registered("one", "bea@example.org").await;
    wait_for_messages(&app, "state = 'sent'", 2).await;
    let files = || -> Vec<Mail> {
        let all = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|e| e == "eml"))
            // A file may be removed before it is read.
            .filter_map(|path| std::fs::read(path).ok())
            .map(|text| Mail::read(&text))
            .collect()
    };
    let only_bea_is_left = async || {
        for _ in 0..200 {
            if files().len() == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(subjects(&files()), [("bea", REGISTERED)]);
    };
    assert_eq!(subjects(&files()), [("ana", REGISTERED), ("bea", REGISTERED)]);
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&token), None).await.expect(204);
    only_bea_is_left().await;
    worker.stop().await;
    // A file about a registration that does not exist and is not in the feed: a starting worker removes such files.
    let existing = std::fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
    let now = app.now();
    let orphan = format!("{}.{}.eml", MessageId::new(now), RegistrationId::new(now));
    std::fs::copy(existing, directory.join(orphan)).unwrap();
    assert_eq!(files().len(), 2);
    let worker = self::worker(&app, Destination::Directory(directory.clone())).await;
    only_bea_is_left().await;
    worker.stop().await;
}
