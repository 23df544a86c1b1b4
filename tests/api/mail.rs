//! Mail: every change is told once, whatever becomes of the server, and nobody who registers waits for it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_delivery::Worker;
use plenaria_delivery::mail::{self, Destination};
use plenaria_domain::ids::{MessageId, RegistrationId};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::support::letters::worker;
use crate::support::smtp::{Mail, MailServer, Mood};
use crate::support::{TestApp, definition, person};

crate::on_both_engines!(
    every_change_is_told_once,
    what_changes_of_an_event_is_told_to_the_living,
    a_server_that_is_away_gets_everything_later,
    who_stops_leaves_nothing_taken,
    a_server_that_stalls_holds_up_nobody,
    one_address_is_refused_and_one_put_off,
    reminders_come_once_and_in_time,
    reminders_are_caught_up_but_not_for_what_has_passed,
    links_in_mails_work,
    files_are_whole_and_go_with_the_person
);

pub(crate) async fn smtp(app: &TestApp, server: &MailServer) -> Worker {
    worker(app, Destination::Smtp(mail::MailServer::new(&server.url()).unwrap())).await
}

/// To whom with which beginning of a subject, sorted.
fn told(mails: &[Mail]) -> Vec<(&str, &str)> {
    let mut told: Vec<_> =
        mails.iter().map(|m| (m.to.split('@').next().unwrap(), m.subject.split(':').next().unwrap())).collect();
    told.sort_unstable();
    told
}

fn ids(mails: &[Mail]) -> HashSet<&str> {
    mails.iter().map(|mail| mail.id.as_str()).collect()
}

/// How many messages there are in a state.
pub(crate) async fn count(app: &TestApp, condition: &str) -> i64 {
    let connection = app.database.connect().await;
    let sql = format!("SELECT COUNT(*) AS n FROM messages WHERE {condition}");
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get("", "n").unwrap()
}

pub(crate) async fn until_count(app: &TestApp, condition: &str, number: i64) {
    for _ in 0..600 {
        if count(app, condition).await == number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{condition}: {}, and not {number}", count(app, condition).await);
}

const REGISTERED: &str = "You are registered";

async fn every_change_is_told_once(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp(&app, &server).await, smtp(&app, &server).await];
    app.publish(&definition("small", Some(1), true)).await;
    let (first, first_token, _) = app.registered("small", "first@example.org").await;
    app.registered("small", "second@example.org").await;
    let waiting = server.until(2).await;
    assert_eq!(told(&waiting), [("first", REGISTERED), ("second", "You are on the waiting list")]);
    assert!(waiting.iter().any(|mail| mail.text.contains("at place 1")), "{waiting:#?}");
    app.cancel(&first, &first_token).await.expect(200);
    let all = server.just(4).await;
    assert_eq!(
        told(&all),
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
    // Many at once, and two workers at the queue.
    app.publish(&definition("large", None, false)).await;
    let people: Vec<String> = (0..60).map(|n| format!("person-{n}@example.org")).collect();
    futures_util::future::join_all(people.iter().map(|email| app.registered("large", email))).await;
    let all = server.just(64).await;
    assert_eq!(ids(&all).len(), 64);
    assert_eq!(all.iter().map(|mail| &mail.to).collect::<HashSet<_>>().len(), 62);
    until_count(&app, "state = 'sent'", 64).await;
    for worker in workers {
        worker.stop().await;
    }
}

async fn what_changes_of_an_event_is_told_to_the_living(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp(&app, &server).await;
    let mut document = definition("moving", None, false);
    document["time_zone"] = json!("Europe/Madrid");
    document["starts"] = json!("2027-03-27T10:00");
    app.publish(&document).await;
    app.registered("moving", "stays@example.org").await;
    let (gone, token, _) = app.registered("moving", "goes@example.org").await;
    app.cancel(&gone, &token).await.expect(200);
    // Who is told that they are registered depends on who is quicker.
    server.until(2).await;
    until_count(&app, "state = 'pending'", 0).await;
    let before = server.received().len();
    // A text is nothing to write to people about; a time is.
    document["summary"] = json!("Another summary");
    app.publish(&document).await;
    document["starts"] = json!("2027-03-28T10:00");
    app.publish(&document).await;
    let all = server.just(before + 1).await;
    let changed = all.last().unwrap();
    assert_eq!(told(std::slice::from_ref(changed)), [("stays", "Changed")]);
    assert!(changed.text.contains("The time of “moving” has changed."), "{}", changed.text);
    assert!(changed.text.contains("Sunday 28 March 2027, 10:00–11:00 (Europe/Madrid, UTC+2)"), "{}", changed.text);
    assert!(changed.text.contains("Sunday 28 March 2027, 08:00–09:00"), "{}", changed.text);
    let (method, calendar) = changed.calendar.clone().unwrap();
    assert!(method == "REQUEST" && calendar.contains("DTSTART;TZID=Europe/Madrid:20270328T100000\r\n"), "{calendar}");
    let sequence = |text: &str| -> i64 {
        text.lines().find_map(|line| line.strip_prefix("SEQUENCE:")).unwrap().trim().parse().unwrap()
    };
    let first = all.iter().find(|mail| mail.to.starts_with("stays")).unwrap().calendar.clone().unwrap().1;
    assert!(sequence(&calendar) > sequence(&first));
    document["status"] = json!("cancelled");
    app.publish(&document).await;
    let all = server.just(before + 2).await;
    let off = all.last().unwrap();
    assert_eq!(told(std::slice::from_ref(off)), [("stays", "Called off")]);
    let (method, cancelled) = off.calendar.clone().unwrap();
    assert!(method == "CANCEL" && cancelled.contains("STATUS:CANCELLED\r\n"), "{cancelled}");
    assert!(sequence(&cancelled) > sequence(&calendar));
    worker.stop().await;
}

async fn a_server_that_is_away_gets_everything_later(app: TestApp) {
    let mut server = MailServer::start().await;
    server.go().await;
    let worker = smtp(&app, &server).await;
    app.publish(&definition("one", None, false)).await;
    for number in 0..20 {
        app.registered("one", &format!("person-{number}@example.org")).await;
    }
    until_count(&app, "state = 'pending'", 20).await;
    // A worker that is told to stop meanwhile leaves them to the next.
    worker.stop().await;
    let worker = smtp(&app, &server).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.come_back();
    // No faster than the time that it stands for: no lease may run out while its message is under way.
    for _ in 0..300 {
        if server.received().len() == 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.clock.set(app.now() + TimeDelta::milliseconds(100));
    }
    let all = server.just(20).await;
    until_count(&app, "state = 'sent'", 20).await;
    assert_eq!((ids(&all).len(), count(&app, "attempts = 1").await), (20, 20));
    worker.stop().await;
}

/// Whatever a worker is at when it is told to stop, the next one need not wait for a lease.
async fn who_stops_leaves_nothing_taken(app: TestApp) {
    let mut server = MailServer::start().await;
    server.go().await;
    app.publish(&definition("one", None, false)).await;
    let worker = smtp(&app, &server).await;
    for number in 0..20 {
        app.registered("one", &format!("person-{number}@example.org")).await;
    }
    until_count(&app, "state = 'pending'", 20).await;
    worker.stop().await;
    for round in 0..60 {
        app.clock.set(app.now() + TimeDelta::seconds(5));
        let worker = smtp(&app, &server).await;
        tokio::time::sleep(Duration::from_micros(500 * (round % 20))).await;
        worker.stop().await;
        assert_eq!(count(&app, "claimed_until IS NULL AND attempts = 0").await, 20, "round {round}");
    }
}

async fn a_server_that_stalls_holds_up_nobody(app: TestApp) {
    let server = MailServer::start().await;
    server.set(Mood::Stalls);
    let worker = smtp(&app, &server).await;
    app.publish(&definition("one", None, false)).await;
    for number in 0..20 {
        app.registered("one", &format!("person-{number}@example.org")).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.received().len(), 0);
    server.set(Mood::Accepts);
    // The attempts that are under way end when the worker's patience does.
    for _ in 0..300 {
        if server.received().len() == 20 {
            break;
        }
        // No faster than the time that it stands for: no lease may run out while its message is under way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.clock.set(app.now() + TimeDelta::milliseconds(100));
    }
    let all = server.just(20).await;
    assert_eq!(ids(&all).len(), 20);
    worker.stop().await;
}

async fn one_address_is_refused_and_one_put_off(app: TestApp) {
    let server = MailServer::start().await;
    server.refuse("nobody");
    let worker = smtp(&app, &server).await;
    app.publish(&definition("one", None, false)).await;
    for name in ["ana", "nobody", "bea"] {
        app.registered("one", &format!("{name}@example.org")).await;
    }
    let all = server.just(2).await;
    assert_eq!(told(&all), [("ana", REGISTERED), ("bea", REGISTERED)]);
    until_count(&app, "state = 'failed' AND error = '550'", 1).await;
    server.set(Mood::Says("451 4.7.1 come back later, nobody@example.org"));
    app.registered("one", "carla@example.org").await;
    until_count(&app, "state = 'pending' AND attempts = 1 AND claimed_until IS NULL", 1).await;
    server.set(Mood::Accepts);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.received().len(), 2, "it is not yet time");
    app.clock.set(app.now() + TimeDelta::minutes(2));
    let all = server.just(3).await;
    assert_eq!(told(&all).last(), Some(&("carla", REGISTERED)));
    // A server that does not let us in is not one that refuses the message.
    server.set(Mood::Says("530 5.7.0 authentication is required"));
    app.registered("one", "dora@example.org").await;
    until_count(&app, "state = 'pending' AND claimed_until IS NULL AND next_attempt_at > created_at", 1).await;
    server.set(Mood::Accepts);
    app.clock.set(app.now() + TimeDelta::minutes(5));
    server.just(4).await;
    assert_eq!(count(&app, "state = 'failed'").await, 1);
    worker.stop().await;
}

async fn reminders_come_once_and_in_time(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp(&app, &server).await, smtp(&app, &server).await];
    let mut document = definition("later", Some(2), true);
    document["starts"] = json!("2026-11-26T10:00");
    app.publish(&document).await;
    let (early, token, _) = app.registered("later", "early@example.org").await;
    app.registered("later", "also@example.org").await;
    app.registered("later", "waits@example.org").await;
    server.just(3).await;
    app.set_time("2026-11-25T09:59:59Z");
    server.just(3).await;
    app.set_time("2026-11-25T10:00:00Z");
    let all = server.just(5).await;
    assert_eq!(told(&all[3..]), [("also", "Reminder"), ("early", "Reminder")]);
    assert!(all[3].text.contains("Thursday 26 November 2026, 10:00–11:00"), "{}", all[3].text);
    // Who gets the seat now has just been told; who has given it back is not reminded.
    app.cancel(&early, &token).await.expect(200);
    server.just(7).await;
    app.set_time("2026-11-26T09:00:00Z");
    let all = server.just(9).await;
    assert_eq!(told(&all[7..]), [("also", "Reminder"), ("waits", "Reminder")]);
    assert_eq!(ids(&all).len(), 9);
    app.set_time("2026-11-26T09:30:00Z");
    server.just(9).await;
    for worker in workers {
        worker.stop().await;
    }
}

async fn reminders_are_caught_up_but_not_for_what_has_passed(app: TestApp) {
    let server = MailServer::start().await;
    for (slug, starts) in [("one", "2026-11-26T10:00"), ("two", "2026-11-26T12:00"), ("over", "2026-11-26T09:30")] {
        let mut document = definition(slug, None, false);
        document["starts"] = json!(starts);
        document["registration"]["closes"] = json!(starts);
        app.publish(&document).await;
        app.registered(slug, &format!("{slug}@example.org")).await;
    }
    // So long nobody was there to send: 20 minutes before the first one's start, and 10 after the last one's.
    app.set_time("2026-11-26T09:40:00Z");
    app.registered("one", "late@example.org").await;
    let worker = smtp(&app, &server).await;
    let all = server.just(6).await;
    let reminders: Vec<&Mail> = all.iter().filter(|mail| mail.subject.starts_with("Reminder")).collect();
    let mut to: Vec<&str> = reminders.iter().map(|mail| mail.to.split('@').next().unwrap()).collect();
    to.sort_unstable();
    // One each, though two were due for the first.
    assert_eq!(to, ["one", "two"]);
    app.set_time("2026-11-26T10:00:00Z");
    server.just(6).await;
    worker.stop().await;
}

async fn links_in_mails_work(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp(&app, &server).await;
    let mut document = definition("careful", None, false);
    document["starts"] = json!("2026-12-24T10:00");
    document["registration"]["email_confirmation"] = json!(true);
    app.publish(&document).await;
    let mut body = person("ana@example.org");
    body["language"] = json!("es");
    app.register("careful", &body).await.expect(202);
    let asked = server.until(1).await.remove(0);
    assert!(asked.subject.starts_with("Confirme su dirección"), "{}", asked.subject);
    let token = json!({"confirmation_token": asked.parameter("confirmation_token")});
    app.send("POST", "/v1/registrations/confirm", None, Some(&token)).await.expect(201);
    let confirmed = server.until(2).await.remove(1);
    assert!(confirmed.subject.starts_with("Inscripción hecha"), "{}", confirmed.subject);
    let (id, token) = (confirmed.parameter("registration"), confirmed.parameter("token"));
    assert_eq!(app.read(&id, &token).await.expect(200)["email"], "ana@example.org");
    // A mailbox gets three messages an hour of all that is asked for without a client's token.
    app.clock.set(app.now() + TimeDelta::minutes(61));
    app.register("careful", &body).await.expect(202);
    app.send("POST", "/v1/events/careful/registrations/resend", None, Some(&json!({"email": "ana@example.org"})))
        .await
        .expect(202);
    let all = server.just(4).await;
    let mut subjects: Vec<&str> = all[2..].iter().map(|mail| mail.subject.split(':').next().unwrap()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["Su inscripción", "Ya tiene una inscripción"]);
    assert!(all[2..].iter().all(|mail| mail.parameter("token") == token));
    worker.stop().await;
}

async fn files_are_whole_and_go_with_the_person(app: TestApp) {
    let directory: PathBuf = app.database.directory.path().join("mail");
    let worker = worker(&app, Destination::Directory(directory.clone())).await;
    app.publish(&definition("one", None, false)).await;
    let (id, token, _) = app.registered("one", "ana@example.org").await;
    app.registered("one", "bea@example.org").await;
    until_count(&app, "state = 'sent'", 2).await;
    let files = || -> Vec<Mail> {
        let all = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|e| e == "eml"))
            // One may be removed before it is read.
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
        assert_eq!(told(&files()), [("bea", REGISTERED)]);
    };
    assert_eq!(told(&files()), [("ana", REGISTERED), ("bea", REGISTERED)]);
    app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&token), None).await.expect(204);
    only_bea_is_left().await;
    worker.stop().await;
    // About somebody who is gone without a word in the feed; a worker that starts looks for such files.
    let kept = std::fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
    let now = app.now();
    let orphan = format!("{}.{}.eml", MessageId::new(now), RegistrationId::new(now));
    std::fs::copy(kept, directory.join(orphan)).unwrap();
    assert_eq!(files().len(), 2);
    let worker = self::worker(&app, Destination::Directory(directory.clone())).await;
    only_bea_is_left().await;
    worker.stop().await;
}
