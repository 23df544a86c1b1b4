//! What the server offers beside its operations: request ids, problem pages, health checks, and the documentation.

use crate::support::http::response::TestResponse;
use crate::support::http::spec;
use crate::support::server::app::TestApp;

crate::on_both_engines!(request_ids, problem_pages, pages_are_protected, health, documentation);

async fn request_ids(app: TestApp) {
    let send = |id: &str| app.client.get(format!("{}/health/live", app.base)).header("request-id", id).send();
    for (given, is_used) in [("my-id_1.2", true), (&*"x".repeat(128), true), (&*"x".repeat(129), false), ("a b", false)]
    {
        let response = TestResponse::read("GET", "/health/live", send(given).await.unwrap()).await;
        assert_eq!(response.header("request-id") == Some(given), is_used, "{given}");
    }
    let response = app.get("/health/live").await;
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
}

async fn problem_pages(app: TestApp) {
    let problem = app.get("/v1/events/nothing").await.expect_problem(404, "not-found");
    let url = problem["type"].as_str().unwrap();
    let page = app.client.get(url).header("accept", "text/html").send().await.unwrap();
    let page = TestResponse::read("GET", "/problems/not-found", page).await;
    assert!(page.status == 200 && page.body.starts_with("<!doctype html>"), "{}", page.body);
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(app.get("/problems/event-full").await.expect(200)["status"], 409);
    app.get("/problems/nothing").await.expect_problem(404, "not-found");
}

/// Every HTML page has a Content-Security-Policy against framing, injected base URLs and foreign form targets.
async fn pages_are_protected(app: TestApp) {
    for path in ["/docs", "/docs/", "/docs/index.html", "/docs/webhooks", "/problems/event-full"] {
        let page = app.client.get(format!("{}{path}", app.base)).header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        let has = |directive: &str| policy.split(';').any(|part| part.trim() == directive);
        for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(has(directive), "{path}: {directive} in {policy}");
        }
    }
}

async fn health(app: TestApp) {
    assert_eq!(app.get("/health/live").await.expect(200)["status"], "ok");
    assert_eq!(app.get("/health/ready").await.expect(200)["status"], "ok");
    app.store.migrate_down(1).await.unwrap();
    app.get("/health/live").await.expect(200);
    app.get("/health/ready").await.expect_problem(503, "database-unavailable");
}

async fn documentation(app: TestApp) {
    let mut served = app.get("/openapi.json").await.expect(200);
    let servers: Vec<_> = served["servers"].as_array().unwrap().iter().map(|server| server["url"].clone()).collect();
    assert_eq!(servers, ["/", app.base.as_str()], "the served document names this server");
    let token_url = "/components/securitySchemes/oauth2/flows/clientCredentials/tokenUrl";
    assert_eq!(served.pointer(token_url).unwrap(), &format!("{}/oauth/token", app.base));
    *served.pointer_mut(token_url).unwrap() = spec::DOCUMENT.pointer(token_url).unwrap().clone();
    served["servers"] = spec::DOCUMENT["servers"].clone();
    assert!(served == *spec::DOCUMENT, "it differs from the committed one; scripts/examples writes it");
}
