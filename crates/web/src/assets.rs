//! The files that pages load: style, scripts and the icon. Their path has a hash of all of them, so that browsers may keep them.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_http::response::representation::{Caching, Representation};
use sha2::{Digest as _, Sha256};

use crate::errors::PageError;
use crate::theme;

pub(crate) const CSS: &str = "text/css; charset=utf-8";
pub(crate) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The files by name, with their media type and content.
const FILES: &[(&str, &str, &str)] = &[
    ("plenaria.css", CSS, include_str!("assets/plenaria.css")),
    ("form.js", JAVASCRIPT, include_str!("assets/form.js")),
    ("icon.svg", SVG, include_str!("assets/icon.svg")),
    ("page.js", JAVASCRIPT, include_str!("assets/page.js")),
    ("event.js", JAVASCRIPT, include_str!("assets/event.js")),
    ("registration.js", JAVASCRIPT, include_str!("assets/registration.js")),
];

/// The hash of all files.
static VERSION: LazyLock<String> = LazyLock::new(|| version(FILES.iter().map(|(name, _, content)| (*name, *content))));

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

/// The first 16 hexadecimal digits of the hash of these files and their names, and of the program's version, because some
/// files are made by it.
pub(crate) fn version<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = Sha256::new().chain_update(env!("CARGO_PKG_VERSION"));
    for (name, content) in files {
        hash.update(name);
        hash.update(content);
    }
    let hash = hash.finalize();
    hash.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The path of the style with this main colour, `#rrggbb`.
pub(crate) fn theme_path(colour: &str) -> Option<String> {
    Some(format!("{}/theme-{}.css", path(), colour.strip_prefix('#')?))
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
    if let Some(colour) = name.strip_prefix("theme-").and_then(|name| name.strip_suffix(".css")) {
        let style = theme::style(colour).ok_or(PageError::NOT_FOUND)?;
        let caching = if version == *VERSION { Caching::Immutable } else { Caching::Page };
        return Ok(Representation::of_type(CSS, style.into(), caching).respond(&request));
    }
    let (_, file) = REPRESENTATIONS.iter().find(|(known, _)| *known == name).ok_or(PageError::NOT_FOUND)?;
    let mut response = file.respond(&request);
    if version != *VERSION {
        response.headers_mut().insert(actix_web::http::header::CACHE_CONTROL, Caching::Page.header());
    }
    Ok(response)
}
