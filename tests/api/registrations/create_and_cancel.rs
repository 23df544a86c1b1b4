//! Registering, reading and cancelling a registration, and the waiting list.

use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, person, webinar};

crate::on_both_engines!(
    a_registration_from_form_to_cancellation,
    duplicates,
    the_waitlist,
    the_registration_window,
    a_cancelled_person_may_register_again,
    answers_to_questions,
    tokens,
    every_change_is_recorded,
);

async fn a_registration_from_form_to_cancellation(app: TestApp) {
    app.publish(&webinar()).await;
    let body = json!({
        "email": " Ana@Example.ORG ", "name": "  Ana Pérez ", "privacy_accepted": true, "organisation": "Ajuntament",
        "position": "Officer", "city": "Barcelona", "country": "ES", "audience": "practitioner", "newsletter": true,
        "access_needs": "Captions", "language": "ca", "answers": {}, "external_reference": null,
    });
    let response = app.register(WEBINAR, &body).await;
    let registration = response.expect(201);
    let (id, token) = (registration["id"].as_str().unwrap(), registration["manage_token"].as_str().unwrap());
    assert_eq!(response.header("location"), Some(format!("/v1/registrations/{id}").as_str()));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    for (field, value) in [
        ("status", json!("confirmed")),
        ("email", json!("Ana@Example.ORG")),
        ("name", json!("Ana Pérez")),
        ("country", json!("ES")),
        ("language", json!("ca")),
        ("source", json!("public")),
        ("revision", json!(1)),
        ("waitlist_position", Value::Null),
        ("created_at", json!("2026-11-23T09:00:00Z")),
    ] {
        assert_eq!(registration[field], value, "{field}");
    }
    let read = app.read(id, token).await;
    assert_eq!(read.header("etag"), response.header("etag"));
    assert_eq!(read.header("cache-control"), Some("private, no-cache"));
    let mut expected = registration.clone();
    expected.as_object_mut().unwrap().remove("manage_token");
    assert_eq!(read.expect(200), expected);
    let seats = app.availability(WEBINAR).await;
    assert_eq!((&seats["confirmed"], &seats["seats_left"], &seats["status"]), (&json!(1), &json!(499), &json!("open")));

    app.set_time("2026-12-01T00:00:00Z");
    let path = format!("/v1/registrations/{id}/cancel");
    let cancelled = app.send("POST", &path, Some(token), Some(&json!({"reason": "ill"}))).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(
        (&cancelled["cancelled_at"], &cancelled["cancellation_reason"]),
        (&json!("2026-12-01T00:00:00Z"), &json!("ill"))
    );
    app.set_time("2026-12-02T00:00:00Z");
    assert_eq!(app.cancel(id, token).await.expect(200), cancelled, "cancelling again changes nothing");
    assert_eq!(app.availability(WEBINAR).await["confirmed"], 0);
}

async fn duplicates(app: TestApp) {
    app.publish(&definition("small", Some(10), false)).await;
    let (first, ..) = app.registered("small", "ana@bücher.example").await;
    for same in ["ANA@bücher.example", "ana@xn--bcher-kva.example"] {
        let problem = app.register("small", &person(same)).await.expect_problem(409, "already-registered");
        assert!(!problem.to_string().contains(&first), "the existing registration's id leaks");
    }
    app.registered("small", "ana+b@bücher.example").await;
    assert_eq!(app.availability("small").await["confirmed"], 2);
}

async fn the_waitlist(app: TestApp) {
    app.publish(&definition("small", Some(2), true)).await;
    let mut people = Vec::new();
    for number in 0..6 {
        people.push(app.registered("small", &format!("p{number}@example.org")).await);
    }
    let positions: Vec<_> = people.iter().map(|(.., r)| r["waitlist_position"].clone()).collect();
    assert_eq!(positions, [Value::Null, Value::Null, json!(1), json!(2), json!(3), json!(4)]);
    assert_eq!(app.availability("small").await["status"], "waitlist");
    // A cancellation on the waiting list moves the ones behind it up and promotes nobody.
    app.cancel(&people[3].0, &people[3].1).await.expect(200);
    let position = |number: usize| {
        let (id, token, _) = &people[number];
        let (app, id, token) = (&app, id.clone(), token.clone());
        async move {
            let read = app.read(&id, &token).await.expect(200);
            (read["status"].as_str().unwrap().to_owned(), read["waitlist_position"].clone())
        }
    };
    assert_eq!(position(4).await, ("waitlisted".to_owned(), json!(2)));
    // A free seat goes to the head of the waiting list in the same transaction.
    app.cancel(&people[0].0, &people[0].1).await.expect(200);
    assert_eq!(position(2).await, ("confirmed".to_owned(), Value::Null));
    assert_eq!(position(4).await, ("waitlisted".to_owned(), json!(1)));
    let (.., late) = app.registered("small", "late@example.org").await;
    assert_eq!(late["waitlist_position"], 3);
    // Raising the capacity promotes two; lowering it cancels nobody.
    app.publish(&definition("small", Some(4), true)).await;
    let seats = app.availability("small").await;
    assert_eq!((&seats["confirmed"], &seats["waitlisted"]), (&json!(4), &json!(1)));
    app.publish(&definition("small", Some(1), true)).await;
    let seats = app.availability("small").await;
    assert_eq!((&seats["confirmed"], &seats["seats_left"]), (&json!(4), &json!(0)));
    app.cancel(&people[1].0, &people[1].1).await.expect(200);
    let seats = app.availability("small").await;
    assert_eq!(
        (&seats["confirmed"], &seats["waitlisted"]),
        (&json!(3), &json!(1)),
        "above capacity nobody is promoted"
    );
}

async fn the_registration_window(app: TestApp) {
    let mut event = definition("timed", Some(5), false);
    event["registration"]["opens"] = json!("2026-11-23T12:00");
    event["registration"]["closes"] = json!("2026-11-24T09:00");
    app.publish(&event).await;
    let attempt = |email: &'static str| app.register("timed", Box::leak(Box::new(person(email))));
    let problem = attempt("a@example.org").await.expect_problem(409, "registration-not-open");
    assert_eq!(problem["opens_at"], "2026-11-23T12:00:00Z");
    assert_eq!(app.availability("timed").await["status"], "not_open");
    app.set_time("2026-11-23T12:00:00Z");
    let registration = attempt("a@example.org").await.expect(201);
    app.set_time("2026-11-24T08:59:59.999999Z");
    attempt("b@example.org").await.expect(201);
    app.set_time("2026-11-24T09:00:00Z");
    let problem = attempt("c@example.org").await.expect_problem(409, "registration-closed");
    assert_eq!(problem["closed_at"], "2026-11-24T09:00:00Z");
    app.set_time("2026-11-24T11:00:00Z");
    attempt("c@example.org").await.expect_problem(409, "event-ended");
    let (id, token) = (registration["id"].as_str().unwrap(), registration["manage_token"].as_str().unwrap());
    app.cancel(id, token).await.expect_problem(409, "event-ended");
    app.set_time("2026-12-24T11:00:00Z");
    app.read(id, token).await.expect_problem(401, "invalid-token");
    app.set_time("2026-11-23T13:00:00Z");
    event["status"] = json!("cancelled");
    app.publish(&event).await;
    attempt("c@example.org").await.expect_problem(409, "event-cancelled");
    app.publish(&definition("full", Some(0), false)).await;
    let problem = app.register("full", &person("a@example.org")).await.expect_problem(409, "event-full");
    assert_eq!((&problem["seats_left"], &problem["waitlist"]), (&json!(0), &json!(false)));
    app.register("no-such-event", &person("a@example.org")).await.expect_problem(404, "not-found");
}

async fn a_cancelled_person_may_register_again(app: TestApp) {
    app.publish(&definition("small", Some(1), false)).await;
    let (first, token, _) = app.registered("small", "ana@example.org").await;
    app.cancel(&first, &token).await.expect(200);
    let (second, other_token, _) = app.registered("small", "ana@example.org").await;
    assert_ne!(first, second);
    assert_eq!(app.read(&first, &token).await.expect(200)["status"], "cancelled");
    assert_eq!(app.read(&second, &other_token).await.expect(200)["status"], "confirmed");
}

async fn answers_to_questions(app: TestApp) {
    let mut event = definition("with-questions", None, false);
    event["audiences"] = json!([{"key": "academia", "label": "Academia"}]);
    event["registration"]["audience_required"] = json!(true);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text", "required": true},
        {"key": "diet", "label": "Diet", "kind": "choice", "choices": [{"key": "vegan", "label": "Vegan"}]},
    ]);
    app.publish(&event).await;
    let mut body = person("ana@example.org");
    let expected = [("/answers/why", "required"), ("/audience", "required")];
    let pairs = |errors: &[(&str, &str)]| -> Vec<(String, String)> {
        errors.iter().map(|(p, c)| ((*p).to_owned(), (*c).to_owned())).collect()
    };
    assert_eq!(app.register("with-questions", &body).await.field_errors(), pairs(&expected));
    body["audience"] = json!("practitioner");
    body["answers"] = json!({"why": 7, "diet": "fish", "extra": true});
    let expected = [
        ("/answers/diet", "choice"),
        ("/answers/extra", "unknown-field"),
        ("/answers/why", "type"),
        ("/audience", "choice"),
    ];
    assert_eq!(app.register("with-questions", &body).await.field_errors(), pairs(&expected));
    body["audience"] = json!("academia");
    body["answers"] = json!({"why": "Because", "diet": "vegan"});
    assert_eq!(app.register("with-questions", &body).await.expect(201)["answers"], body["answers"]);
}

async fn tokens(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let (other, ..) = app.registered("small", "eva@example.org").await;
    for path in [format!("/v1/registrations/{id}"), format!("/v1/registrations/{id}/cancel")] {
        let method = if path.ends_with("cancel") { "POST" } else { "GET" };
        let response = app.send(method, &path, None, None).await;
        response.expect_problem(401, "unauthenticated");
        assert_eq!(response.header("www-authenticate"), Some("Bearer realm=\"plenaria\""));
        for forged in ["x", "a.b.c", &token[..token.len() - 2], &format!("{token}x"), "eyJhbGciOiJub25lIn0.e30."] {
            let response = app.send(method, &path, Some(forged), None).await;
            response.expect_problem(401, "invalid-token");
            assert!(response.header("www-authenticate").unwrap().contains("invalid_token"));
        }
    }
    for foreign in [other.as_str(), "not-an-id", &id.to_uppercase(), "01890a5d-ac96-774b-bcce-b302099a8057"] {
        app.read(foreign, &token).await.expect_problem(404, "not-found");
        app.cancel(foreign, &token).await.expect_problem(404, "not-found");
    }
    let path = "/v1/events/small/registrations";
    app.send("POST", path, Some("x"), Some(&person("z@example.org"))).await.expect_problem(401, "invalid-token");
    assert_eq!(app.availability("small").await["confirmed"], 2);
}

async fn every_change_is_recorded(app: TestApp) {
    use sea_orm::{FromQueryResult as _, Statement};
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        kind: String,
        sequence: i64,
    }
    app.publish(&definition("small", Some(1), true)).await;
    let (first, token, _) = app.registered("small", "a@example.org").await;
    app.registered("small", "b@example.org").await;
    app.cancel(&first, &token).await.expect(200);
    let connection = app.database.connect().await;
    // Each change is in one of the two tables, depending on the sequencer.
    let sql = "SELECT type AS kind, sequence FROM outbox UNION ALL SELECT type AS kind, sequence FROM changes \
               ORDER BY kind, sequence";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(&connection).await.unwrap();
    let recorded: Vec<_> = rows.iter().map(|r| (r.kind.as_str(), r.sequence)).collect();
    assert_eq!(
        recorded,
        [
            ("event.published", 1),
            ("registration.cancelled", 2),
            ("registration.created", 1),
            ("registration.created", 1),
            ("registration.promoted", 2),
        ]
    );
}
