//! An organiser's whole life of an event over HTTP: draft, preview, publication, corrections, more seats, another hour,
//! cancelling, reinstating, the day of the event, the message afterwards, the numbers, and who did what.

use plenaria_delivery::worker::Worker;
use serde_json::{Value, json};

use crate::support::mail::queue::{smtp_worker, subjects, wait_for_messages};
use crate::support::mail::smtp_server::{Mail, MailServer};
use crate::support::server::app::TestApp;
use crate::support::server::organiser::{NEW, Organiser};
use crate::support::server::sample_events::person;

crate::on_both_engines!(the_life_of_an_event);

const EVENT: &str = "/v1/events/water";
const RECORDING: &str = "https://video.example.org/water";

fn draft() -> Value {
    json!({
        "slug": "water", "status": "draft", "language": "en", "title": {"en": "Water", "es": "Agua"},
        "starts": "2026-11-24T15:00", "time_zone": "Europe/Madrid",
        "registration": {"capacity": 2, "waitlist": true},
        "speakers": [{"key": "ana", "name": "Ana Rius"}],
        "programme": {"sessions": [
            {"key": "talk", "title": "One river", "minutes": 60, "speakers": ["ana"]},
        ]},
        "follow_up": {"hours_after": 2, "text": {"en": "Until next year.", "es": "Hasta el año que viene."}},
    })
}

/// The event of one test, and the mails about it.
struct Life {
    app: TestApp,
    server: MailServer,
    worker: Worker,
    document: Value,
    /// The registrations of the people called first, second and third.
    ids: Vec<String>,
    mails: usize,
}

impl Life {
    /// A client of the event's organisation. Its token is valid for 15 minutes of the app's clock.
    async fn metropolis(&self) -> Organiser<'_> {
        Organiser::of(&self.app, "metropolis").await
    }

    /// Waits for exactly this many more mails, and returns them.
    async fn next_mails(&mut self, number: usize) -> Vec<Mail> {
        let all = self.server.wait_for_exactly(self.mails + number).await;
        all[std::mem::replace(&mut self.mails, all.len())..].to_vec()
    }

    /// Expects one more mail to each of the three people; the second one reads Spanish.
    async fn all_are_told(&mut self, english: &str, spanish: &str) -> Vec<Mail> {
        let mails = self.next_mails(3).await;
        assert_eq!(subjects(&mails), [("first", english), ("second", spanish), ("third", english)]);
        mails
    }
}

fn to<'m>(mails: &'m [Mail], name: &str) -> &'m Mail {
    mails.iter().find(|mail| mail.to.starts_with(name)).expect("a mail")
}

async fn the_life_of_an_event(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut life = Life { app, server, worker, document: draft(), ids: Vec::new(), mails: 0 };
    is_published(&mut life).await;
    changes(&mut life).await;
    is_cancelled_and_reinstated(&mut life).await;
    takes_place(&mut life).await;
    is_followed_up(&mut life).await;
    is_counted(&life).await;
    is_audited(&life).await;
    life.worker.stop().await;
}

async fn is_published(life: &mut Life) {
    // A draft, which only its organisers see.
    let metropolis = life.metropolis().await;
    let created = metropolis.put(&life.document, NEW).await.expect(201);
    assert_eq!(created["outcome"], "created");
    life.app.get(EVENT).await.expect_problem(404, "not-found");
    let preview = metropolis.get(&format!("{EVENT}/preview?lang=es")).await.expect(200);
    assert_eq!(preview["event"]["title"], "Agua");

    // Published: three people register for two seats.
    let mut document = life.document.clone();
    document["status"] = json!("published");
    assert_eq!(metropolis.replace(&document, 1).await["revision"], 2);
    let mut ids = Vec::new();
    for name in ["first", "second", "third"] {
        let mut body = person(&format!("{name}@example.org"));
        body["language"] = json!(if name == "second" { "es" } else { "en" });
        ids.push(life.app.register("water", &body).await.expect(201)["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(life.app.availability("water").await["waitlisted"], 1);
    (life.document, life.ids) = (document, ids);
    life.next_mails(3).await;
}

async fn changes(life: &mut Life) {
    // A correction of a text causes no message.
    let mut document = life.document.clone();
    document["summary"] = json!("One river and two countries.");
    let corrected = life.metropolis().await.replace(&document, 2).await;
    assert_eq!(corrected["changes"][0]["pointer"], "/summary");
    assert_eq!(corrected["effects"], json!({"promoted": 0, "attendees_to_notify": 0, "over_capacity": 0}));

    // One more seat goes to the head of the waiting list, and only that person is told.
    document["registration"]["capacity"] = json!(3);
    let metropolis = life.metropolis().await;
    assert_eq!(
        metropolis.replace(&document, 3).await["effects"],
        json!({"promoted": 1, "attendees_to_notify": 0, "over_capacity": 0})
    );
    let third = metropolis.get(&format!("/v1/registrations/{}", life.ids[2])).await.expect(200);
    assert_eq!(third["status"], "confirmed");
    assert_eq!(subjects(&life.next_mails(1).await), [("third", "You have a seat")]);

    // An hour later: every attendee gets a message, and the organiser sees that these messages were sent.
    document["starts"] = json!("2026-11-24T16:00");
    let moved = life.metropolis().await.replace(&document, 4).await;
    assert_eq!(moved["effects"]["attendees_to_notify"], 3);
    let mails = life.all_are_told("Changed", "Cambios").await;
    assert!(mails.iter().all(|mail| mail.text.contains("16:00–17:00")));
    wait_for_messages(&life.app, "kind = 'event_changed' AND state = 'sent'", 3).await;
    let messages = life.metropolis().await.get(&format!("{EVENT}/messages?status=sent")).await.expect(200);
    let messages = messages["data"].as_array().unwrap().iter().filter(|message| message["kind"] == "event_changed");
    let mut told: Vec<&str> = messages.map(|message| message["registration_id"].as_str().unwrap()).collect();
    told.sort_unstable();
    let mut expected = life.ids.clone();
    expected.sort_unstable();
    assert_eq!(told, expected);
    life.document = document;
}

async fn is_cancelled_and_reinstated(life: &mut Life) {
    // With a reason in two languages; every attendee gets one message.
    let reason = json!({"reason": {"en": "A strike.", "es": "Una huelga."}});
    let cancel = format!("{EVENT}/cancel");
    let cancelled = life.metropolis().await.post(&cancel, &reason).await.expect(200);
    assert_eq!((&cancelled["outcome"], &cancelled["effects"]["attendees_to_notify"]), (&json!("changed"), &json!(3)));
    let shown = life.app.get(EVENT).await.expect(200);
    assert_eq!((&shown["status"], &shown["cancellation_reason"]), (&json!("cancelled"), &json!("A strike.")));
    assert_eq!(life.metropolis().await.post(&cancel, &reason).await.expect(200)["outcome"], "unchanged");
    let mails = life.all_are_told("Cancelled", "Cancelado").await;
    assert!(to(&mails, "first").text.contains("A strike.") && to(&mails, "second").text.contains("Una huelga."));
    life.app.register("water", &person("fourth@example.org")).await.expect_problem(409, "event-cancelled");

    // Reinstated: the recipients of the cancellation get a message.
    let reinstated = life.metropolis().await.call("POST", &format!("{EVENT}/reinstate"), &[], "").await.expect(200);
    assert_eq!((&reinstated["revision"], &reinstated["effects"]["attendees_to_notify"]), (&json!(7), &json!(3)));
    assert_eq!(life.app.get(EVENT).await.expect(200)["status"], "published");
    life.all_are_told("Will take place after all", "Finalmente se celebrará").await;
}

/// Two of three come, and a person who is not registered.
async fn takes_place(life: &mut Life) {
    life.app.set_time("2026-11-24T15:30:00Z");
    let report = json!({"items": [
        {"email": "first@example.org", "attended": true, "attended_at": "2026-11-24T15:05:00Z"},
        {"registration": life.ids[1], "attended": true},
        {"email": "stranger@example.org", "attended": true},
    ]});
    let results = life.metropolis().await.post(&format!("{EVENT}/attendance"), &report).await.expect(200);
    let results = results["results"].as_array().unwrap();
    assert_eq!(results.iter().map(|result| &result["status"]).collect::<Vec<_>>(), [200, 200, 404]);
    assert_eq!(results[0]["registration"]["attended_at"], "2026-11-24T15:05:00Z");
    assert_eq!(results[1]["registration"]["attended_at"], "2026-11-24T15:30:00Z");
}

/// The recording is added after the end; two hours after it those who came get it.
async fn is_followed_up(life: &mut Life) {
    life.app.set_time("2026-11-24T16:30:00Z");
    life.document["materials"] = json!([{"label": "Recording", "url": RECORDING, "kind": "recording"}]);
    let added = life.metropolis().await.replace(&life.document, 7).await;
    assert_eq!((&added["revision"], &added["effects"]["attendees_to_notify"]), (&json!(8), &json!(0)));
    life.next_mails(0).await;
    life.app.set_time("2026-11-24T18:00:00Z");
    let mails = life.next_mails(2).await;
    assert_eq!(subjects(&mails), [("first", "Afterwards"), ("second", "Después del evento")]);
    assert!(mails.iter().all(|mail| mail.text.contains(RECORDING)));
    assert!(to(&mails, "second").text.contains("Hasta el año que viene."), "{}", to(&mails, "second").text);
}

async fn is_counted(life: &Life) {
    wait_for_messages(&life.app, "state = 'pending'", 0).await;
    let metropolis = life.metropolis().await;
    let numbers = metropolis.get(&format!("{EVENT}/statistics")).await.expect(200);
    assert_eq!(numbers["totals"], json!({"pending": 0, "confirmed": 3, "waitlisted": 0, "cancelled": 0}));
    assert_eq!((&numbers["capacity"], &numbers["attended"]), (&json!(3), &json!(2)));
    assert_eq!(numbers["by_day"], json!([{"date": "2026-11-23", "registrations": 3, "total": 3}]));
    assert_eq!(numbers["mail"], json!({"sent": life.mails, "waiting": 0, "refused": 0}));
    let chart = metropolis.get(&format!("{EVENT}/statistics.svg?chart=registrations")).await;
    assert_eq!(chart.header("content-type"), Some("image/svg+xml"));
    assert!(chart.expect_text(200).contains("Registrations from 23/11/2026 to 23/11/2026: 3."), "{}", chart.body);
}

/// Everything is in the audit log, once, and so is every version in the history.
async fn is_audited(life: &Life) {
    let metropolis = life.metropolis().await;
    let log = metropolis.get("/v1/audit?event=water").await.expect(200);
    let log = log["data"].as_array().unwrap();
    assert!(
        log.iter().all(|entry| entry["actor"]["kind"] == "client" && entry["actor"]["organisation"] == "metropolis")
    );
    let mut actions: Vec<&str> = log.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    let once = ["event.cancelled", "event.reinstated", "messages.listed"];
    assert_eq!(actions, [&["attendance.recorded"][..], &["definition.put"; 6], &once].concat());
    let attendance = log.iter().find(|entry| entry["action"] == "attendance.recorded").unwrap();
    assert_eq!((&attendance["target"]["kind"], &attendance["details"]["attended"]), (&json!("event"), &json!(2)));
    let revisions = metropolis.get(&format!("{EVENT}/revisions")).await.expect(200);
    let changed: Vec<&Value> =
        revisions["data"].as_array().unwrap().iter().map(|revision| &revision["changes"][0]["pointer"]).collect();
    assert_eq!(changed.len(), 8);
    assert_eq!(changed[1..5], ["/status", "/status", "/starts", "/registration/capacity"]);
}
