//! The list of events, and an event's page.

use std::time::Duration;

use plenaria_domain::event::definition::Definition;
use plenaria_persistence::events::publish::outcome::PublishMode;
use serde_json::json;

use crate::support::conferences::eight_rooms;
use crate::support::http::client::http_without_redirects;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::organiser::{NEW, Organiser};
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

use super::security::{ask, browse};

crate::on_both_engines!(
    the_webinar_has_a_page,
    every_state_has_its_words,
    pages_speak_four_languages_and_show_texts_in_any,
    the_list_has_what_is_on,
    former_slugs_and_ids_lead_to_the_page,
    organisers_have_their_colours,
    conferences_are_shown_by_day,
);

async fn page(app: &TestApp, path: &str, language: &str) -> String {
    let page = ask(app, "GET", path, &[("accept", "text/html"), ("accept-language", language)]).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    // Templates escape more characters than they have to.
    page.body.replace("&#x2f;", "/").replace("&#x27;", "'")
}

#[track_caller]
fn assert_has(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "no {text} in {page}");
    }
}

async fn the_webinar_has_a_page(app: TestApp) {
    app.publish(&webinar()).await;
    let path = format!("/events/{WEBINAR}");
    let english = page(&app, &path, "en").await;
    assert_has(
        &english,
        &[
            "<html lang=\"en\">",
            "<title>Internationalisation and metropolitan spaces</title>",
            "<h1 dir=\"auto\">Internationalisation and metropolitan spaces</h1>",
            "Thursday, 22 July 2027, 15:00–16:02 (Europe/Madrid, UTC+2)",
            "data-state=\"open\"",
            "500 seats are left.",
            "<time datetime=\"2027-07-22T13:09:00Z\" data-local=\"\">15:09</time>",
            "<a href=\"#speaker-elham-fakhari\"><bdi>Elham Fakhari</bdi></a>",
            "Iran",
            "(Moderator)",
            "id=\"registration-form\"",
            "The programme may still change.",
            "<meta property=\"og:title\" content=\"Internationalisation and metropolitan spaces\">",
            "/calendar.ics?lang=en",
        ],
    );
    let base = &app.base;
    for (attributes, address) in [
        ("rel=\"canonical\"", format!("{base}{path}?lang=en")),
        ("rel=\"alternate\" hreflang=\"en\"", format!("{base}{path}?lang=en")),
        ("rel=\"alternate\" hreflang=\"es\"", format!("{base}{path}?lang=es")),
        ("rel=\"alternate\" hreflang=\"x-default\"", format!("{base}{path}")),
    ] {
        assert_has(&english, &[&format!("<link {attributes} href=\"{address}\">")]);
    }
    assert!(!english.contains("hreflang=\"fr\" href=\"http"), "French has only the words");
    let described = english.split("<script type=\"application/ld+json\">").nth(1).unwrap();
    let described: serde_json::Value = serde_json::from_str(described.split("</script>").next().unwrap()).unwrap();
    assert_eq!((&described["@type"], &described["startDate"]), (&json!("Event"), &json!("2027-07-22T15:00:00+02:00")));
    let spanish = page(&app, &format!("{path}?lang=es"), "en").await;
    assert_has(
        &spanish,
        &[
            "<html lang=\"es\">",
            "La internacionalización y los espacios metropolitanos",
            "jueves, 22 de julio de 2027",
            "Quedan 500 plazas.",
            ">Bienvenida</h3>",
            "<h3 lang=\"en\" dir=\"auto\">Introduction</h3>",
            "aria-current=\"true\">Español</a>",
        ],
    );
}

async fn every_state_has_its_words(app: TestApp) {
    for (slug, seats, waitlist) in
        [("open", None, false), ("few", Some(4), false), ("queue", Some(1), true), ("full", Some(1), false)]
    {
        app.publish(&definition(slug, seats, waitlist)).await;
    }
    let mut window = definition("window", None, false);
    window["registration"] = json!({"opens": "2026-11-23T10:00", "closes": "2026-11-23T12:00"});
    app.publish(&window).await;
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("cancelled", "metropolis", &[]), NEW).await.expect(201);
    let reason = json!({"reason": {"en": "The speaker is ill.", "es": "Enfermedad."}});
    metropolis.post("/v1/events/cancelled/cancel", &reason).await.expect(200);
    let mut with_materials = definition("open", None, false);
    with_materials["materials"] =
        json!([{"label": "Recording", "url": "https://example.org/video", "kind": "recording"}]);
    app.publish(&with_materials).await;
    for slug in ["few", "queue", "full"] {
        app.registered(slug, "ana@example.org").await;
    }
    app.registered("queue", "bilal@example.org").await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let check = async |slug: &str, state: &str, texts: &[&str]| {
        let shown = page(&app, &format!("/events/{slug}"), "en").await;
        assert_has(&shown, &[&format!("<section id=\"state\" data-state=\"{state}\"")]);
        assert_has(&shown, texts);
        let is_open = ["open", "few", "waitlist"].contains(&state);
        assert_eq!(shown.contains("id=\"registration-form\""), is_open, "{slug} {state}");
    };
    check("open", "open", &["You can register until Tuesday, 24 November 2026, 10:00 (Etc/UTC, UTC+0)."]).await;
    check("few", "few", &["3 seats are left."]).await;
    check("queue", "waitlist", &["1 person is on the list.", "Join the waiting list"]).await;
    check("full", "full", &["No seats are left, and there is no waiting list."]).await;
    check("window", "not_open", &["It opens on Monday, 23 November 2026, 10:00 (Etc/UTC, UTC+0)."]).await;
    check("cancelled", "cancelled", &["The speaker is ill."]).await;
    app.set_time("2026-11-23T12:00:00Z");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    check("window", "closed", &["It closed on Monday, 23 November 2026, 12:00 (Etc/UTC, UTC+0)."]).await;
    app.set_time("2026-11-24T10:00:00Z");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    check("open", "live", &["The event is taking place now"]).await;
    app.set_time("2026-11-24T11:00:00Z");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    check(
        "open",
        "ended",
        &["href=\"#materials\"", "<a href=\"https://example.org/video\" dir=\"auto\">Recording</a>"],
    )
    .await;
}

async fn pages_speak_four_languages_and_show_texts_in_any(app: TestApp) {
    app.publish(&webinar()).await;
    let path = format!("/events/{WEBINAR}");
    let french = page(&app, &path, "fr-CA, es;q=0.5").await;
    assert_has(&french, &["<html lang=\"fr\">", "Les inscriptions sont ouvertes", "jeudi 22 juillet 2027"]);
    // The API chooses the texts' language by itself, so they are in Spanish, which the reader prefers to English.
    assert_has(&french, &["<h1 lang=\"es\" dir=\"auto\">La internacionalización", "Leur langue\u{a0}: espagnol."]);
    let mut german = definition("german", None, false);
    german["language"] = json!("de");
    german["title"] = json!({"de": "Städte", "pt-BR": "Cidades"});
    app.publish(&german).await;
    let english = page(&app, "/events/german", "ja").await;
    assert_has(
        &english,
        &["<html lang=\"en\">", "<h1 lang=\"de\" dir=\"auto\">Städte</h1>", "aria-current=\"true\">English</a>"],
    );
    let (_, switcher) = english.split_once("id=\"languages\"").unwrap();
    let order =
        ["en", "es", "fr", "ca", "de", "pt-BR"].map(|tag| switcher.find(&format!("hreflang=\"{tag}\"")).unwrap());
    assert!(order.is_sorted(), "{switcher}");
    let portuguese = page(&app, "/events/german?lang=pt-BR", "ca").await;
    assert_has(
        &portuguese,
        &["<html lang=\"ca\">", "<h1 lang=\"pt-BR\" dir=\"auto\">Cidades</h1>", "La inscripció és oberta"],
    );
    assert_has(&portuguese, &["hreflang=\"pt-BR\" aria-current=\"true\">Português</a>"]);
    // What is no language, and what other sites append, changes nothing.
    for query in ["?lang=%FF", "?lang=not%20a%20tag", "?utm_source=x&lang", "?lang=es&lang=fr"] {
        let response = browse(&app, "GET", &format!("/events/german{query}")).await;
        assert_eq!(response.status, 200, "{query}");
    }
}

async fn the_list_has_what_is_on(app: TestApp) {
    let empty = page(&app, "/", "ca").await;
    assert_has(&empty, &["<html lang=\"ca\">", "De moment no hi ha cap esdeveniment previst."]);
    app.publish(&webinar()).await;
    let past = (0..22).map(|number| {
        let mut past = definition(&format!("past-{number}"), None, false);
        past["starts"] = json!(format!("2020-04-{:02}T16:30", number + 1));
        Definition::parse(&past, app.now()).unwrap()
    });
    app.store.publish(&past.collect::<Vec<_>>(), app.now(), PublishMode::Apply).await.unwrap();
    let mut live = definition("live", None, false);
    live["starts"] = json!("2026-11-23T08:30");
    app.publish(&live).await;
    let mut cancelled = definition("cancelled", None, false);
    cancelled["status"] = json!("cancelled");
    app.publish(&cancelled).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let list = page(&app, "/?lang=es", "en").await;
    let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("no {text} in {list}"));
    let order = [
        "En curso",
        ">live</a>",
        "Próximos eventos",
        ">cancelled</a>",
        "Cancelado",
        ">La internacionalización",
        "Eventos anteriores",
        ">past-21</a>",
        ">past-2</a>",
    ];
    assert!(order.map(at).is_sorted(), "{list}");
    assert_has(&list, &["<a href=\"/events/live?lang=es\" lang=\"en\" dir=\"auto\">live</a>"]);
    assert!(!list.contains(">past-1</a>"));
    let next = list.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let earlier = page(&app, &next, "en").await;
    assert_has(&earlier, &[">past-1</a>", ">past-0</a>"]);
    assert!(!earlier.contains(">live</a>") && !earlier.contains("rel=\"next\""), "{earlier}");
    let broken = browse(&app, "GET", "/?cursor=abc").await;
    assert_eq!(broken.status, 400, "{}", broken.body);
}

async fn former_slugs_and_ids_lead_to_the_page(app: TestApp) {
    let metropolis = Organiser::of(&app, "metropolis").await;
    metropolis.put(&owned("old-name", "metropolis", &[]), NEW).await.expect(201);
    metropolis.post("/v1/events/old-name/rename", &json!({"slug": "new-name"})).await.expect(200);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let id = app.get("/v1/events/new-name").await.expect(200)["id"].as_str().unwrap().to_owned();
    for (path, expected) in [
        ("/events/old-name", "/events/new-name"),
        ("/events/old-name?lang=es-MX&x=//example.org", "/events/new-name?lang=es-MX"),
        (&*format!("/events/{id}"), "/events/new-name"),
    ] {
        let request = http_without_redirects().get(format!("{}{path}", app.base)).header("accept", "text/html");
        let response = TestResponse::read_unchecked(request.send().await.unwrap()).await;
        assert_eq!((response.status, response.header("location")), (308, Some(expected)), "{path}");
    }
    for unknown in ["/events/nothing", "/events/New-Name", "/events/new_name", "/events/..%2fspeakers", "/events/%3F"] {
        assert_eq!(browse(&app, "GET", unknown).await.status, 404, "{unknown}");
    }
}

async fn organisers_have_their_colours(app: TestApp) {
    let mut event = definition("coloured", None, false);
    event["branding"] = json!({"colour": "#FFD700", "logo_url": "https://example.org/logo.svg"});
    event["organisers"] = json!([{"key": "city", "name": "Example City", "url": "https://city.example.org"}]);
    event["image_url"] = json!("https://example.org/picture.jpg");
    app.publish(&event).await;
    app.publish(&definition("plain", None, false)).await;
    let described = app.get("/v1/events/coloured").await.expect(200);
    assert_eq!(described["branding"], json!({"colour": "#ffd700", "logo_url": "https://example.org/logo.svg"}));
    assert_eq!(app.get("/v1/events/plain").await.expect(200)["branding"], json!(null));
    let shown = page(&app, "/events/coloured", "en").await;
    assert_has(
        &shown,
        &[
            "src=\"https://example.org/logo.svg\" alt=\"Example City\"",
            "<a href=\"https://city.example.org\" dir=\"auto\">Example City</a>",
            "<meta property=\"og:image\" content=\"https://example.org/picture.jpg\">",
        ],
    );
    let theme =
        shown.split("href=\"").find(|rest| rest.contains("/theme-ffd700.css")).unwrap().split('"').next().unwrap();
    let style = browse(&app, "GET", theme).await;
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(style.body.contains("--brand:#ffd700") && !style.body.contains("--accent:#ffd700;--accent-text:#fff"));
    assert_eq!(style.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(browse(&app, "GET", &theme.replace("ffd700", "gold")).await.status, 404);
    assert!(!page(&app, "/events/plain", "en").await.contains("/theme-"));
}

async fn conferences_are_shown_by_day(app: TestApp) {
    let mut conference = eight_rooms();
    conference["status"] = json!("published");
    app.publish(&conference).await;
    let slug = conference["slug"].as_str().unwrap();
    let shown = page(&app, &format!("/events/{slug}"), "en").await;
    let programme = app.get(&format!("/v1/events/{slug}/programme")).await.expect(200);
    let sessions = programme["sessions"].as_array().unwrap();
    for session in sessions {
        assert_has(&shown, &[&format!("id=\"session-{}\"", session["key"].as_str().unwrap())]);
    }
    assert_has(&shown, &["<span class=\"visually-hidden\">Room: </span>", "<h4 dir=\"auto\">"]);
    let mut days: Vec<&str> = sessions.iter().map(|s| &s["local_start"].as_str().unwrap()[..10]).collect();
    days.dedup();
    for day in days {
        assert_has(&shown, &[&format!("<h3><time datetime=\"{day}\">")]);
    }
}
