//! What pages cost: forms and events of any content take time in proportion to their size, and equal pages are made once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::security::{BROWSER, browse, submit};
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

crate::on_both_engines!(
    large_forms_are_read_quickly,
    forms_of_large_events_are_answered_quickly,
    refused_forms_show_the_whole_page,
    short_descriptions_have_short_pages,
    every_line_of_accept_language_counts,
);

/// Looking at all fields for each choice took 17 seconds for a form of 100,000 fields.
async fn large_forms_are_read_quickly(app: TestApp) {
    let mut event = definition("asks", None, false);
    let choices: Vec<Value> = (0..50).map(|n| json!({"key": format!("c-{n}"), "label": "C"})).collect();
    let question = |n| json!({"key": format!("q-{n}"), "label": "Q", "kind": "choices", "choices": choices});
    event["registration"]["questions"] = (0..50).map(question).collect();
    app.publish(&event).await;
    let started = Instant::now();
    for (body, status) in [
        (vec!["a"; 100_000].join("&"), 400),
        (vec!["a"; 10_001].join("&"), 400),
        (vec!["a"; 10_000].join("&"), 422),
        (vec!["answers.q-1=c-1"; 10_000].join("&"), 422),
        (vec!["country=x"; 10_000].join("&"), 422),
    ] {
        let page = submit(&app, "/events/asks", &body).await;
        assert_eq!(page.status, status, "{}", &body[..20]);
        assert_eq!(page.body.contains("could not be read"), status == 400, "{}", &body[..20]);
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    for path in ["/registration", "/registration/cancel", "/confirm", "/events/asks/link"] {
        assert_eq!(submit(&app, path, &vec!["a"; 10_001].join("&")).await.status, 400, "{path}");
    }
}

/// A form whose answer is a short page does not wait for the programme and the speakers.
async fn forms_of_large_events_are_answered_quickly(app: TestApp) {
    let mut event = definition("large", None, false);
    let biography = "Somebody *who* has a long story. ".repeat(150);
    let speaker = |n| json!({"key": format!("s-{n}"), "name": "Ana Pérez", "biography": biography});
    event["speakers"] = (0..150).map(speaker).collect();
    app.publish(&event).await;
    let started = Instant::now();
    let page = browse(&app, "GET", "/events/large").await;
    let whole = started.elapsed();
    assert!(page.status == 200 && page.body.len() > 500_000, "{}: {}", page.status, page.body.len());
    let mut quickest = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let page = submit(&app, "/events/large/link", "email=").await;
        quickest = quickest.min(started.elapsed());
        assert!(page.status == 422 && page.body.len() < 50_000, "{}: {}", page.status, page.body.len());
    }
    assert!(quickest * 3 < whole, "{quickest:?}, and {whole:?} for the page");
}

async fn refused_forms_show_the_whole_page(app: TestApp) {
    app.publish(&webinar()).await;
    for attempt in 0..2 {
        let page = submit(&app, &format!("/events/{WEBINAR}?lang=es"), "name=").await;
        let page = page.expect_text(422).replace("&#x2f;", "/");
        for text in [
            "id=\"error-summary\"",
            ">Bienvenida</h3>",
            "<h3 lang=\"en\" dir=\"auto\">Introduction</h3>",
            "id=\"speaker-elham-fakhari\"",
            "data-state=\"open\"",
        ] {
            assert!(page.contains(text), "{attempt}: {text}: {page}");
        }
    }
}

/// Cells that a table's rows lack are filled in: 16 KB of such rows were more than 2 MB.
async fn short_descriptions_have_short_pages(app: TestApp) {
    let mut event = definition("table", None, false);
    let table = format!("{}\n{}\n{}", "|a".repeat(1_000), "|-".repeat(1_000), "|\n".repeat(6_000));
    event["description"] = json!(format!("{table}\n\nThe end"));
    app.publish(&event).await;
    let page = browse(&app, "GET", "/events/table").await;
    assert!(page.status == 200 && page.body.len() < 400_000, "{}: {}", page.status, page.body.len());
    assert!(page.body.contains("id=\"registration-form\""), "the rest of the page is there");
}

async fn every_line_of_accept_language_counts(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    for path in ["/", "/events/small", "/registration", "/confirm"] {
        for language in ["es", "fr", "ca"] {
            let request = app.client.get(format!("{}{path}", app.base)).header("accept", BROWSER);
            let request = request.header("accept-language", "de").header("accept-language", language);
            let page = TestResponse::read_unchecked(request.send().await.unwrap()).await;
            assert!(page.expect_text(200).contains(&format!("<html lang=\"{language}\">")), "{path}: {}", page.body);
        }
    }
}
