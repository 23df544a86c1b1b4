//! An organiser's whole life of an event over HTTP: draft, preview, publication, corrections, more seats, another hour,
//! cancelling, reinstating, and the day of the event.

use serde_json::{Value, json};

use crate::support::mail::queue::{smtp_worker, subjects};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::organiser::{NEW, Organiser};
use crate::support::server::sample_events::person;

crate::on_both_engines!(the_life_of_an_event);

fn draft() -> Value {
    json!({
        "slug": "water", "status": "draft", "language": "en", "title": {"en": "Water", "es": "Agua"},
        "starts": "2026-11-24T15:00", "time_zone": "Europe/Madrid",
        "registration": {"capacity": 2, "waitlist": true},
        "speakers": [{"key": "ana", "name": "Ana Rius"}],
        "programme": {"sessions": [
            {"key": "talk", "title": "One river", "minutes": 60, "speakers": ["ana"]},
        ]},
    })
}

async fn the_life_of_an_event(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let metropolis = Organiser::of(&app, "metropolis").await;

    // A draft, which only its organisers see.
    let mut document = draft();
    let created = metropolis.put(&document, NEW).await.expect(201);
    assert_eq!(created["outcome"], "created");
    app.get("/v1/events/water").await.expect_problem(404, "not-found");
    let preview = metropolis.get("/v1/events/water/preview?lang=es").await.expect(200);
    assert_eq!(preview["event"]["title"], "Agua");

    // Published: three people register for two seats.
    document["status"] = json!("published");
    assert_eq!(metropolis.replace(&document, 1).await["revision"], 2);
    let mut ids = Vec::new();
    for name in ["first", "second", "third"] {
        let mut body = person(&format!("{name}@example.org"));
        body["language"] = json!(if name == "second" { "es" } else { "en" });
        ids.push(app.register("water", &body).await.expect(201)["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(app.availability("water").await["waitlisted"], 1);
    server.wait_for_exactly(3).await;

    // A correction of a text tells nobody.
    document["programme"]["sessions"][0]["title"] = json!("One river and two countries");
    let corrected = metropolis.replace(&document, 2).await;
    assert_eq!(corrected["changes"][0]["pointer"], "/programme/sessions/0/title/en");
    assert_eq!(corrected["effects"], json!({"promoted": 0, "attendees_to_notify": 0, "over_capacity": 0}));

    // One more seat goes to the head of the queue.
    document["registration"]["capacity"] = json!(3);
    assert_eq!(metropolis.replace(&document, 3).await["effects"]["promoted"], 1);
    let third = metropolis.get(&format!("/v1/registrations/{}", ids[2])).await.expect(200);
    assert_eq!(third["status"], "confirmed");
    server.wait_for_exactly(4).await;

    // An hour later: everybody is told.
    document["starts"] = json!("2026-11-24T16:00");
    assert_eq!(metropolis.replace(&document, 4).await["effects"]["attendees_to_notify"], 3);
    let mails = server.wait_for_exactly(7).await;
    assert_eq!(subjects(&mails[4..]).len(), 3);

    // Cancelled, with a reason in two languages; everybody is told once.
    let reason = json!({"reason": {"en": "A strike.", "es": "Una huelga."}});
    let cancelled = metropolis.post("/v1/events/water/cancel", &reason).await.expect(200);
    assert_eq!((&cancelled["outcome"], &cancelled["effects"]["attendees_to_notify"]), (&json!("changed"), &json!(3)));
    assert_eq!(app.get("/v1/events/water").await.expect(200)["status"], "cancelled");
    assert_eq!(metropolis.post("/v1/events/water/cancel", &reason).await.expect(200)["outcome"], "unchanged");
    server.wait_for_exactly(10).await;
    app.register("water", &person("fourth@example.org")).await.expect_problem(409, "event-cancelled");

    // Reinstated: everybody who was told is told so.
    let reinstated = metropolis.call("POST", "/v1/events/water/reinstate", &[], "").await.expect(200);
    assert_eq!(reinstated["effects"]["attendees_to_notify"], 3);
    assert_eq!(app.get("/v1/events/water").await.expect(200)["status"], "published");
    server.wait_for_exactly(13).await;

    // The day of the event: two of three come.
    app.set_time("2026-11-24T15:30:00Z");
    for id in &ids[..2] {
        let path = format!("/v1/registrations/{id}/attendance");
        let attended = metropolis.post(&path, &json!({"attended": true})).await.expect(200);
        assert!(attended["attended_at"].is_string());
    }
    assert_eq!(metropolis.get("/v1/events/water/revisions").await.expect(200)["data"].as_array().unwrap().len(), 7);
    worker.stop().await;
}
