//! Text fields: how form input is normalised and stored, and how the search for events matches text.

use serde_json::{Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    form_input_is_normalised,
    blanks_clear_fields_in_patches,
    reasons_have_several_lines,
    descriptions_may_be_blank,
    batches_are_normalised_too,
    unusual_names_are_accepted,
    searches_find_words_inside_text,
);

/// An event with an audience and a question of each kind with a text answer.
fn event_with_questions(slug: &str) -> Value {
    let mut event = owned(slug, "owner", &[]);
    event["audiences"] = json!([{"key": "academia", "label": "Academia"}]);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text"},
        {"key": "diet", "label": "Diet", "kind": "choice", "choices": [{"key": "vegan", "label": "Vegan"}]},
    ]);
    event
}

const OPTIONAL: [&str; 7] =
    ["organisation", "position", "city", "country", "audience", "access_needs", "external_reference"];

async fn form_input_is_normalised(app: TestApp) {
    app.publish(&event_with_questions("with-questions")).await;
    let mut body = person(" ana@example.org\r\n");
    for (name, value) in [
        ("name", json!("\tAna \u{202e}zeréP\n")),
        ("organisation", json!(" Zoe\u{308} ")),
        ("country", json!("es")),
        ("audience", json!(" academia ")),
        ("language", json!("CA-valencia")),
        ("access_needs", json!("A ramp\r\n\r\nCaptions\r\n")),
        ("answers", json!({"why": "One\rtwo\r\nthree", "diet": " vegan "})),
    ] {
        body[name] = value;
    }
    let created = app.register("with-questions", &body).await.expect(201);
    for (name, value) in [
        ("email", json!("ana@example.org")),
        ("name", json!("Ana \u{202e}zeréP\u{202c}")),
        ("organisation", json!("Zoë")),
        ("country", json!("ES")),
        ("audience", json!("academia")),
        ("language", json!("ca")),
        ("access_needs", json!("A ramp\n\nCaptions")),
        ("answers", json!({"why": "One\ntwo\nthree", "diet": "vegan"})),
    ] {
        assert_eq!(created[name], value, "{name}");
    }
    let (id, token) = (created["id"].as_str().unwrap(), created["manage_token"].as_str().unwrap());
    let read = app.read(id, token).await.expect(200);
    assert_eq!((&read["access_needs"], &read["answers"]), (&created["access_needs"], &created["answers"]));

    // Blank optional fields are treated as absent.
    for (number, blank) in ["", "  ", "\r\n"].into_iter().enumerate() {
        let mut body = person(&format!("blank{number}@example.org"));
        for name in OPTIONAL.iter().chain(&["language"]) {
            body[*name] = json!(blank);
        }
        body["answers"] = json!({"why": blank, "diet": blank});
        let created = app.register("with-questions", &body).await.expect(201);
        for name in OPTIONAL {
            assert_eq!(created[name], Value::Null, "{name} of {blank:?}");
        }
        assert_eq!((&created["language"], &created["answers"]), (&json!("en"), &json!({})));
    }

    // A line break counts as one character, as it is stored and as browsers count it.
    let lines = |number: usize, line_break: &str| json!("x".to_owned() + &format!("{line_break}x").repeat(number));
    let mut body = person("long@example.org");
    body["access_needs"] = lines(249, "\r\n");
    body["answers"] = json!({"why": lines(999, "\r\n")});
    let created = app.register("with-questions", &body).await.expect(201);
    assert_eq!(created["access_needs"], lines(249, "\n"));
    let mut body = person("longer@example.org");
    body["access_needs"] = lines(250, "\n");
    assert_eq!(
        app.register("with-questions", &body).await.field_errors(),
        [("/access_needs".to_owned(), "length".to_owned())]
    );
}

async fn blanks_clear_fields_in_patches(app: TestApp) {
    app.publish(&event_with_questions("with-questions")).await;
    let mut body = person("ana@example.org");
    for name in ["organisation", "position", "city", "access_needs"] {
        body[name] = json!("Something");
    }
    body["country"] = json!("MX");
    body["audience"] = json!("academia");
    body["answers"] = json!({"why": "Because", "diet": "vegan"});
    let created = app.register("with-questions", &body).await.expect(201);
    let (path, token) =
        (format!("/v1/registrations/{}", created["id"].as_str().unwrap()), created["manage_token"].as_str());
    let patch = async |change: Value| app.send("PATCH", &path, token, Some(&change)).await;
    for name in ["organisation", "position", "city", "country", "audience", "access_needs"] {
        assert_ne!(created[name], Value::Null, "{name}");
        assert_eq!(patch(json!({ name: " " })).await.expect(200)[name], Value::Null, "{name}");
    }
    let answers = patch(json!({"answers": {"why": "", "diet": " "}})).await.expect(200)["answers"].clone();
    assert_eq!(answers, json!({}));
    let changed = patch(json!({"country": "mx", "language": "fr-CA", "access_needs": "a\r\nb"})).await.expect(200);
    assert_eq!(
        (&changed["country"], &changed["language"], &changed["access_needs"]),
        (&json!("MX"), &json!("fr"), &json!("a\nb"))
    );
    for (change, code) in [
        (json!({"name": ""}), "required"),
        (json!({"language": " "}), "required"),
        (json!({"language": "xx"}), "choice"),
        (json!({"name": "a\nb"}), "format"),
        (json!({"name": "Ana https://example.org"}), "format"),
        (json!({"city": "example.org/x"}), "format"),
    ] {
        let field_errors = patch(change.clone()).await.field_errors();
        assert_eq!(field_errors.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), [code], "{change}");
    }
}

async fn reasons_have_several_lines(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    for (email, sent, stored) in [
        ("a@example.org", json!("I am ill.\r\n\r\nSorry!\r\n"), json!("I am ill.\n\nSorry!")),
        ("b@example.org", json!(" "), Value::Null),
        ("c@example.org", json!(""), Value::Null),
    ] {
        let (id, token, _) = app.registered("open", email).await;
        let path = format!("/v1/registrations/{id}/cancel");
        let cancelled = app.send("POST", &path, Some(&token), Some(&json!({"reason": sent}))).await.expect(200);
        assert_eq!(cancelled["cancellation_reason"], stored, "{sent}");
    }
}

async fn descriptions_may_be_blank(app: TestApp) {
    let token = app.token_of("metropolis", "webhooks:manage").await;
    let body = json!({"url": "https://hooks.example.org/in", "description": " "});
    let (id, _) = app.endpoint(&token, &body).await;
    let path = format!("/v1/webhook-endpoints/{id}");
    let change = async |body: Value| app.send("PATCH", &path, Some(&token), Some(&body)).await.expect(200);
    assert_eq!(change(json!({})).await["description"], Value::Null);
    assert_eq!(change(json!({"description": " The CRM\r\n"})).await["description"], "The CRM");
    assert_eq!(change(json!({"description": ""})).await["description"], Value::Null);
}

async fn batches_are_normalised_too(app: TestApp) {
    app.publish(&owned("mine", "owner", &[])).await;
    let token = app.partner("owner").await;
    let mut blank = person("blank@example.org");
    for name in OPTIONAL.iter().chain(&["language"]) {
        blank[*name] = json!(" ");
    }
    let mut lines = person("lines@example.org");
    lines["access_needs"] = json!("a\r\nb");
    let mut link = person("link@example.org");
    link["name"] = json!("Win at www.example.org");
    let body = json!({"items": [blank, lines, link]});
    let response = app.send("POST", "/v1/events/mine/registrations/batch", Some(&token), Some(&body)).await.expect(200);
    let results = response["results"].as_array().unwrap();
    assert_eq!(results[0]["registration"]["external_reference"], Value::Null);
    assert_eq!(results[1]["registration"]["access_needs"], "a\nb");
    assert_eq!(results[2]["problem"]["errors"][0]["pointer"], "/name");
    assert_eq!(results[2]["problem"]["errors"][0]["code"], "format");
}

async fn unusual_names_are_accepted(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    for (number, name) in [
        "St. John's",
        "A/B Consulting",
        "Dr. Ana/Maria",
        "S.A. de C.V.",
        "Amazon.com",
        "1/2",
        "J.R.R. Tolkien",
        "Björk Guðmundsdóttir",
        "李小龍",
        "\u{2067}أنا\u{2069}",
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = person(&format!("p{number}@example.org"));
        for field in ["name", "organisation", "position", "city"] {
            body[field] = json!(name);
        }
        assert_eq!(app.register("open", &body).await.expect(201)["name"], name);
    }
}

async fn searches_find_words_inside_text(app: TestApp) {
    for (slug, title, topic) in [
        ("tokyo", "都市の国際化とメトロポリス", "国際協力"),
        ("wien", "Die Straße gehört allen", "Öffentlicher Raum"),
        ("lodz", "Łódź metropolitan area", "!?"),
    ] {
        let mut event = definition(slug, None, false);
        event["title"] = json!(title);
        event["topics"] = json!([topic]);
        app.publish(&event).await;
    }
    let found = async |name: &str, value: &str| -> Vec<String> {
        let encoded = value.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
        let page = app.get(&format!("/v1/events?{name}={encoded}")).await.expect(200);
        page["data"].as_array().unwrap().iter().map(|event| event["slug"].as_str().unwrap().to_owned()).collect()
    };
    for (query, slugs) in [
        ("国際化", vec!["tokyo"]),
        ("メトロポリス 都市", vec!["tokyo"]),
        ("ﾒﾄﾛ", vec!["tokyo"]),
        ("国化", vec![]),
        ("strasse", vec!["wien"]),
        ("STRASSE", vec!["wien"]),
        ("straße ALLEN", vec!["wien"]),
        ("rasse", vec![]),
        ("lodz metro", vec!["lodz"]),
        ("!", vec![]),
        ("%", vec![]),
        ("_", vec![]),
        ("\u{202e}!", vec![]),
    ] {
        assert_eq!(found("q", query).await, slugs, "{query}");
    }
    for (topic, slugs) in
        [("国際協力", vec!["tokyo"]), ("国際", vec![]), ("OFFENTLICHER raum", vec!["wien"]), ("!?", vec![])]
    {
        assert_eq!(found("topic", topic).await, slugs, "{topic}");
    }
}
