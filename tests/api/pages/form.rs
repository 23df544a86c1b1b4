//! The form to register, without scripts.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    the_form_has_a_field_for_each_question,
    a_registration_leads_to_its_page,
    errors_stand_at_their_fields_and_nothing_typed_is_lost,
    a_second_press_is_answered_plainly,
    every_refusal_has_its_words,
    nobody_learns_who_is_registered_where_addresses_are_confirmed,
    the_link_is_sent_again,
    any_bytes_get_a_page
);

/// The body of a form of somebody with this address.
fn filled(email: &str) -> String {
    format!("name=Ana+P%C3%A9rez&email={email}&privacy_accepted=true")
}

async fn post(app: &TestApp, path: &str, body: impl Into<reqwest::Body>) -> TestResponse {
    post_as(app, path, "application/x-www-form-urlencoded", body).await
}

async fn post_as(app: &TestApp, path: &str, media_type: &str, body: impl Into<reqwest::Body>) -> TestResponse {
    let request = app.client.post(format!("{}{path}", app.base)).header("content-type", media_type);
    let response = request.header("accept", "text/html").body(body).send().await.unwrap();
    let mut response = TestResponse::read_unchecked(response).await;
    response.body = slashes(&response.body);
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{path}: {}", response.body);
    assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
    response
}

async fn form(app: &TestApp, path: &str) -> String {
    let response = app.client.get(format!("{}{path}", app.base)).header("accept", "text/html").send().await.unwrap();
    slashes(TestResponse::read_unchecked(response).await.expect_text(200))
}

/// Templates escape slashes too.
fn slashes(page: &str) -> String {
    page.replace("&#x2f;", "/")
}

/// Whether the page has the state, and each text.
#[track_caller]
fn assert_shows(page: &str, state: &str, texts: &[&str]) {
    assert!(page.contains(&format!("data-state=\"{state}\"")), "{state}: {page}");
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// The value of the first field with this name.
#[track_caller]
fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    let (_, rest) = rest.split_once("value=\"").unwrap();
    rest.split('"').next().unwrap()
}

fn questions() -> Value {
    let mut event = definition("asks", Some(10), false);
    event["title"] = json!({"en": "Asks <everything>", "es": "Pregunta"});
    event["privacy"] = json!({"notice_url": "https://city.example.org/privacy", "version": "2026-01"});
    event["audiences"] =
        json!([{"key": "city", "label": {"en": "Cities", "es": "Ciudades"}}, {"key": "other", "label": "Others"}]);
    event["registration"]["audience_required"] = json!(true);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text", "required": true},
        {"key": "lunch", "label": "Lunch", "kind": "choice", "required": true, "choices": [{"key": "a", "label": "Apple"}, {"key": "b", "label": "Bread"}]},
        {"key": "topics", "label": "Topics", "kind": "choices", "choices": [{"key": "a", "label": "Air"}, {"key": "w", "label": "Water"}]},
        {"key": "first", "label": "First time?", "kind": "yes_no"},
    ]);
    event
}

async fn the_form_has_a_field_for_each_question(app: TestApp) {
    app.publish(&questions()).await;
    let page = form(&app, "/events/asks").await;
    for field in [
        "<form id=\"registration-form\" method=\"post\" action=\"/events/asks\"",
        "id=\"field-name\"",
        "autocomplete=\"organization-title\"",
        "<input type=\"email\" name=\"email\" id=\"field-email\"",
        "<option value=\"ES\">Spain</option>",
        "name=\"audience\" id=\"field-audience\" value=\"city\"",
        "<textarea name=\"answers.why\" id=\"field-answers.why\"",
        "<input type=\"radio\" name=\"answers.lunch\" id=\"field-answers.lunch\" value=\"a\" required>",
        "<input type=\"checkbox\" name=\"answers.topics\" id=\"field-answers.topics-2\" value=\"w\">",
        "<input type=\"radio\" name=\"answers.first\" id=\"field-answers.first\" value=\"\" checked>",
        "<option value=\"en\" selected>English</option>",
        "<a href=\"https://city.example.org/privacy\"",
        "2026-01",
        "action=\"/events/asks/link\"",
    ] {
        assert!(page.contains(field), "{field}: {page}");
    }
    let page = form(&app, "/events/asks?lang=es").await;
    for text in [
        "action=\"/events/asks?lang=es\"",
        "Nombre completo",
        "<option value=\"ES\">España</option>",
        "<option value=\"es\" selected>Español</option>",
        ">Ciudades</label>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let page = form(&app, "/events/asks?lang=ca").await;
    assert!(page.contains("lang=\"en\">Why?</span>"), "texts without a translation have their language: {page}");
    app.publish(&definition("plain", None, false)).await;
    let page = form(&app, "/events/plain?lang=en").await;
    assert!(page.contains("I agree that the organisers use these details for this event"), "no notice to read: {page}");
    assert!(!page.contains("privacy notice") && !page.contains("Version of the notice"), "{page}");
}

async fn a_registration_leads_to_its_page(app: TestApp) {
    app.publish(&questions()).await;
    let body = format!(
        "{}&audience=city&country=ES&language=ca&newsletter=true&answers.why=a%0D%0Ab&answers.lunch=b&answers.topics=a\
         &answers.topics=w&answers.first=false&access_needs=&unknown=1",
        filled("ana%40example.org")
    );
    let page = post(&app, "/events/asks?lang=es", body).await;
    let page = page.expect_text(201);
    assert_shows(page, "registered", &["ana@example.org", "action=\"/registration\"", "lang=\"es\""]);
    let (id, token) = (value(page, "registration"), value(page, "token"));
    assert_eq!((value(page, "event"), value(page, "lang")), ("asks", "es"));
    let registration = app.read(id, token).await.expect(200);
    assert_eq!(registration["answers"], json!({"why": "a\nb", "lunch": "b", "topics": ["a", "w"], "first": false}));
    for (name, expected) in [
        ("audience", json!("city")),
        ("country", json!("ES")),
        ("language", json!("ca")),
        ("newsletter", json!(true)),
        ("access_needs", Value::Null),
        ("source", json!("public")),
    ] {
        assert_eq!(registration[name], expected, "{name}");
    }
}

async fn errors_stand_at_their_fields_and_nothing_typed_is_lost(app: TestApp) {
    app.publish(&questions()).await;
    let body = "name=+&email=ana%22%3E%3Cb&city=%3Cscript%3E&country=XX&answers.why=x%0D%0A%3C%2Ftextarea%3E&answers.topics=w&newsletter=true";
    let page = post(&app, "/events/asks", body).await;
    let page = page.expect_text(422);
    for text in [
        "<title>To be corrected: Asks &lt;everything&gt;</title>",
        "id=\"error-summary\"",
        "<a href=\"#field-name\">",
        "id=\"error-name\">Enter your name.</p>",
        "aria-describedby=\"hint-email error-email\"",
        "Enter an e-mail address like name@example.org.",
        "value=\"ana&quot;&gt;&lt;b\"",
        "value=\"&lt;script&gt;\"",
        "id=\"error-country\">Choose one of the options.</p>",
        "id=\"error-audience\">Choose one of the options.</p>",
        "id=\"error-answers.lunch\">Choose one of the options.</p>",
        "id=\"error-privacy_accepted\">Tick this box in order to register.</p>",
        "x\r\n&lt;/textarea&gt;</textarea>",
        "id=\"field-answers.topics-2\" value=\"w\" checked>",
        "name=\"newsletter\" id=\"field-newsletter\" value=\"true\" checked",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(value(page, "idempotency_key"), "", "the next attempt is another one");
    let catalan = post(&app, "/events/asks?lang=ca", "name=").await;
    assert!(catalan.expect_text(422).contains("Escriviu el vostre nom."));
    // A list has no more errors than a problem does, and one error for each field.
    let body = "x=1&".repeat(1_000) + &"answers.topics=zzz&".repeat(100);
    let page = post(&app, "/events/asks", body).await;
    assert_eq!(page.expect_text(422).matches("id=\"error-answers.topics\"").count(), 1);
    assert_eq!(app.availability("asks").await["confirmed"], 0);
}

async fn a_second_press_is_answered_plainly(app: TestApp) {
    app.publish(&definition("small", Some(1), true)).await;
    let body = filled("ana%40example.org");
    assert_shows(post(&app, "/events/small", body.clone()).await.expect_text(201), "registered", &[]);
    let page = post(&app, "/events/small", body.clone()).await;
    let texts = ["If you have just sent the form twice", "action=\"/events/small/link\"", "value=\"ana@example.org\""];
    assert_shows(page.expect_text(409), "already_registered", &texts);
    // With a key, it gets the same response again, and other content is noticed.
    let keyed = format!("{}&idempotency_key=0123456789abcdef", filled("bo%40example.org"));
    let first = post(&app, "/events/small", keyed.clone()).await;
    let place = "Your place in the list is 1.";
    assert_shows(first.expect_text(201), "waitlisted", &[place]);
    let again = post(&app, "/events/small", keyed.clone()).await;
    assert_shows(again.expect_text(201), "waitlisted", &[place]);
    assert_eq!(value(&again.body, "registration"), value(&first.body, "registration"));
    let other = post(&app, "/events/small", format!("{keyed}&city=Rome")).await;
    assert!(other.expect_text(422).contains("An earlier attempt has arrived"), "{}", other.body);
    assert_eq!((value(&other.body, "idempotency_key"), value(&other.body, "city")), ("", "Rome"));
    assert_eq!(app.availability("small").await["waitlisted"], 1);
    // A key that the API would not accept is none.
    let odd = format!("{}&idempotency_key=%0D%0Ax", filled("cy%40example.org"));
    assert_shows(post(&app, "/events/small", odd).await.expect_text(201), "waitlisted", &[]);
}

async fn every_refusal_has_its_words(app: TestApp) {
    let body = || filled("ana%40example.org");
    app.publish(&definition("full", Some(0), false)).await;
    let page = post(&app, "/events/full", body()).await;
    let kept = "What you entered is still here, so that you can try again later.";
    let texts = ["id=\"registration-form\"", "value=\"ana@example.org\"", "A seat may come free", kept];
    assert_shows(page.expect_text(409), "full", &texts);
    let mut later = definition("later", None, false);
    later["registration"]["opens"] = json!("2026-11-24T08:00");
    app.publish(&later).await;
    let page = post(&app, "/events/later", body()).await;
    assert_shows(page.expect_text(409), "not_open", &["November", "value=\"ana@example.org\"", kept]);
    let mut cancelled = definition("cancelled", None, false);
    cancelled["status"] = json!("cancelled");
    app.publish(&cancelled).await;
    assert_shows(post(&app, "/events/cancelled", body()).await.expect_text(409), "cancelled", &[]);
    app.publish(&definition("past", None, false)).await;
    app.set_time("2026-11-24T10:30:00Z");
    assert_shows(post(&app, "/events/past", body()).await.expect_text(409), "closed", &["November"]);
    app.set_time("2026-11-24T11:00:00Z");
    assert_shows(post(&app, "/events/past", body()).await.expect_text(409), "ended", &[]);
    assert_eq!(post(&app, "/events/nothing", body()).await.status, 404);
    assert_eq!(post(&app, "/events/a%3Fb", body()).await.status, 404);
}

async fn nobody_learns_who_is_registered_where_addresses_are_confirmed(app: TestApp) {
    app.publish_confirming(&definition("confirmed", None, false)).await;
    let first = post(&app, "/events/confirmed", filled("ana%40example.org")).await;
    assert_shows(first.expect_text(202), "confirmation_sent", &["ana@example.org", "/events/confirmed/link"]);
    let again = post(&app, "/events/confirmed", filled("ana%40example.org")).await;
    assert_eq!((again.status, again.body), (202, first.body));
    assert!(!app.confirmation_token("ana@example.org").await.is_empty());
}

async fn the_link_is_sent_again(app: TestApp) {
    app.publish(&definition("small", Some(3), false)).await;
    app.registered("small", "ana@example.org").await;
    let known = post(&app, "/events/small/link", "email=ana%40example.org").await;
    let unknown = post(&app, "/events/small/link", "email=bob%40example.org").await;
    assert_shows(known.expect_text(202), "link_sent", &["ana@example.org"]);
    assert_eq!(known.body.replace("ana@", "bob@"), unknown.body);
    for (email, text) in [("", "Enter your e-mail address."), ("ana", "Enter an e-mail address like name@example.org.")]
    {
        let page = post(&app, "/events/small/link", format!("email={email}")).await;
        assert!(page.expect_text(422).contains(text), "{}", page.body);
        assert_eq!(value(&page.body, "email"), email);
    }
    assert_eq!(post(&app, "/events/nothing/link", "email=a").await.status, 404);
    // Forms follow an event that has another address now.
    let id = app.get("/v1/events/small").await.expect(200)["id"].as_str().unwrap().to_owned();
    let sent = post(&app, &format!("/events/{id}/link?lang=es"), "email=cy%40example.org").await;
    assert_shows(sent.expect_text(202), "link_sent", &["Mire su correo"]);
    let registered = post(&app, &format!("/events/{id}"), filled("cy%40example.org")).await;
    assert_shows(registered.expect_text(201), "registered", &[]);
}

async fn any_bytes_get_a_page(app: TestApp) {
    app.publish(&definition("small", Some(3), false)).await;
    for path in ["/events/small", "/events/small/link"] {
        let long = format!("name={}", "a".repeat(300 * 1024));
        assert_eq!(post(&app, path, long).await.status, 413, "{path}");
        assert_eq!(post_as(&app, path, "multipart/form-data; boundary=x", "--x--").await.status, 415, "{path}");
        assert_eq!(post_as(&app, path, "text/plain", filled("a%40example.org")).await.status, 415, "{path}");
        for body in [&b"name=Jos%E9&email=a%40example.org&privacy_accepted=true"[..], b"name=\xff\xfe", b"%00=\xc3"] {
            let page = post(&app, path, body.to_vec()).await;
            assert!(page.expect_text(400).contains("could not be read"), "{path}: {}", page.body);
        }
        for body in
            ["", "&&&===", "name&email&privacy_accepted", "%=%&name=%00", "name=a&name=b&answers.=1&answers.a.b=1"]
        {
            assert_eq!(post(&app, path, body).await.status, 422, "{path}: {body}");
        }
    }
    assert_eq!(app.availability("small").await["confirmed"], 0);
}

mod rate_limits {
    use plenaria_http::limits::rate_limit::Quotas;

    use super::{definition, filled, post, value};
    use crate::support::database::test_database::Engine;
    use crate::support::server::app::TestApp;

    crate::with_both_engines!(too_many_forms_are_asked_to_wait);

    async fn too_many_forms_are_asked_to_wait(engine: Engine) {
        let quotas = Quotas { reads: 100, registrations: 1, clients: 100 };
        let app = TestApp::start_with(engine, |settings| settings.rate_limits = Some(quotas)).await;
        app.publish(&definition("small", Some(3), false)).await;
        post(&app, "/events/small", filled("ana%40example.org")).await.expect_text(201);
        let page = post(&app, "/events/small?lang=fr", filled("bob%40example.org")).await;
        assert!(page.expect_text(429).contains("Patientez un instant"), "{}", page.body);
        assert_eq!((value(&page.body, "email"), value(&page.body, "name")), ("bob@example.org", "Ana Pérez"));
    }
}
