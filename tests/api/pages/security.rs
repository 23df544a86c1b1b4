//! The rules that all pages keep: their headers, the methods of their paths, errors as pages, and rate limits.

use plenaria_http::limits::rate_limit::Quotas;
use serde_json::json;

use crate::support::database::test_database::Engine;
use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{WEBINAR, definition, webinar};

crate::on_both_engines!(
    every_page_has_its_headers,
    methods_of_pages,
    errors_are_pages_for_browsers,
    the_first_page_is_an_index_for_programs,
    texts_of_others_are_never_markup,
);

/// What browsers accept.
pub(super) const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Sends a request as a browser does; the specification does not document pages.
pub(super) async fn browse(app: &TestApp, method: &str, path: &str) -> TestResponse {
    ask(app, method, path, &[("accept", BROWSER)]).await
}

pub(super) async fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let mut request = app.client.request(method.parse().unwrap(), format!("{}{path}", app.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    TestResponse::read_unchecked(request.send().await.unwrap()).await
}

/// Sends a form as a browser does.
pub(super) async fn submit(app: &TestApp, path: &str, form: &str) -> TestResponse {
    let request = app.client.post(format!("{}{path}", app.base)).header("accept", BROWSER);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    TestResponse::read_unchecked(request.send().await.unwrap()).await
}

#[track_caller]
fn assert_page(at: &str, page: &TestResponse) {
    let header = |name: &str| page.header(name).unwrap_or_else(|| panic!("{at} has no {name}"));
    assert_eq!(header("content-type"), "text/html; charset=utf-8", "{at}: {}", page.body);
    let policy = header("content-security-policy");
    let has = |directive: &str| policy.split(';').any(|part| part.trim() == directive);
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(has(directive), "{at}: {directive} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{at}: {policy}");
    assert_eq!(header("x-frame-options"), "DENY", "{at}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{at}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{at}");
    assert_eq!(header("access-control-allow-origin"), "*", "{at}: no cookie gives anybody access");
    assert!(page.header("request-id").is_some() && page.header("set-cookie").is_none(), "{at}");
    for inline in ["<script>", " style=", "<style", " onclick=", "href=\"javascript:"] {
        assert!(!page.body.contains(inline), "{at}: {inline}");
    }
}

async fn every_page_has_its_headers(app: TestApp) {
    app.publish(&webinar()).await;
    let event = format!("/events/{WEBINAR}");
    for path in ["/", "/?lang=es", &event, &format!("{event}?lang=fr"), &format!("{event}?lang=xx&other=1")] {
        let page = browse(&app, "GET", path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert_page(path, &page);
        assert_eq!(page.header("cache-control"), Some("public, max-age=1"), "{path}");
        let vary = page.header("vary").unwrap();
        assert!(vary.contains("Accept-Language") && vary.contains("Accept-Encoding"), "{path}: {vary}");
        let tag = page.header("etag").unwrap();
        assert_eq!(ask(&app, "GET", path, &[("accept", BROWSER), ("if-none-match", tag)]).await.status, 304, "{path}");
    }
    for path in ["/registration", "/confirm"] {
        let page = browse(&app, "GET", path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert_page(path, &page);
        assert!(page.body.contains("noindex"), "{path}");
    }
    // What a person has sent is in no cache, whatever becomes of it.
    for (path, form) in [
        (&*event, "name=Ana+P%C3%A9rez&email=nobody"),
        ("/registration", "registration=x&token=a.b.c"),
        ("/registration", "link=https%3A%2F%2Fexample.org%2Fregistration%23token%3Da.b.c"),
        ("/registration/cancel", "registration=x&token=a.b.c"),
        ("/confirm", "confirmation_token=a.b.c"),
        ("/confirm", "%FF=%zz&&=&"),
    ] {
        let page = submit(&app, path, form).await;
        assert!(page.status < 500, "{path}: {}", page.body);
        assert_page(path, &page);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path} {form}");
    }
}

async fn methods_of_pages(app: TestApp) {
    app.publish(&definition("small", None, false)).await;
    for (path, allowed) in [
        ("/", "GET, HEAD, OPTIONS"),
        ("/events/small", "GET, HEAD, POST, OPTIONS"),
        ("/events/small/link", "POST, OPTIONS"),
        ("/registration", "GET, HEAD, POST, OPTIONS"),
        ("/registration/cancel", "POST, OPTIONS"),
        ("/confirm", "GET, HEAD, POST, OPTIONS"),
        ("/embed.js", "GET, HEAD, OPTIONS"),
        ("/embed/x/element.js", "GET, HEAD, OPTIONS"),
    ] {
        let options = browse(&app, "OPTIONS", path).await;
        assert_eq!((options.status, options.header("allow")), (204, Some(allowed)), "{path}");
        let refused = browse(&app, "DELETE", path).await;
        assert_eq!((refused.status, refused.header("allow")), (405, Some(allowed)), "{path}");
        assert_page(path, &refused);
        ask(&app, "DELETE", path, &[]).await.expect_problem(405, "method-not-allowed");
        if allowed.contains("HEAD") {
            let (read, head) = (browse(&app, "GET", path).await, browse(&app, "HEAD", path).await);
            assert_eq!((head.status, head.body.as_str()), (read.status, ""), "{path}");
            assert_eq!(head.header("content-type"), read.header("content-type"), "{path}");
        }
    }
}

async fn errors_are_pages_for_browsers(app: TestApp) {
    for path in ["/nowhere", "/docs/nowhere", "/events/nothing", "/events/", "/events/a/b", "/assets/x/y", "/%2e%2e/x"]
    {
        let page = browse(&app, "GET", path).await;
        assert_eq!((page.status, page.header("cache-control")), (404, Some("no-store")), "{path}");
        assert_page(path, &page);
    }
    for path in ["/nowhere", "/docs/nowhere", "/events/nothing", "/events/New_Name?lang=es"] {
        ask(&app, "GET", path, &[]).await.expect_problem(404, "not-found");
        ask(&app, "GET", path, &[("accept", "application/json")]).await.expect_problem(404, "not-found");
        let vary = browse(&app, "GET", path).await.header("vary").map(str::to_owned);
        assert_eq!(vary.as_deref(), Some("Accept"), "{path}");
    }
    let form = ask(&app, "POST", "/events/nothing", &[("content-type", "application/x-www-form-urlencoded")]).await;
    form.expect_problem(404, "not-found");
    // What cannot be read is not said to be missing.
    let json = [("accept", BROWSER), ("content-type", "application/json")];
    for (method, path, headers, status) in
        [("GET", "/?cursor=abc", &json[..1], 400), ("POST", "/registration?lang=en", &json[..], 415)]
    {
        let page = ask(&app, method, path, headers).await;
        assert_eq!(page.status, status, "{path}");
        assert_page(path, &page);
        assert!(page.body.contains("This did not work") && page.body.contains("data-error"), "{path}: {}", page.body);
    }
    // The API's errors are problem documents for everybody.
    for path in ["/v1/nowhere", "/v1/events/nothing", "/v1/events?x=1"] {
        let response = browse(&app, "GET", path).await;
        assert_eq!(response.header("content-type"), Some("application/problem+json"), "{path}");
    }
    for (path, language, expected) in [
        ("/nowhere?lang=es", "fr", "Esta página no existe"),
        ("/nowhere", "ca, en;q=0.5", "Aquesta pàgina no existeix"),
        ("/nowhere?lang=%zz&lang", "fr-CA", "Cette page n’existe pas"),
        ("/nowhere", "ja", "This page does not exist"),
    ] {
        let page = ask(&app, "GET", path, &[("accept", BROWSER), ("accept-language", language)]).await;
        assert!(page.body.contains(expected), "{path} {language}: {}", page.body);
    }
}

async fn the_first_page_is_an_index_for_programs(app: TestApp) {
    let index = ask(&app, "GET", "/", &[]).await;
    let links = index.expect(200);
    assert_eq!(index.header("vary"), Some("Accept, Accept-Encoding"));
    for (name, path) in [("specification", "/openapi.json"), ("documentation", "/docs/"), ("events", "/v1/events")] {
        assert_eq!(links[name], format!("{}{path}", app.base));
        assert_eq!(ask(&app, "GET", path, &[]).await.status, 200, "{path}");
    }
    assert_eq!(ask(&app, "GET", "/", &[("accept", "application/json")]).await.expect(200), links);
    let page = browse(&app, "GET", "/").await;
    assert!(page.header("vary").unwrap().starts_with("Accept, "), "{:?}", page.header("vary"));
}

/// Organisers write texts, and Markdown; neither becomes markup or a link that runs a script.
async fn texts_of_others_are_never_markup(app: TestApp) {
    let attack = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>{{ 7*7 }}{% x %}";
    let link = "[a](javascript:alert(1)) [b](data:text/html,x) <javascript:alert(1)> ![c](https://example.org/c.png)";
    let markdown = format!("{attack}\n\n{link}\n\n<iframe src=https://example.org></iframe>");
    let mut document = definition("attack", None, false);
    document["title"] = json!(attack);
    document["summary"] = json!(attack);
    document["description"] = json!(markdown);
    document["place"] = json!(attack);
    document["topics"] = json!([attack]);
    document["organisers"] = json!([{"key": "o", "name": attack}]);
    document["publications"] = json!([{"title": attack}]);
    document["registration"]["questions"] = json!([
        {"key": "q", "label": attack, "kind": "choice", "choices": [{"key": "c", "label": attack}]},
        {"key": "t", "label": attack, "kind": "text"},
    ]);
    document["speakers"] = json!([{"key": "s", "name": attack, "biography": markdown}]);
    document["programme"] =
        json!({"sessions": [{"key": "a", "title": attack, "abstract": markdown, "minutes": 60, "speakers": ["s"]}]});
    app.publish(&document).await;
    let typed = "name=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&email=%3Cb%3E&answers.t=%3C%2Ftextarea%3E%3Cscript%3E";
    for page in [
        browse(&app, "GET", "/").await,
        browse(&app, "GET", "/events/attack").await,
        submit(&app, "/events/attack", typed).await,
    ] {
        assert_page("attack", &page);
        for markup in ["<script>alert", "<img src=x", "<iframe", "href=\"data:", "</textarea><script>"] {
            assert!(!page.body.contains(markup), "{markup} in {}", page.body);
        }
        assert!(page.body.contains("{{ 7*7 }}"), "a text is no template: {}", page.body);
    }
}

/// A page costs its caller one read; a form one more, and one registration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_charged_as_the_api_is() {
    let app = TestApp::start_with(Engine::Sqlite, |settings| {
        settings.rate_limits = Some(Quotas { reads: 10, registrations: 2, ..Quotas::default() });
    })
    .await;
    app.publish(&definition("small", None, false)).await;
    let left = |page: &TestResponse| page.header("ratelimit").unwrap().to_owned();
    assert!(left(&browse(&app, "GET", "/events/small").await).starts_with("\"default\";r=9;"));
    let list = browse(&app, "GET", "/").await;
    assert!(left(&list).starts_with("\"default\";r=8;"));
    // The files of a page cost nothing more.
    let page = list.body.replace("&#x2f;", "/");
    let style = page.split('"').find(|text| text.ends_with("/plenaria.css")).unwrap();
    for path in [style, "/embed.js"] {
        let file = browse(&app, "GET", path).await;
        assert!(file.status == 200 && left(&file).starts_with("\"default\";r=8;"), "{path}: {}", left(&file));
    }
    let form = |name: &str| format!("name={name}&email={name}%40example.org&privacy_accepted=true");
    assert_eq!(submit(&app, "/events/small", &form("ana")).await.status, 201);
    let page = submit(&app, "/events/small", &form("bilal")).await;
    assert!(page.status == 201 && left(&page).starts_with("\"default\";r=6;"), "{}", left(&page));
    let refused = submit(&app, "/events/small", &form("carla")).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_page("429 of a form", &refused);
    assert!(refused.body.contains("carla@example.org"), "nothing typed is lost: {}", refused.body);
    for _ in 0..5 {
        assert_eq!(browse(&app, "GET", "/").await.status, 200);
    }
    let refused = browse(&app, "GET", "/").await;
    assert!(refused.status == 429 && refused.header("retry-after").is_some());
    assert_page("429 of a page", &refused);
}
