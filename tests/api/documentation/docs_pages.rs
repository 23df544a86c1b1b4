//! The pages under `/docs/`, their files and guides, and `/llms.txt`.

use crate::support::http::response::TestResponse;
use crate::support::server::app::TestApp;

crate::on_both_engines!(start_page, guides, llms_txt, other_methods_and_files);

/// Sends a request for what the specification does not document.
async fn send(app: &TestApp, method: &str, path: &str) -> TestResponse {
    let request = app.client.request(method.parse().unwrap(), format!("{}{path}", app.base));
    TestResponse::read_unchecked(request.send().await.unwrap()).await
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

async fn start_page(app: TestApp) {
    let page = send(&app, "GET", "/docs/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains("<title>Plenaria API"), "{}", page.body);
    assert!(!page.body.contains("https://"), "nothing is loaded from elsewhere: {}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe-eval"), "{policy}");
    assert!(page.header("etag").is_some() && page.header("cache-control") == Some("public, max-age=300"));
    for file in attributes(&page.body, "href").into_iter().chain(attributes(&page.body, "src")) {
        if !file.starts_with("data:") {
            let path = file.strip_prefix("../").map_or_else(|| format!("/docs/{file}"), |file| format!("/{file}"));
            let response = send(&app, "GET", &path).await;
            assert_eq!(response.status, 200, "{path}");
            assert_eq!(send(&app, "HEAD", &path).await.header("etag"), response.header("etag"), "{path}");
        }
    }
    let reference = page.body.find("id=\"reference\"").unwrap();
    assert!(page.body.find("href=\"integrating\"").is_some_and(|guide| guide < reference), "guides come first");
}

async fn guides(app: TestApp) {
    let start = send(&app, "GET", "/docs/").await.body;
    let list = start.split("<ul class=\"guides\">").nth(1).unwrap().split("</ul>").next().unwrap();
    let names = attributes(list, "href");
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        let markdown = send(&app, "GET", &format!("/docs/{name}.md")).await;
        assert_eq!((markdown.status, markdown.header("content-type")), (200, Some("text/markdown; charset=utf-8")));
        assert!(markdown.body.starts_with("# "), "{}", markdown.body);
        for target in markdown.body.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if file.strip_suffix(".md").is_some_and(|name| !name.contains(':')) {
                assert_eq!(send(&app, "GET", &format!("/docs/{file}")).await.status, 200, "{name}: {target}");
            }
        }
        let page = send(&app, "GET", &format!("/docs/{name}")).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{name}");
        assert!(page.body.contains("<h1 id=") && page.body.contains(&format!("href=\"{name}.md\"")), "{name}");
    }
}

async fn llms_txt(app: TestApp) {
    let response = send(&app, "GET", "/llms.txt").await;
    assert_eq!((response.status, response.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let text = response.body;
    assert!(text.starts_with("# Plenaria\n\n> ") && text.contains("\n## Guides\n\n- ["), "{text}");
    let links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() >= 7, "{links:?}");
    for link in links {
        let path = link.strip_prefix(&app.base).unwrap_or_else(|| panic!("{link} is not of this server"));
        assert_eq!(send(&app, "GET", path).await.status, 200, "{link}");
    }
    assert_eq!(send(&app, "HEAD", "/llms.txt").await.status, 200);
}

async fn other_methods_and_files(app: TestApp) {
    for path in ["/docs/", "/docs/webhooks.md", "/llms.txt"] {
        let response = send(&app, "POST", path).await;
        response.expect_problem(405, "method-not-allowed");
        assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"), "{path}");
    }
    for path in ["/docs/operations.md", "/docs/nothing", "/docs/../Cargo.toml", "/docs/swagger-initializer.js"] {
        send(&app, "GET", path).await.expect_problem(404, "not-found");
    }
}
