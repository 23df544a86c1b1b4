//! Concurrent registrations: the last seats, one address many times, and what the desk caches of the seats.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};
use crate::support::server::seats::{assert_seat_counts, instances};

crate::on_both_engines!(
    five_hundred_for_a_hundred_seats,
    five_hundred_without_a_waitlist,
    one_address_registers_once,
    churn_keeps_the_counts,
    instances_alternate,
    a_commit_whose_reply_was_lost_is_recognised,
    cached_seats_are_verified,
    batched_rows_keep_their_own_values,
);

async fn post(app: &TestApp, base: &str, event: &str, email: String) -> (u16, Value) {
    let request = app.client.post(format!("{base}/v1/events/{event}/registrations")).json(&person(&email));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn register_all(app: &TestApp, event: &str, number: usize) -> Vec<(u16, Value)> {
    let bases = instances(app).await;
    let one = |n: usize| post(app, &bases[n % bases.len()], event, format!("person-{n}@example.org"));
    join_all((0..number).map(one)).await
}

async fn five_hundred_for_a_hundred_seats(app: TestApp) {
    app.publish(&definition("rush", Some(100), true)).await;
    let responses = register_all(&app, "rush", 500).await;
    assert!(responses.iter().all(|(status, _)| *status == 201));
    let confirmed = responses.iter().filter(|(_, r)| r["status"] == "confirmed").count();
    let positions: BTreeSet<u64> = responses.iter().filter_map(|(_, r)| r["waitlist_position"].as_u64()).collect();
    assert_eq!(confirmed, 100);
    assert_eq!(positions, (1..=400).collect(), "positions without gap or repeat");
    assert_seat_counts(&app, 100, 400).await;
}

async fn five_hundred_without_a_waitlist(app: TestApp) {
    app.publish(&definition("rush", Some(100), false)).await;
    let responses = register_all(&app, "rush", 500).await;
    assert_eq!(responses.iter().filter(|(status, _)| *status == 201).count(), 100);
    let full = responses.iter().filter(|(status, p)| *status == 409 && p["code"] == "event-full").count();
    assert_eq!(full, 400);
    assert_seat_counts(&app, 100, 0).await;
}

async fn one_address_registers_once(app: TestApp) {
    app.publish(&definition("rush", None, false)).await;
    let bases = instances(&app).await;
    let one = |n: usize| post(&app, &bases[n % bases.len()], "rush", "ana@example.org".to_owned());
    let responses = join_all((0..100).map(one)).await;
    assert_eq!(responses.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(responses.iter().filter(|(_, p)| p["code"] == "already-registered").count(), 99);
    assert_seat_counts(&app, 1, 0).await;
}

/// People register and cancel concurrently; in any order, all seats are taken while the waiting list is not empty.
async fn churn_keeps_the_counts(app: TestApp) {
    app.publish(&definition("rush", Some(20), true)).await;
    let bases = instances(&app).await;
    let one = |n: usize| {
        let (app, base) = (&app, &bases[n % bases.len()]);
        async move {
            let (status, registration) = post(app, base, "rush", format!("person-{n}@example.org")).await;
            assert_eq!(status, 201, "{registration}");
            if n.is_multiple_of(2) {
                let url = format!("{base}/v1/registrations/{}/cancel", registration["id"].as_str().unwrap());
                let token = registration["manage_token"].as_str().unwrap();
                let response = app.client.post(url).bearer_auth(token).send().await.unwrap();
                assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
            }
        }
    };
    join_all((0..120).map(one)).await;
    assert_seat_counts(&app, 20, 40).await;
}

/// A connection may break between COMMIT and its reply; the desk then retries, and must recognise its own rows.
async fn a_commit_whose_reply_was_lost_is_recognised(app: TestApp) {
    use plenaria_domain::registration::Attendee;
    use plenaria_domain::values::ids::RegistrationId;
    use plenaria_domain::values::language::MessageLanguage;
    use plenaria_persistence::desk::Desk;
    use plenaria_persistence::desk::reply::{Outcome, Refusal};
    use plenaria_persistence::desk::request::{NewRegistration, Request};
    let event_id = app.publish(&definition("rush", Some(1), true)).await.id;
    let new = |email: &str| NewRegistration {
        id: RegistrationId::new(app.now()),
        event_id,
        attendee: Attendee {
            email: plenaria_domain::values::email::EmailAddress::parse(email).unwrap(),
            name: "Ana".to_owned(),
            organisation: None,
            position: None,
            city: None,
            country: None,
            audience: None,
            language: MessageLanguage::En,
            newsletter: false,
            access_needs: None,
            answers: serde_json::Map::new(),
        },
        client: None,
        external_reference: None,
        source: "public".to_owned(),
        privacy_notice: "1".to_owned(),
        received_at: app.now(),
    };
    let (desk, worker) = Desk::open(app.store.clone());
    tokio::spawn(worker);
    for (request, position) in [(new("a@example.org"), None), (new("b@example.org"), Some(1))] {
        for _ in 0..3 {
            let outcome = desk.submit(Request::register(request.clone(), None)).await.unwrap();
            let Outcome::Registration { registration, .. } = outcome else { panic!("{outcome:?}") };
            assert_eq!((registration.id, registration.waitlist_position), (request.id, position));
        }
    }
    let error = desk.submit(Request::register(new("a@example.org"), None)).await.unwrap_err();
    assert!(matches!(error, Refusal::AlreadyRegistered { .. }), "another request for the address is rejected");
    assert_seat_counts(&app, 1, 1).await;
}

/// The counts that each instance has cached are outdated by the registrations of the other instances.
async fn instances_alternate(app: TestApp) {
    app.publish(&definition("rush", Some(10), true)).await;
    let bases = instances(&app).await;
    let mut registered = Vec::new();
    for n in 0..30 {
        let (status, body) = post(&app, &bases[n % bases.len()], "rush", format!("person-{n}@example.org")).await;
        assert_eq!(status, 201, "{body:#}");
        registered.push(body);
    }
    for (n, response) in registered.iter().enumerate() {
        let expected = if n < 10 { Value::Null } else { json!(n - 9) };
        assert_eq!(response["waitlist_position"], expected, "{n}: {response:#}");
        let path = format!("/v1/registrations/{}", response["id"].as_str().unwrap());
        let read = app.send("GET", &path, response["manage_token"].as_str(), None).await.expect(200);
        assert_eq!((&read["status"], &read["waitlist_position"]), (&response["status"], &expected), "{n}");
    }
    assert_seat_counts(&app, 10, 20).await;
}

/// The desk notices changes of the seat row that bypass it, in both directions.
async fn cached_seats_are_verified(app: TestApp) {
    use sea_orm::ConnectionTrait as _;
    app.publish(&definition("rush", Some(1000), true)).await;
    let connection = app.database.connect().await;
    let mut number = 0;
    let mut register = async || {
        number += 1;
        app.register("rush", &person(&format!("p{number}@example.org"))).await
    };
    for (change, status, expected, undo) in [
        ("status = 'cancelled'", 409, "event-cancelled", "status = 'published'"),
        ("opens_at = '2026-11-23T10:00:00+00:00'", 409, "registration-not-open", "opens_at = NULL"),
        (
            "closes_at = '2026-11-23T08:00:00+00:00'",
            409,
            "registration-closed",
            "closes_at = '2026-11-24T10:00:00+00:00'",
        ),
        ("ends_at = '2026-11-23T08:00:00+00:00'", 409, "event-ended", "ends_at = '2026-11-24T11:00:00+00:00'"),
        ("capacity = 1, max_confirmed = confirmed", 201, "waitlisted", "capacity = 1000, max_confirmed = 1000"),
        (
            "capacity = 1, max_confirmed = confirmed, waitlist = FALSE",
            409,
            "event-full",
            "capacity = 1000, max_confirmed = 1000, waitlist = TRUE",
        ),
        ("capacity = confirmed, max_confirmed = confirmed", 201, "waitlisted", "capacity = NULL, max_confirmed = NULL"),
    ] {
        // After this many batches without a conflict, the desk uses its cached counts again.
        for _ in 0..33 {
            register().await.expect(201);
        }
        let set = |set: &str| format!("UPDATE event_seats SET {set}");
        connection.execute_unprepared(&set(change)).await.unwrap();
        let response = register().await;
        let body = response.expect(status);
        assert!(body["code"] == expected || body["status"] == expected, "{change}: {body:#}");
        if body["status"] == "waitlisted" {
            let (id, token) = (body["id"].as_str().unwrap(), body["manage_token"].as_str().unwrap());
            app.cancel(id, token).await.expect(200);
        }
        connection.execute_unprepared(&set(undo)).await.unwrap();
        assert_eq!(register().await.expect(201)["status"], "confirmed", "{undo}");
    }
    assert_seat_counts(&app, 7 * 34, 0).await;
}

/// Concurrent registrations are written in one statement, which sends values that all rows share only once. Here some
/// fields are set for all, for none, for one or for a few rows, and the last seat is in the middle of a batch.
async fn batched_rows_keep_their_own_values(app: TestApp) {
    let mut event = definition("rush", Some(70), true);
    event["registration"]["questions"] = json!([{"key": "why", "label": "Why?", "kind": "text"}]);
    app.publish(&event).await;
    let fields = [
        ("organisation", json!("Metropolis")),
        ("position", json!("Secretary")),
        ("city", json!("Guarulhos")),
        ("country", json!("BR")),
        ("language", json!("fr")),
        ("newsletter", json!(true)),
        ("access_needs", json!("a ramp")),
        ("answers", json!({"why": "Because"})),
    ];
    let defaults = json!({"language": "en", "newsletter": false, "answers": {}});
    let register = async |round: usize, n: usize| {
        let mut sent = person(&format!("p{round}.{n}@example.org"));
        for (index, (field, value)) in fields.iter().enumerate() {
            let has = match round {
                0 => false,
                1 => true,
                2 => n == index,
                _ => n.is_multiple_of(index + 2),
            };
            if has {
                sent[*field] = value.clone();
            }
        }
        let response = app.register("rush", &sent).await.expect(201);
        (sent, response)
    };
    for round in 0..4 {
        for (sent, response) in join_all((0..30).map(|n| register(round, n))).await {
            let (id, token) = (response["id"].as_str().unwrap(), response["manage_token"].as_str().unwrap());
            let read = app.read(id, token).await.expect(200);
            for (field, value) in &fields {
                let expected = sent.get(*field).unwrap_or(&defaults[*field]);
                assert_eq!((&read[*field], &response[*field]), (expected, expected), "{field}: {value}, round {round}");
            }
            for field in ["email", "name"] {
                assert_eq!(read[field], sent[field]);
            }
            for field in ["status", "waitlist_position", "created_at", "updated_at", "confirmed_at"] {
                assert_eq!(read[field], response[field], "{field}");
            }
            assert_eq!(read["confirmed_at"].is_null(), read["status"] == "waitlisted", "{read:#}");
        }
    }
    assert_seat_counts(&app, 70, 50).await;
}
