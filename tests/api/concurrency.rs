//! Many at once, at the last seat.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Engine, TestApp, definition, person};

crate::on_both_engines!(
    five_hundred_for_a_hundred_seats,
    five_hundred_without_a_waiting_list,
    one_address_a_hundred_times,
    churn_keeps_the_counts,
    instances_take_turns,
    a_commit_without_an_answer_is_recognised,
    what_is_known_of_the_seats_is_not_relied_on_blindly,
    everybody_keeps_what_they_sent,
);

/// The instances that serve a test: three on PostgreSQL, one on SQLite.
pub(crate) async fn instances(app: &TestApp) -> Vec<String> {
    let mut bases = vec![app.base.clone()];
    if app.database.engine == Engine::Postgres {
        bases.push(app.another_instance().await);
        bases.push(app.another_instance().await);
    }
    bases
}

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
    let answers = register_all(&app, "rush", 500).await;
    assert!(answers.iter().all(|(status, _)| *status == 201));
    let confirmed = answers.iter().filter(|(_, r)| r["status"] == "confirmed").count();
    let positions: BTreeSet<u64> = answers.iter().filter_map(|(_, r)| r["waitlist_position"].as_u64()).collect();
    assert_eq!(confirmed, 100);
    assert_eq!(positions, (1..=400).collect(), "positions without gap or repeat");
    counts_agree(&app, 100, 400).await;
}

async fn five_hundred_without_a_waiting_list(app: TestApp) {
    app.publish(&definition("rush", Some(100), false)).await;
    let answers = register_all(&app, "rush", 500).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 100);
    let full = answers.iter().filter(|(status, p)| *status == 409 && p["code"] == "event-full").count();
    assert_eq!(full, 400);
    counts_agree(&app, 100, 0).await;
}

async fn one_address_a_hundred_times(app: TestApp) {
    app.publish(&definition("rush", None, false)).await;
    let bases = instances(&app).await;
    let one = |n: usize| post(&app, &bases[n % bases.len()], "rush", "ana@example.org".to_owned());
    let answers = join_all((0..100).map(one)).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|(_, p)| p["code"] == "already-registered").count(), 99);
    counts_agree(&app, 1, 0).await;
}

/// People register and cancel at once; whatever the order, the seats are full while anybody waits.
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
    counts_agree(&app, 20, 40).await;
}

/// A connection may break between COMMIT and its answer; the desk then tries again, and must find its own rows.
async fn a_commit_without_an_answer_is_recognised(app: TestApp) {
    use plenaria_domain::ids::RegistrationId;
    use plenaria_domain::language::MessageLanguage;
    use plenaria_domain::registration::Attendee;
    use plenaria_persistence::desk::{Desk, NewRegistration, Outcome, Refused};
    let event_id = app.publish(&definition("rush", Some(1), true)).await.id;
    let new = |email: &str| NewRegistration {
        id: RegistrationId::new(app.now()),
        event_id,
        attendee: Attendee {
            email: plenaria_domain::email::EmailAddress::parse(email).unwrap(),
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
        once: None,
    };
    let (desk, _task) = Desk::open(app.store.clone());
    for (request, position) in [(new("a@example.org"), None), (new("b@example.org"), Some(1))] {
        for _ in 0..3 {
            let outcome = desk.register(request.clone()).await.unwrap();
            let Outcome::Registered { registration, .. } = outcome else { panic!("{outcome:?}") };
            assert_eq!((registration.id, registration.waitlist_position), (request.id, position));
        }
    }
    let refused = desk.register(new("a@example.org")).await.unwrap_err();
    assert!(matches!(refused, Refused::AlreadyRegistered { .. }), "another request for the address is refused");
    counts_agree(&app, 1, 1).await;
}

/// What each instance knows of the seats is old by what the others gave away since.
async fn instances_take_turns(app: TestApp) {
    app.publish(&definition("rush", Some(10), true)).await;
    let bases = instances(&app).await;
    let mut registered = Vec::new();
    for n in 0..30 {
        let (status, body) = post(&app, &bases[n % bases.len()], "rush", format!("person-{n}@example.org")).await;
        assert_eq!(status, 201, "{body:#}");
        registered.push(body);
    }
    for (n, told) in registered.iter().enumerate() {
        let expected = if n < 10 { Value::Null } else { json!(n - 9) };
        assert_eq!(told["waitlist_position"], expected, "{n}: {told:#}");
        let path = format!("/v1/registrations/{}", told["id"].as_str().unwrap());
        let kept = app.send("GET", &path, told["manage_token"].as_str(), None).await.expect(200);
        assert_eq!((&kept["status"], &kept["waitlist_position"]), (&told["status"], &expected), "{n}");
    }
    counts_agree(&app, 10, 20).await;
}

/// Whatever is changed behind the desk's back, from one moment to the next, decides; and put right again, it does too.
async fn what_is_known_of_the_seats_is_not_relied_on_blindly(app: TestApp) {
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
        ("capacity = 1, ceiling = confirmed", 201, "waitlisted", "capacity = 1000, ceiling = 1000"),
        (
            "capacity = 1, ceiling = confirmed, waitlist = FALSE",
            409,
            "event-full",
            "capacity = 1000, ceiling = 1000, waitlist = TRUE",
        ),
        ("capacity = confirmed, ceiling = confirmed", 201, "waitlisted", "capacity = NULL, ceiling = NULL"),
    ] {
        // Long enough without a surprise, it relies on what it knows again.
        for _ in 0..33 {
            register().await.expect(201);
        }
        let set = |set: &str| format!("UPDATE event_seats SET {set}");
        connection.execute_unprepared(&set(change)).await.unwrap();
        let answer = register().await;
        let body = answer.expect(status);
        assert!(body["code"] == expected || body["status"] == expected, "{change}: {body:#}");
        if body["status"] == "waitlisted" {
            let (id, token) = (body["id"].as_str().unwrap(), body["manage_token"].as_str().unwrap());
            app.cancel(id, token).await.expect(200);
        }
        connection.execute_unprepared(&set(undo)).await.unwrap();
        assert_eq!(register().await.expect(201)["status"], "confirmed", "{undo}");
    }
    counts_agree(&app, 7 * 34, 0).await;
}

/// Those who register at once are written together, and what they have alike is sent once. Here some fields are everybody's, some
/// nobody's, and some those of one or a few; and the last seat is in the midst of them.
async fn everybody_keeps_what_they_sent(app: TestApp) {
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
    let left_out = json!({"language": "en", "newsletter": false, "answers": {}});
    let register = async |round: usize, n: usize| {
        let mut sent = person(&format!("p{round}.{n}@example.org"));
        for (place, (field, value)) in fields.iter().enumerate() {
            let has = match round {
                0 => false,
                1 => true,
                2 => n == place,
                _ => n.is_multiple_of(place + 2),
            };
            if has {
                sent[*field] = value.clone();
            }
        }
        let told = app.register("rush", &sent).await.expect(201);
        (sent, told)
    };
    for round in 0..4 {
        for (sent, told) in join_all((0..30).map(|n| register(round, n))).await {
            let (id, token) = (told["id"].as_str().unwrap(), told["manage_token"].as_str().unwrap());
            let kept = app.read(id, token).await.expect(200);
            for (field, value) in &fields {
                let expected = sent.get(*field).unwrap_or(&left_out[*field]);
                assert_eq!((&kept[*field], &told[*field]), (expected, expected), "{field}: {value}, round {round}");
            }
            for field in ["email", "name"] {
                assert_eq!(kept[field], sent[field]);
            }
            for field in ["status", "waitlist_position", "created_at", "updated_at", "confirmed_at"] {
                assert_eq!(kept[field], told[field], "{field}");
            }
            assert_eq!(kept["confirmed_at"].is_null(), kept["status"] == "waitlisted", "{kept:#}");
        }
    }
    counts_agree(&app, 70, 50).await;
}

/// The counts of the seat row, of the rows themselves, and of the queue.
pub(crate) async fn counts_agree(app: &TestApp, confirmed: i64, waitlisted: i64) {
    use sea_orm::{ConnectionTrait as _, Statement};
    let connection = app.database.connect().await;
    let sql = "SELECT s.confirmed AS c, s.waitlisted AS w, \
               (SELECT COUNT(*) FROM registrations r WHERE r.status = 'confirmed') AS rc, \
               (SELECT COUNT(*) FROM registrations r WHERE r.status = 'waitlisted') AS rw, \
               (SELECT COUNT(DISTINCT r.queue_number) FROM registrations r) AS q FROM event_seats s";
    let row = connection
        .query_one_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    let count = |name: &str| row.try_get::<i64>("", name).unwrap();
    let counts = json!([count("c"), count("w"), count("rc"), count("rw"), count("q")]);
    assert_eq!(counts, json!([confirmed, waitlisted, confirmed, waitlisted, waitlisted]));
}
