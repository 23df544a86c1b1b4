//! The files that pages load: style and scripts. Their path has a hash of all of them, so that browsers may keep them.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_http::response::representation::{Caching, Representation};
use sha2::{Digest as _, Sha256};

use crate::errors::PageError;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The files by name, with their media type and content.
const FILES: &[(&str, &str, &str)] = &[
    ("plenaria.css", CSS, include_str!("assets/plenaria.css")),
    ("form.js", JAVASCRIPT, include_str!("assets/form.js")),
    ("page.js", JAVASCRIPT, include_str!("assets/page.js")),
    ("event.js", JAVASCRIPT, include_str!("assets/event.js")),
];

/// The first 16 hexadecimal digits of the hash of all files.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in FILES {
        hash.update(name);
        hash.update(content);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

static REPRESENTATIONS: LazyLock<Vec<(&str, Representation)>> = LazyLock::new(|| {
    let represent = |(name, media_type, content): &(&'static str, &'static str, &'static str)| {
        let file = Representation::of_type(media_type, (*content).into(), Caching::Immutable);
        (*name, file.with_best_compression())
    };
    FILES.iter().map(represent).collect()
});

/// Adds the route of the files.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(read);
}

/// The path of the files, without a trailing slash.
pub(crate) fn path() -> String {
    format!("/assets/{}", *VERSION)
}

/// A file. Another version, which an older page may ask for while instances are replaced, gets the current file, but not for
/// a year.
#[get("/assets/{version}/{file}")]
async fn read(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (version, name) = path.into_inner();
    let (_, file) = REPRESENTATIONS.iter().find(|(known, _)| *known == name).ok_or(PageError::NOT_FOUND)?;
    let mut response = file.respond(&request);
    if version != *VERSION {
        response.headers_mut().insert(actix_web::http::header::CACHE_CONTROL, Caching::Page.header());
    }
    Ok(response)
}
