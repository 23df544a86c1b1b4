//! Text fields: what callers send as real forms do, and how it is kept; and what a search finds in them.

use serde_json::{Value, json};

use crate::support::partners::owned;
use crate::support::{TestApp, definition, person};

crate::on_both_engines!(
    forms_send_what_they_have,
    a_patch_clears_with_blanks,
    reasons_have_several_lines,
    descriptions_may_be_blank,
    batches_are_read_alike,
    names_may_look_like_much,
    searches_find_words_inside_text,
);

/// An event with an audience and a question of each kind that is answered with a string.
fn asking(slug: &str) -> Value {
    let mut event = owned(slug, "owner", vec![]);
    event["audiences"] = json!([{"key": "academia", "label": "Academia"}]);
    event["registration"]["questions"] = json!([
        {"key": "why", "label": "Why?", "kind": "text"},
        {"key": "diet", "label": "Diet", "kind": "choice", "choices": [{"key": "vegan", "label": "Vegan"}]},
    ]);
    event
}

const OPTIONAL: [&str; 7] =
    ["organisation", "position", "city", "country", "audience", "access_needs", "external_reference"];

async fn forms_send_what_they_have(app: TestApp) {
    app.publish(&asking("asking")).await;
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
    let made = app.register("asking", &body).await.expect(201);
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
        assert_eq!(made[name], value, "{name}");
    }
    let (id, token) = (made["id"].as_str().unwrap(), made["manage_token"].as_str().unwrap());
    let read = app.read(id, token).await.expect(200);
    assert_eq!((&read["access_needs"], &read["answers"]), (&made["access_needs"], &made["answers"]));

    // The empty fields of a form are as if left out, whoever sends them.
    for (number, blank) in ["", "  ", "\r\n"].into_iter().enumerate() {
        let mut body = person(&format!("blank{number}@example.org"));
        for name in OPTIONAL.iter().chain(&["language"]) {
            body[*name] = json!(blank);
        }
        body["answers"] = json!({"why": blank, "diet": blank});
        let made = app.register("asking", &body).await.expect(201);
        for name in OPTIONAL {
            assert_eq!(made[name], Value::Null, "{name} of {blank:?}");
        }
        assert_eq!((&made["language"], &made["answers"]), (&json!("en"), &json!({})));
    }

    // Line breaks count as they are kept, and as browsers count them.
    let lines = |number: usize, line_break: &str| json!("x".to_owned() + &format!("{line_break}x").repeat(number));
    let mut body = person("long@example.org");
    body["access_needs"] = lines(249, "\r\n");
    body["answers"] = json!({"why": lines(999, "\r\n")});
    let made = app.register("asking", &body).await.expect(201);
    assert_eq!(made["access_needs"], lines(249, "\n"));
    let mut body = person("longer@example.org");
    body["access_needs"] = lines(250, "\n");
    assert_eq!(app.register("asking", &body).await.faults(), [("/access_needs".to_owned(), "length".to_owned())]);
}

async fn a_patch_clears_with_blanks(app: TestApp) {
    app.publish(&asking("asking")).await;
    let mut body = person("ana@example.org");
    for name in ["organisation", "position", "city", "access_needs"] {
        body[name] = json!("Something");
    }
    body["country"] = json!("MX");
    body["audience"] = json!("academia");
    body["answers"] = json!({"why": "Because", "diet": "vegan"});
    let made = app.register("asking", &body).await.expect(201);
    let (path, token) = (format!("/v1/registrations/{}", made["id"].as_str().unwrap()), made["manage_token"].as_str());
    let patch = async |change: Value| app.send("PATCH", &path, token, Some(&change)).await;
    for name in ["organisation", "position", "city", "country", "audience", "access_needs"] {
        assert_ne!(made[name], Value::Null, "{name}");
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
        let faults = patch(change.clone()).await.faults();
        assert_eq!(faults.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), [code], "{change}");
    }
}

async fn reasons_have_several_lines(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    for (email, sent, kept) in [
        ("a@example.org", json!("I am ill.\r\n\r\nSorry!\r\n"), json!("I am ill.\n\nSorry!")),
        ("b@example.org", json!(" "), Value::Null),
        ("c@example.org", json!(""), Value::Null),
    ] {
        let (id, token, _) = app.registered("open", email).await;
        let path = format!("/v1/registrations/{id}/cancel");
        let cancelled = app.send("POST", &path, Some(&token), Some(&json!({"reason": sent}))).await.expect(200);
        assert_eq!(cancelled["cancellation_reason"], kept, "{sent}");
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

async fn batches_are_read_alike(app: TestApp) {
    app.publish(&owned("mine", "owner", vec![])).await;
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
    let answer = app.send("POST", "/v1/events/mine/registrations/batch", Some(&token), Some(&body)).await.expect(200);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results[0]["registration"]["external_reference"], Value::Null);
    assert_eq!(results[1]["registration"]["access_needs"], "a\nb");
    assert_eq!(results[2]["problem"]["errors"][0]["pointer"], "/name");
    assert_eq!(results[2]["problem"]["errors"][0]["code"], "format");
}

async fn names_may_look_like_much(app: TestApp) {
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
