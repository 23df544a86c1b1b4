//! The page of a registration, without scripts.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    a_registration_is_shown_with_what_was_said,
    what_was_said_can_be_changed,
    cancelling_takes_two_steps,
    erasing_takes_two_steps,
    the_link_to_join_appears_in_time,
    the_waiting_list_moves,
    a_link_that_no_longer_works_leads_to_a_new_one,
    the_calendar_entry_is_a_file,
    any_form_gets_a_page,
);

/// Sends a form as a browser does. No cache may store the response, and neither its address nor its headers have the token.
pub(super) async fn post(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> TestResponse {
    let response = page(send(app, path, fields).await).await;
    assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
    response
}

async fn send(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    let body =
        reqwest::Url::parse_with_params("http://localhost", fields).unwrap().query().unwrap_or_default().to_owned();
    let request = app.client.post(format!("{}{path}", app.base)).header("accept", "text/html");
    request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap()
}

async fn page(response: reqwest::Response) -> TestResponse {
    let mut response = TestResponse::read_unchecked(response).await;
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{}", response.body);
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(response.header("x-frame-options"), Some("DENY"));
    let policy = response.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    response.body = response.body.replace("&#x2f;", "/");
    response
}

pub(super) async fn get(app: &TestApp, path: &str) -> TestResponse {
    page(app.client.get(format!("{}{path}", app.base)).header("accept", "text/html").send().await.unwrap()).await
}

/// The fields that every form about a registration has.
pub(super) fn link<'a>(id: &'a str, token: &'a str, event: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("registration", id), ("token", token), ("event", event), ("lang", "en")]
}

/// Asserts the status of a page, its state and its texts.
#[track_caller]
pub(super) fn assert_shows(response: &TestResponse, status: u16, state: &str, texts: &[&str]) {
    let body = response.expect_text(status);
    assert!(body.contains(&format!("id=\"registration\" data-status=\"{state}\"")), "{state}: {body}");
    for text in texts {
        assert!(body.contains(text), "{text}: {body}");
    }
}

fn with_questions() -> Value {
    let mut event = definition("asks", Some(10), false);
    event["title"] = json!({"en": "Night <walks>", "es": "Paseos"});
    event["place"] = json!("Main hall");
    event["attendance"] = json!("in_person");
    event["contact"] = json!({"name": "Office", "email": "office@example.org"});
    event["registration"]["questions"] = json!([
        {"key": "why", "label": {"en": "Why?", "es": "¿Por qué?"}, "kind": "text", "required": true},
        {"key": "lunch", "label": "Lunch", "kind": "choices", "choices": [{"key": "a", "label": "Apple"}, {"key": "b", "label": "Bread"}]},
        {"key": "first", "label": "First time?", "kind": "yes_no"},
    ]);
    event
}

async fn register(app: &TestApp) -> (String, String) {
    let mut body = person("ana@example.org");
    body["country"] = json!("FR");
    body["answers"] = json!({"why": "<b>Because</b>", "lunch": ["a", "b"], "first": true});
    let created = app.register("asks", &body).await.expect(201);
    (created["id"].as_str().unwrap().to_owned(), created["manage_token"].as_str().unwrap().to_owned())
}

async fn a_registration_is_shown_with_what_was_said(app: TestApp) {
    app.publish(&with_questions()).await;
    let (id, token) = register(&app).await;
    let texts = [
        "<h1 tabindex=\"-1\">You are registered</h1>",
        "Night &lt;walks&gt;",
        "2026-11-24T10:00:00Z",
        "Main hall",
        "mailto:office@example.org",
        "Ana Pérez",
        "ana@example.org",
        "France",
        "Why?",
        "&lt;b&gt;Because&lt;/b&gt;",
        "Apple · Bread",
        "<dt>News from the organisers by email</dt>",
        "data-zone=\"Etc/UTC\" data-time=\"{time} in your time zone\"",
        "data-local=\"whole\"",
        "Add to calendar",
    ];
    let shown = post(&app, "/registration", &link(&id, &token, "asks")).await;
    assert_shows(&shown, 200, "confirmed", &texts);
    assert!(!shown.body.contains("<b>Because") && !shown.body.contains("id=\"join\""), "{}", shown.body);
    for attribute in ["href=", "action="] {
        let links = shown.body.split(attribute).skip(1);
        assert!(
            links.into_iter().all(|link| !link.split('>').next().unwrap().contains(&token)),
            "a token in an address"
        );
    }
    assert!(
        shown.headers.values().all(|value| !value.as_bytes().windows(token.len()).any(|part| part == token.as_bytes()))
    );
    // The link of a mail, pasted; a mail program has broken the line.
    let pasted = format!(" {}/registration#registration={id}&token={token}&event=asks\n&lang=es ", app.base);
    let pasted = post(&app, "/registration", &[("link", &pasted)]).await;
    assert_shows(
        &pasted,
        200,
        "confirmed",
        &["lang=\"es\"", "Paseos", "¿Por qué?", "Su inscripción está confirmada", "Francia"],
    );
    assert_eq!(pasted.header("content-language"), Some("es"));
    // The language switcher sends the same form with another language.
    let mut fields = link(&id, &token, "asks");
    fields[3].1 = "ca";
    assert_shows(
        &post(&app, "/registration", &fields).await,
        200,
        "confirmed",
        &["La vostra inscripció està confirmada"],
    );
}

async fn what_was_said_can_be_changed(app: TestApp) {
    app.publish(&with_questions()).await;
    let (id, token) = register(&app).await;
    let form = post(&app, "/registration/edit", &link(&id, &token, "asks")).await;
    let form = form.expect_text(200);
    for text in [
        "value=\"Ana Pérez\"",
        "<option value=\"FR\" selected>France</option>",
        "&lt;b&gt;Because&lt;/b&gt;</textarea>",
    ] {
        assert!(form.contains(text), "{text}: {form}");
    }
    assert!(!form.contains("name=\"email\"") && !form.contains("name=\"privacy_accepted\""), "{form}");
    // Errors stand at their fields, and nothing that was entered is lost.
    let mut fields = link(&id, &token, "asks");
    fields.extend([("name", " "), ("city", "<Lyon>"), ("answers.why", ""), ("answers.lunch", "b")]);
    let again = post(&app, "/registration/update", &fields).await;
    let body = again.expect_text(422);
    for text in [
        "<title>To be corrected: Change your details</title>",
        "<h1 tabindex=\"-1\">Change your details</h1>",
        "id=\"error-summary\"",
        "href=\"#field-name\"",
        "Enter your name.",
        "id=\"error-answers.why\"",
        "value=\"&lt;Lyon&gt;\"",
        "value=\"b\" checked",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    assert_eq!(app.read(&id, &token).await.expect(200)["revision"], 1);
    // What was cleared is cleared.
    let mut fields = link(&id, &token, "asks");
    fields.extend([
        ("name", "Anna"),
        ("country", ""),
        ("language", "ca"),
        ("newsletter", "true"),
        ("answers.why", "So"),
        ("unknown", "x"),
    ]);
    let saved = post(&app, "/registration/update", &fields).await;
    assert_shows(&saved, 200, "confirmed", &["Your changes have been saved.", "Anna", "Català"]);
    let now = app.read(&id, &token).await.expect(200);
    assert_eq!((&now["name"], &now["country"], &now["language"]), (&json!("Anna"), &Value::Null, &json!("ca")));
    assert_eq!((&now["newsletter"], &now["answers"]), (&json!(true), &json!({"why": "So"})));
}

async fn cancelling_takes_two_steps(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let (next, next_token, _) = app.registered("small", "bea@example.org").await;
    let fields = link(&id, &token, "small");
    let asked = post(&app, "/registration/cancel", &fields).await;
    assert!(asked.expect_text(200).contains("action=\"/registration/cancelled\""), "{}", asked.body);
    assert_eq!(app.read(&id, &token).await.expect(200)["status"], "confirmed", "asking cancels nothing");
    let too_long = "x".repeat(501);
    let invalid = post(&app, "/registration/cancelled", &[fields.clone(), vec![("reason", &too_long)]].concat()).await;
    let body = invalid.expect_text(422);
    assert!(body.contains("id=\"error-reason\"") && body.contains(&too_long), "{body}");
    let reason = [fields.clone(), vec![("reason", "I am <ill>\r\nand tired")]].concat();
    for _ in 0..2 {
        let cancelled = post(&app, "/registration/cancelled", &reason).await;
        let texts = [
            "Your registration has been cancelled.",
            "I am &lt;ill&gt;",
            "Monday, 23 November 2026",
            "/events/small?lang=en",
        ];
        assert_shows(&cancelled, 200, "cancelled", &texts);
        assert!(!cancelled.body.contains("/registration/edit"), "{}", cancelled.body);
    }
    assert_eq!(
        app.read(&next, &next_token).await.expect(200)["status"],
        "confirmed",
        "the seat goes to the next person"
    );
    assert_shows(&post(&app, "/registration/edit", &fields).await, 200, "cancelled", &[]);
    app.set_time("2026-11-24T12:00:00Z");
    let over = post(&app, "/registration/cancelled", &link(&next, &next_token, "small")).await;
    assert_shows(&over, 200, "confirmed", &["This event is over."]);
}

async fn erasing_takes_two_steps(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let fields = link(&id, &token, "small");
    let asked = post(&app, "/registration/erase", &fields).await;
    let body = asked.expect_text(200);
    assert!(
        body.contains("action=\"/registration/erased\"") && body.contains("Your registration is cancelled too"),
        "{body}"
    );
    app.read(&id, &token).await.expect(200);
    app.publish(&definition("queue", Some(0), true)).await;
    let (waiting, waiting_token, _) = app.registered("queue", "bea@example.org").await;
    let asked = post(&app, "/registration/erase", &link(&waiting, &waiting_token, "queue")).await;
    assert!(asked.body.contains("You lose your place on the waiting list."), "{}", asked.body);
    assert!(!asked.body.contains("your seat"), "{}", asked.body);
    assert_shows(&post(&app, "/registration/erased", &fields).await, 200, "erased", &["Your data have been erased"]);
    app.read(&id, &token).await.expect_problem(404, "not-found");
    for path in ["/registration", "/registration/erased", "/registration/edit", "/registration/calendar"] {
        assert_shows(&post(&app, path, &fields).await, 404, "erased", &["does not exist any more", "/events/small"]);
    }
}

async fn the_link_to_join_appears_in_time(app: TestApp) {
    let mut event = definition("online", None, false);
    event["join"] = json!({"url": "https://meet.example.org/room?a=1&b=2", "minutes_before": 30});
    app.publish(&event).await;
    let (id, token, _) = app.registered("online", "ana@example.org").await;
    let fields = link(&id, &token, "online");
    app.set_time("2026-11-24T09:29:59Z");
    let early = post(&app, "/registration", &fields).await;
    assert_shows(&early, 200, "confirmed", &["data-join-from=\"2026-11-24T09:30:00Z\"", "You can join here from"]);
    assert!(!early.body.contains("meet.example.org"), "{}", early.body);
    app.set_time("2026-11-24T09:30:00Z");
    let open = post(&app, "/registration", &fields).await;
    assert_shows(&open, 200, "confirmed", &["id=\"join\"", "href=\"https://meet.example.org/room?a=1&amp;b=2\""]);
    assert!(!open.body.contains("data-join-from"), "{}", open.body);
    app.set_time("2026-11-24T11:00:00Z");
    let over = post(&app, "/registration", &fields).await;
    assert_shows(&over, 200, "confirmed", &["This event is over."]);
    assert!(!over.body.contains("meet.example.org"), "{}", over.body);
}

async fn the_waiting_list_moves(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let (first, first_token, _) = app.registered("small", "ana@example.org").await;
    let (second, second_token, _) = app.registered("small", "bea@example.org").await;
    let (third, third_token, _) = app.registered("small", "cai@example.org").await;
    let fields = link(&third, &third_token, "small");
    let stream = "data-stream=\"/v1/events/small/availability/stream\"";
    let waiting = post(&app, "/registration", &fields).await;
    assert_shows(
        &waiting,
        200,
        "waitlisted",
        &["id=\"waitlist-position\"", "Your place on the waiting list: 2", stream],
    );
    app.cancel(&first, &first_token).await.expect(200);
    let moved = post(&app, "/registration", &fields).await;
    assert_shows(&moved, 200, "waitlisted", &["Your place on the waiting list: 1"]);
    let version = |response: &TestResponse| {
        let (_, rest) = response.body.split_once("data-version=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    assert_ne!(version(&waiting), version(&moved), "a script sees the difference");
    assert_eq!(version(&moved), version(&post(&app, "/registration", &fields).await));
    app.cancel(&second, &second_token).await.expect(200);
    let promoted = post(&app, "/registration", &fields).await;
    assert_shows(&promoted, 200, "confirmed", &["You have a seat."]);
    assert!(!promoted.body.contains(stream), "{}", promoted.body);
}

async fn a_link_that_no_longer_works_leads_to_a_new_one(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let (other, ..) = app.registered("small", "bea@example.org").await;
    let forged = format!("{token}x");
    for (id, token) in [(&id, &forged), (&id, &"a.b.c".to_owned())] {
        let expired = post(&app, "/registration", &link(id, token, "small")).await;
        assert_shows(
            &expired,
            403,
            "expired",
            &["This link no longer works", "action=\"/registration/link\"", "name=\"event\" value=\"small\""],
        );
    }
    let foreign = post(&app, "/registration", &link(&other, &token, "small")).await;
    assert!(!foreign.body.contains("bea@example.org") && foreign.status >= 400, "{}", foreign.body);
    app.set_time("2026-12-25T00:00:00Z");
    let expired = post(&app, "/registration", &[("registration", &id), ("token", &token)]).await;
    assert_shows(&expired, 403, "expired", &["<option value=\"small\">small</option>"]);
    // The request for a new one: the same words for everybody.
    for (fields, status, text) in [
        (vec![("email", "ana@example.org"), ("event", "small")], 200, "data-status=\"link_sent\""),
        (vec![("email", "nobody@example.org"), ("event", "small")], 200, "data-status=\"link_sent\""),
        (vec![("email", " "), ("event", "small")], 422, "id=\"error-email\""),
        (vec![("email", "<ana"), ("event", "small")], 422, "value=\"&lt;ana\""),
        (vec![("email", "ana@example.org"), ("event", "")], 422, "id=\"error-event\""),
        (vec![("email", "ana@example.org"), ("event", "unknown")], 404, "id=\"error-event\""),
    ] {
        let sent = post(&app, "/registration/link", &fields).await;
        assert!(sent.expect_text(status).contains(text), "{fields:?}: {}", sent.body);
    }
}

async fn the_calendar_entry_is_a_file(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let (id, token, _) = app.registered("small", "ana@example.org").await;
    let response = send(&app, "/registration/calendar", &link(&id, &token, "small")).await;
    let file = TestResponse::read_unchecked(response).await;
    assert!(file.expect_text(200).starts_with("BEGIN:VCALENDAR"), "{}", file.body);
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"small.ics\""));
    assert_eq!(
        (file.header("cache-control"), file.header("content-type")),
        (Some("no-store"), Some("text/calendar; charset=utf-8"))
    );
}

async fn any_form_gets_a_page(app: TestApp) {
    let page_with_form = get(&app, "/registration?lang=fr").await;
    let body = page_with_form.expect_text(200);
    for text in [
        "<html lang=\"fr\">",
        "id=\"link-form\"",
        "name=\"link\"",
        "noindex",
        "/registration?lang=ca",
        "Voir, modifier ou annuler votre inscription",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    for path in ["", "/edit", "/update", "/cancel", "/cancelled", "/erase", "/erased", "/calendar"] {
        let fields = [("registration", "../../events"), ("token", "a\r\nb"), ("lang", "<script>"), ("event", "a/b")];
        let response = post(&app, &format!("/registration{path}"), &fields).await;
        let body = response.expect_text(422);
        assert!(body.contains("id=\"error-link\"") && !body.contains("<script>"), "{path}: {body}");
    }
    let too_large = format!("link={}", "a".repeat(300_000));
    for (media_type, body, status) in [
        ("application/json", "{}".to_owned(), 415),
        ("application/x-www-form-urlencoded", too_large, 413),
        ("application/x-www-form-urlencoded", "%ff=%fe&link=%00".to_owned(), 422),
    ] {
        let request = app.client.post(format!("{}/registration", app.base)).header("accept", "text/html");
        let response = request.header("content-type", media_type).body(body).send().await.unwrap();
        assert_eq!(page(response).await.status, status, "{media_type}");
    }
}
