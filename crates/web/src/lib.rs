//! The pages for people: what is on, an event with its form, a registration, and confirming an address.
//!
//! A page is a template in `templates`, filled with what the API responds to requests within the process
//! ([`plenaria_http::in_process::Api`]) and with the words of [`plenaria_locale`]. Every page works without scripts; scripts
//! send the same forms and replace the page's content with the response.

mod assets;
mod embed;
mod errors;
mod filters;
mod form;
mod form_body;
mod markdown;
mod page_cache;
mod pages;
mod response;
mod templates;
mod theme;

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use plenaria_http::pages::Pages;

use crate::page_cache::PageCache;
use crate::pages::event::details::DetailsCache;

/// The patterns of the pages' paths, each with the methods that it allows.
pub const PATHS: &[(&str, &str)] = &[
    ("/events/{event}", "GET, HEAD, POST, OPTIONS"),
    ("/events/{event}/link", "POST, OPTIONS"),
    ("/registration", "GET, HEAD, POST, OPTIONS"),
    ("/registration/{action}", "POST, OPTIONS"),
    ("/confirm", "GET, HEAD, POST, OPTIONS"),
    ("/assets/{version}/{file}", "GET, HEAD, OPTIONS"),
    ("/embed.js", "GET, HEAD, OPTIONS"),
    ("/embed/{version}/{file}", "GET, HEAD, OPTIONS"),
];

/// The pages, for [`plenaria_http::settings::HttpConfig::pages`].
#[must_use]
pub fn pages() -> Pages {
    let caches = (PageCache::default(), DetailsCache::default());
    Pages { paths: PATHS, configure: Arc::new(move |config| configure(config, &caches)), error: response::error_page }
}

/// The route of every page.
fn configure(config: &mut ServiceConfig, (pages, details): &(PageCache, DetailsCache)) {
    config.app_data(pages.clone()).app_data(details.clone());
    config.configure(assets::configure).configure(embed::configure).configure(pages::configure);
}
