//! The files of `<plenaria-event>`. A browser test (`tests/browser/embed.test.mjs`) shows what the element does.

use crate::pages::security::ask;
use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;

crate::on_both_engines!(files_of_the_element, words_of_the_element);

/// The paths of the modules, as `/embed.js` imports them.
async fn modules(app: &TestApp) -> Vec<String> {
    let script = ask(app, "GET", "/embed.js", &[]).await;
    let paths = script.expect_text(200).lines().map(|line| line.strip_prefix("import '.").unwrap());
    paths.map(|path| path.strip_suffix('\'').unwrap().to_owned()).collect()
}

async fn files_of_the_element(app: TestApp) {
    let script = ask(&app, "GET", "/embed.js", &[]).await;
    assert_eq!(script.header("cache-control"), Some("public, max-age=300"), "its address stays");
    let modules = modules(&app).await;
    let element = modules.iter().find(|path| path.ends_with("/element.js")).unwrap();
    let folder = element.strip_suffix("element.js").unwrap();
    let style = format!("{folder}style.css");
    for path in modules.iter().chain([&"/embed.js".to_owned(), &style]) {
        let file = ask(&app, "GET", path, &[("origin", "https://city.example.org")]).await;
        assert_eq!(file.status, 200, "{path}");
        let media_type = if *path == style { "text/css" } else { "text/javascript" };
        assert_eq!(file.header("content-type"), Some(format!("{media_type}; charset=utf-8").as_str()), "{path}");
        assert_eq!(file.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"), "{path}");
        let tag = file.header("etag").unwrap();
        assert_eq!(ask(&app, "GET", path, &[("if-none-match", tag)]).await.status, 304, "{path}");
        if path != "/embed.js" {
            assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        }
        // Every module that a module imports is there.
        for name in file.body.split(" from './").skip(1).filter_map(|rest| rest.split('\'').next()) {
            assert!(modules.contains(&format!("{folder}{name}")), "{path} imports {name}");
        }
    }
    let older = ask(&app, "GET", "/embed/0123456789abcdef/element.js", &[]).await;
    assert_eq!((older.status, older.header("cache-control")), (200, Some("public, max-age=1")));
    assert_eq!(ask(&app, "GET", &format!("{folder}nothing.js"), &[]).await.status, 404);
}

async fn words_of_the_element(app: TestApp) {
    let modules = modules(&app).await;
    let (folder, _) = modules[0].rsplit_once('/').unwrap();
    for language in ["en", "es", "fr", "ca"] {
        let catalogue = ask(&app, "GET", &format!("{folder}/words-{language}.json"), &[]).await.expect(200);
        assert_eq!(catalogue["language"], language);
        assert_eq!(catalogue["languages"].as_array().unwrap().len(), 4);
        assert!(catalogue["countries"].as_array().unwrap().len() > 240);
    }
}
