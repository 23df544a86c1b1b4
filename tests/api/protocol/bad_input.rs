//! Invalid input: each case has its problem document, none responds 500, and nothing is stored.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(invalid_fields_are_reported, malformed_bodies_are_rejected, unknown_paths_are_not_found);

const PATH: &str = "/v1/events/open/registrations";

async fn assert_nothing_stored(app: &TestApp) {
    assert_eq!(app.availability("open").await["confirmed"], 0);
}

async fn invalid_fields_are_reported(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    let long = |n: usize| json!("x".repeat(n));
    let cases = [
        ("email", json!(null), "required"),
        ("email", json!(""), "required"),
        ("email", json!(" \r\n"), "required"),
        ("email", json!("ana"), "email"),
        ("email", json!(7), "type"),
        ("email", json!("a@b@c"), "email"),
        ("email", json!("a\u{0}@example.org"), "format"),
        ("email", json!(format!("{}@example.org", "x".repeat(250))), "length"),
        ("name", json!(null), "required"),
        ("name", json!(""), "required"),
        ("name", json!("   "), "required"),
        ("name", json!("\u{202e}"), "required"),
        ("name", long(201), "length"),
        ("name", json!("a\u{0}b"), "format"),
        ("name", json!("a\u{7}b"), "format"),
        ("name", json!("a\nb"), "format"),
        ("name", json!("a\u{2028}b"), "format"),
        ("name", json!("Ana, https://example.org"), "format"),
        ("name", json!("Ana www.example.org"), "format"),
        ("name", json!(["Ana"]), "type"),
        ("name", json!({"given": "Ana"}), "type"),
        ("privacy_accepted", json!(false), "consent"),
        ("privacy_accepted", json!(null), "required"),
        ("privacy_accepted", json!("true"), "type"),
        ("privacy_accepted", json!(1), "type"),
        ("organisation", json!("example.org/win"), "format"),
        ("organisation", json!("a\r\nb"), "format"),
        ("organisation", long(201), "length"),
        ("organisation", json!(1), "type"),
        ("position", long(201), "length"),
        ("position", json!("http://x"), "format"),
        ("city", long(201), "length"),
        ("city", json!("WWW.EXAMPLE.ORG"), "format"),
        ("city", json!("\u{85}"), "format"),
        ("country", json!("xx"), "format"),
        ("country", json!("XX"), "format"),
        ("country", json!("ESP"), "format"),
        ("audience", json!("nobody"), "choice"),
        ("audience", json!(3), "type"),
        ("language", json!("de"), "choice"),
        ("language", json!("xx"), "choice"),
        ("language", json!("espanol"), "choice"),
        ("newsletter", json!("yes"), "type"),
        ("access_needs", long(501), "length"),
        ("access_needs", json!("a\u{0}"), "format"),
        ("answers", json!([]), "type"),
        ("external_reference", json!("x"), "clients-only"),
        ("organization", json!("x"), "unknown-field"),
    ];
    for (field, value, code) in cases {
        let mut body = person("ana@example.org");
        body[field] = value.clone();
        let field_errors = app.register("open", &body).await.field_errors();
        assert_eq!(field_errors, [(format!("/{field}"), code.to_owned())], "{field}: {value}");
    }
    // All errors are reported at once.
    let mut body = json!({"email": "ana", "privacy_accepted": false, "country": 7, "nmae": "x", "city": "a\u{0}"});
    body["language"] = json!(["en"]);
    body["answers"] = json!({});
    let field_errors = app.register("open", &body).await.field_errors();
    let expected = [
        ("/city", "format"),
        ("/country", "type"),
        ("/email", "email"),
        ("/language", "type"),
        ("/name", "required"),
        ("/nmae", "unknown-field"),
        ("/privacy_accepted", "consent"),
    ];
    assert_eq!(field_errors, expected.map(|(p, c)| (p.to_owned(), c.to_owned())));
    let response = app.register("open", &json!({"emial": "x"})).await.json();
    assert!(response.to_string().contains("Did you mean “email”?"), "{response}");
    assert_nothing_stored(&app).await;
}

async fn raw(app: &TestApp, content_type: Option<&str>, body: Vec<u8>) -> TestResponse {
    let mut request = app.client.post(format!("{}{PATH}", app.base)).body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    TestResponse::read("POST", PATH, request.send().await.unwrap()).await
}

async fn malformed_bodies_are_rejected(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    let json_type = Some("application/json");
    let good = person("ana@example.org").to_string();
    for broken in ["", " ", "{", "{\"email\":}", "nonsense", "{\"email\": \"\\ud800\"}", "{} {}", "{\"a\":1e999}"] {
        raw(&app, json_type, broken.into()).await.expect_problem(400, "malformed-request");
    }
    raw(&app, json_type, b"{\"name\": \"\xff\"}".to_vec()).await.expect_problem(400, "malformed-request");
    let nested = format!("{{\"answers\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    raw(&app, json_type, nested.into()).await.expect_problem(400, "malformed-request");
    let twice = good.replacen('{', "{\"name\":\"Eva\",", 1);
    raw(&app, json_type, twice.into()).await.expect_problem(400, "malformed-request");
    for other in ["[]", "null", "1", "\"x\"", &format!("[{good}]")] {
        assert_eq!(
            raw(&app, json_type, other.into()).await.field_errors(),
            [(String::new(), "type".to_owned())],
            "{other}"
        );
    }
    let large = json!({"name": "x".repeat(300 * 1024)}).to_string();
    raw(&app, json_type, large.into()).await.expect_problem(413, "payload-too-large");
    for other in
        [None, Some("text/plain"), Some("application/xml"), Some("application/json; charset=latin1"), Some("x")]
    {
        raw(&app, other, good.clone().into()).await.expect_problem(415, "unsupported-media-type");
    }
    assert_nothing_stored(&app).await;
    raw(&app, Some("application/json; charset=utf-8"), good.into()).await.expect(201);
    let (id, token, _) = app.registered("open", "eva@example.org").await;
    let path = format!("/v1/registrations/{id}/cancel");
    for (body, field_errors) in [
        (json!({"reason": "x".repeat(501)}), "length"),
        (json!({"reason": "a\u{0}"}), "format"),
        (json!({"reason": 1}), "type"),
        (json!({"raeson": "x"}), "unknown-field"),
    ] {
        let response = app.send("POST", &path, Some(&token), Some(&body)).await;
        assert_eq!(response.field_errors()[0].1, field_errors);
    }
    assert_eq!(app.read(&id, &token).await.expect(200)["status"], "confirmed");
}

async fn unknown_paths_are_not_found(app: TestApp) {
    app.publish(&definition("open", None, false)).await;
    let id = app.get("/v1/events/open").await.expect(200)["id"].as_str().unwrap().to_owned();
    for named in [
        "nothing",
        "OPEN",
        "open%20",
        "a--b",
        &id.to_uppercase(),
        &id.replace('-', ""),
        &format!("%7B{id}%7D"),
        &format!("urn:uuid:{id}"),
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "%00",
        "..%2f",
        &"x".repeat(3000),
    ] {
        for below in ["", "/programme", "/sessions", "/availability", "/speakers"] {
            app.get(&format!("/v1/events/{named}{below}")).await.expect_problem(404, "not-found");
        }
    }
    for path in
        ["/v1", "/v1/", "/v2/events", "/nothing", "/v1/events/", "/v1/events/open/", "/v1/events/open/sessions/x"]
    {
        app.get(path).await.expect_problem(404, "not-found");
    }
    for path in ["/v1/events/open", "/v1/speakers", "/v1/events/open/availability", "/health/live"] {
        app.get(&format!("{path}?unknown=1")).await.expect_problem(400, "invalid-parameter");
    }
    let twice: Value = app.get("/v1/events?limit=1&limit=2").await.expect_problem(400, "invalid-parameter");
    assert_eq!(twice["retryable"], false);
}
