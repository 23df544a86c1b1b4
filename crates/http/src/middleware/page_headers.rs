//! Headers for the HTML pages under `/docs/` and their files.

use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::response::representation::Caching;

/// Lets a page load its own files and nothing else. Swagger UI sets styles from its scripts, so inline styles are allowed.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// Whether the path is that of a page, or of a file that a page loads.
pub(crate) fn is_page(path: &str) -> bool {
    path.starts_with("/docs/")
}

/// Adds the content security policy and the cache lifetime of pages and their files.
pub(crate) fn add_page_headers(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    headers.insert(header::CACHE_CONTROL, Caching::Release.header());
}
