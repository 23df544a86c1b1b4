//! Events in the vocabulary of schema.org, for callers that prefer JSON-LD.

use serde_json::{Value, json};

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(accept_decides, the_offer_follows_the_seats);

async fn read(app: &TestApp, path: &str, accept: &str) -> TestResponse {
    let request = app.client.get(format!("{}{path}", app.base)).header("accept", accept);
    TestResponse::read("GET", path, request.send().await.unwrap()).await
}

async fn accept_decides(app: TestApp) {
    app.publish(&definition("small", Some(1), false)).await;
    let path = "/v1/events/small";
    for accept in ["application/ld+json", "application/ld+json, application/json;q=0.9", "application/json;q=0.1, */*"]
    {
        let response = read(&app, path, accept).await;
        let value = response.expect(200);
        assert_eq!(response.header("content-type"), Some("application/ld+json"), "{accept}");
        assert_eq!(response.header("vary"), Some("Accept, Accept-Language, Accept-Encoding"));
        assert_eq!((&value["@type"], &value["name"]), (&json!("Event"), &json!("small")));
        let tag = response.header("etag").unwrap().to_owned();
        let request = app.client.get(format!("{}{path}", app.base)).header("accept", accept);
        let again = request.header("if-none-match", &tag).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.headers()["etag"].to_str().unwrap()), (304, tag.as_str()));
    }
    for accept in ["*/*", "application/json", "application/*", "application/json, application/ld+json"] {
        let response = read(&app, path, accept).await;
        assert_eq!(response.expect(200)["slug"], "small");
        assert_eq!(response.header("content-type"), Some("application/json"), "{accept}");
        assert_eq!(response.header("vary"), Some("Accept, Accept-Language, Accept-Encoding"));
    }
    read(&app, path, "text/html").await.expect_problem(406, "not-acceptable");
    read(&app, "/v1/events/missing", "application/ld+json").await.expect_problem(404, "not-found");
}

async fn the_offer_follows_the_seats(app: TestApp) {
    let mut document = definition("small", Some(1), false);
    document["registration"]["opens"] = json!("2026-11-23T12:00");
    app.publish(&document).await;
    let availability = async || {
        // Seats are cached for a second.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let value: Value = read(&app, "/v1/events/small", "application/ld+json").await.expect(200);
        value["offers"]["availability"].as_str().map(|name| name.trim_start_matches("https://schema.org/").to_owned())
    };
    assert_eq!(availability().await.as_deref(), Some("PreOrder"));
    app.set_time("2026-11-23T12:00:00Z");
    assert_eq!(availability().await.as_deref(), Some("InStock"));
    app.register("small", &person("ana@example.org")).await.expect(201);
    assert_eq!(availability().await.as_deref(), Some("SoldOut"));
    app.set_time("2026-11-24T11:00:00Z");
    assert_eq!(availability().await, None);
}
