//! `PLENARIA_PAGES=off`: there are no pages, nothing leads to one, and the API is the same.

use crate::pages::security::{ask, browse};
use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::definition;

crate::on_both_engines!(links_lead_to_the_page);

/// Where an event's page is: in the event, its calendar, its schedule and its description for search engines.
async fn links_lead_to_the_page(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    let page = format!("{}/events/small", app.base);
    let event = app.get("/v1/events/small").await.expect(200);
    assert_eq!((&event["page_url"], &event["links"]["page"]), (&page.clone().into(), &page.clone().into()));
    assert_eq!(browse(&app, "GET", "/events/small").await.status, 200);
    for address in addresses(&app).await {
        assert!(address.starts_with(&page), "{address}");
    }
    let llms = ask(&app, "GET", "/llms.txt", &[]).await;
    assert!(llms.body.contains(&format!("- [Events]({}/)", app.base)), "{}", llms.body);
}

/// The address of the event for people in each of its formats.
async fn addresses(app: &TestApp) -> Vec<String> {
    let calendar = app.get("/v1/events/small/calendar.ics").await.body.replace("\r\n ", "");
    let of_calendar = calendar.lines().find_map(|line| line.strip_prefix("URL:")).unwrap().to_owned();
    let schedule = app.get("/v1/events/small/schedule.json").await.expect(200);
    let described = ask(app, "GET", "/v1/events/small", &[("accept", "application/ld+json")]).await.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    vec![of_calendar, text(&schedule["schedule"]["conference"]["url"]), text(&described["url"])]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pages_the_api_is_the_same() {
    let app = TestApp::start_with(Engine::Sqlite, |settings| settings.pages = None).await;
    app.publish(&definition("small", None, false)).await;
    for path in ["/events/small", "/registration", "/confirm", "/embed.js", "/assets/x/plenaria.css", "/nowhere"] {
        let response = browse(&app, "GET", path).await;
        response.expect_problem(404, "not-found");
        assert_eq!(browse(&app, "OPTIONS", path).await.status, 404, "{path}");
    }
    // A browser too gets the index.
    assert_eq!(browse(&app, "GET", "/").await.expect(200)["events"], format!("{}/v1/events", app.base));
    let event = app.get("/v1/events/small").await.expect(200);
    assert!(event["page_url"].is_null() && event["links"]["page"].is_null(), "{event}");
    for address in addresses(&app).await {
        assert!(address.starts_with(&format!("{}/v1/events/small", app.base)), "{address}");
    }
    assert!(!ask(&app, "GET", "/llms.txt", &[]).await.body.contains("[Events]"));
    app.registered("small", "ana@example.org").await;
}
