//! The files under `/docs/`: the pages, their styles and scripts, and those of Swagger UI.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use actix_web::web::Bytes;
use utoipa_swagger_ui::{Config, serve};

use crate::operations::docs_pages::guides::{GUIDES, Guide};
use crate::response::representation::{Caching, Representation};

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// The files of Swagger UI that the page loads.
const SWAGGER_UI: [(&str, &str); 2] = [("swagger-ui-bundle.js", JAVASCRIPT), ("swagger-ui.css", CSS)];

/// Each file by its name, which follows `/docs/` in its path. They are made on the first request for one.
pub(super) static FILES: LazyLock<BTreeMap<Cow<'static, str>, Representation>> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let mut add = |name: Cow<'static, str>, content_type: &'static str, content: Bytes| {
        let file = Representation::of_type(content_type, content, Caching::Release).with_best_compression();
        files.insert(name, file);
    };
    let index = Bytes::from(include_str!("page/index.html").replace("{{guides}}", &list_of_guides(None)));
    add("".into(), HTML, index.clone());
    add("index.html".into(), HTML, index);
    add("docs.js".into(), JAVASCRIPT, Bytes::from_static(include_bytes!("page/docs.js")));
    add("samples.js".into(), JAVASCRIPT, Bytes::from_static(include_bytes!("page/samples.js")));
    add("docs.css".into(), CSS, Bytes::from_static(include_bytes!("page/docs.css")));
    for (name, content_type) in SWAGGER_UI {
        if let Some(content) = swagger_ui(name) {
            add(name.into(), content_type, content);
        }
    }
    for guide in GUIDES.iter() {
        add(guide.name.into(), HTML, guide_page(guide).into());
        add(format!("{}.md", guide.name).into(), "text/markdown; charset=utf-8", guide.markdown.clone().into());
    }
    files
});

/// A file of Swagger UI. It is among those that its crate embeds, which a test checks.
fn swagger_ui(name: &str) -> Option<Bytes> {
    let file = serve(name, Arc::new(Config::default())).ok()??;
    Some(match file.bytes {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => content.into(),
    })
}

/// A page with one guide.
fn guide_page(guide: &Guide) -> String {
    let page = include_str!("page/guide.html").replace("{{title}}", &guide.title).replace("{{name}}", guide.name);
    page.replace("{{guides}}", &list_of_guides(Some(guide.name))).replace("{{guide}}", &guide.html())
}

/// The items of the list of guides. Titles and summaries have no special characters of HTML, which a test checks.
fn list_of_guides(current: Option<&str>) -> String {
    let mut items = String::new();
    for guide in GUIDES.iter() {
        let (name, title, summary) = (guide.name, &guide.title, guide.summary);
        let mark = if current == Some(name) { " aria-current=\"page\"" } else { "" };
        let _ = write!(items, "<li><a href=\"{name}\"{mark}>{title}</a> <span>{summary}</span></li>");
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_exists_and_every_page_is_complete() {
        for (name, _) in SWAGGER_UI {
            assert!(FILES.contains_key(name), "{name}");
        }
        for guide in GUIDES.iter() {
            let page = guide_page(guide);
            assert!(!page.contains("{{") && page.contains("<h1 id="), "{}", guide.name);
            let list = format!("{}{}", guide.title, guide.summary);
            assert!(!list.contains(['<', '>', '&', '"']), "{list}");
        }
    }
}
