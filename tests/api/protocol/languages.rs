//! The language of problem documents and their pages.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;

crate::on_both_engines!(the_requested_language_is_used, pages_in_every_language, every_page_is_translated);

pub const LANGUAGES: [&str; 4] = ["en", "es", "fr", "ca"];

/// Sends a request with `Accept-Language`, if any.
pub async fn send(
    app: &TestApp,
    method: &str,
    path: &str,
    accept_language: Option<&str>,
    body: Option<String>,
) -> TestResponse {
    let mut request = app.client.request(method.parse().unwrap(), format!("{}{path}", app.base));
    if let Some(accept_language) = accept_language {
        request = request.header("accept-language", accept_language);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body);
    }
    TestResponse::read(method, path, request.send().await.unwrap()).await
}

async fn the_requested_language_is_used(app: TestApp) {
    let language = async |path: &str, accept_language: Option<&str>| {
        let response = send(&app, "GET", path, accept_language, None).await;
        assert!(response.status >= 400, "{}", response.body);
        response.header("content-language").unwrap().to_owned()
    };
    for (accept_language, chosen) in [
        (None, "en"),
        (Some(""), "en"),
        (Some("de"), "en"),
        (Some("*"), "en"),
        (Some("ca"), "ca"),
        (Some("ES-mx"), "es"),
        (Some("fr-CA, es;q=0.8"), "fr"),
        (Some("es;q=0.2, ca;q=0.9, de"), "ca"),
        (Some("es;q=0, fr;q=0.1"), "fr"),
        (Some("de-AT, *;q=0.1"), "en"),
        (Some("es;q=high"), "en"),
        (Some(";;;"), "en"),
        (Some("e s, fr, _"), "fr"),
        (Some("\u{f1}"), "en"),
    ] {
        assert_eq!(language("/v1/events/nothing", accept_language).await, chosen, "{accept_language:?}");
    }
    // `lang` takes precedence over the header where the operation has this parameter, whatever else is invalid.
    for (path, chosen) in [
        ("/v1/events/nothing?lang=ca", "ca"),
        ("/v1/events/nothing?lang=fr-BE", "fr"),
        ("/v1/events?lang=ca&limit=0", "ca"),
        ("/v1/events?limt=1&lang=ca", "ca"),
        ("/v1/events/nothing?lang=de", "es"),
        ("/v1/events/nothing?lang=not%20one", "es"),
        ("/v1/events?lang=", "es"),
        ("/v1/events/nothing/availability?lang=ca", "es"),
        ("/health/live?lang=ca", "es"),
        ("/nothing?lang=ca", "es"),
    ] {
        assert_eq!(language(path, Some("es")).await, chosen, "{path}");
    }
    // The language of a request does not affect the next one on the connection.
    assert_eq!(language("/v1/events/nothing", None).await, "en");
}

async fn pages_in_every_language(app: TestApp) {
    for (language, title, retry) in [
        ("en", "Too many requests", "The same request may succeed later."),
        ("es", "Demasiadas solicitudes", "La misma solicitud puede tener éxito más adelante."),
        ("fr", "Trop de requêtes", "La même requête peut aboutir plus tard."),
        ("ca", "Massa sol·licituds", "La mateixa sol·licitud pot reeixir més endavant."),
    ] {
        let path = "/problems/rate-limited";
        let request = app.client.get(format!("{}{path}", app.base)).header("accept-language", language);
        let page = TestResponse::read("GET", path, request.header("accept", "text/html").send().await.unwrap()).await;
        assert!(page.body.starts_with(&format!("<!doctype html><html lang=\"{language}\">")), "{}", page.body);
        assert!(page.body.contains(&format!("<h1>{title}</h1>")) && page.body.contains(retry), "{}", page.body);
        let explanations = send(&app, "GET", path, Some(language), None).await;
        assert_eq!(explanations.expect(200)["title"], title);
        assert!(page.body.contains(explanations.json()["meaning"].as_str().unwrap()));
        for response in [page, explanations] {
            assert_eq!(response.header("content-language"), Some(language));
            assert_eq!(response.header("vary"), Some("Accept, Accept-Language, Accept-Encoding"));
        }
    }
}

async fn every_page_is_translated(app: TestApp) {
    for code in [
        "malformed-request",
        "invalid-parameter",
        "unauthenticated",
        "invalid-token",
        "insufficient-scope",
        "not-found",
        "method-not-allowed",
        "not-acceptable",
        "request-timeout",
        "already-registered",
        "event-full",
        "registration-not-open",
        "registration-closed",
        "event-cancelled",
        "event-ended",
        "idempotency-in-progress",
        "conflict",
        "precondition-failed",
        "payload-too-large",
        "unsupported-media-type",
        "validation-failed",
        "idempotency-mismatch",
        "precondition-required",
        "rate-limited",
        "internal",
        "overloaded",
        "database-unavailable",
    ] {
        let mut explanations: Vec<Value> = Vec::new();
        for language in LANGUAGES {
            explanations.push(send(&app, "GET", &format!("/problems/{code}"), Some(language), None).await.expect(200));
        }
        for (index, one) in explanations.iter().enumerate() {
            assert_eq!((&one["code"], &one["status"]), (&json!(code), &explanations[0]["status"]));
            for other in &explanations[..index] {
                assert!(one["title"] != other["title"] && one["meaning"] != other["meaning"], "{one}\n{other}");
            }
        }
    }
}
