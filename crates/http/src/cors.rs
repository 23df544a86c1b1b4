//! Other origins' pages (the Fetch standard's CORS protocol). Tokens travel in headers, never in cookies, so any origin
//! may call unless the operator names those that may.

use actix_cors::Cors;
use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::state::AppState;

/// Which origins' pages may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Any.
    #[default]
    Any,
    /// These: scheme, host and port.
    Only(Vec<String>),
}

const EXPOSED: &[&str] = &[
    "ETag",
    "Link",
    "Location",
    "Request-Id",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Idempotency-Replayed",
    "Content-Disposition",
    "Content-Language",
    "WWW-Authenticate",
    "Deprecation",
    "Sunset",
];
const EXPOSED_LINE: &str = "ETag, Link, Location, Request-Id, RateLimit, RateLimit-Policy, Retry-After, \
    Idempotency-Replayed, Content-Disposition, Content-Language, WWW-Authenticate, Deprecation, Sunset";
/// For how many seconds a browser may remember what it was told.
const MAX_AGE: usize = 7_200;

/// The middleware.
pub(crate) fn middleware(origins: &Origins) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_any_header()
        .expose_headers(EXPOSED.iter().copied())
        .max_age(MAX_AGE);
    match origins {
        Origins::Any => cors.allow_any_origin().send_wildcard().disable_vary_header(),
        Origins::Only(origins) => origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    }
}

/// What a kept answer says to a page of another origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// Nothing: the caller is none.
    Nothing,
    /// That any origin may read it.
    WithAll,
}

/// What to say to this caller; `None`: only the middleware knows.
pub(crate) fn shared(state: &AppState, request: &HttpRequest) -> Option<Shared> {
    match (request.headers().contains_key(header::ORIGIN), &state.origins) {
        (false, Origins::Any) => Some(Shared::Nothing),
        (true, Origins::Any) => Some(Shared::WithAll),
        (_, Origins::Only(_)) => None,
    }
}

impl Shared {
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        if self == Self::WithAll {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_LINE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_the_list() {
        assert_eq!(EXPOSED.join(", "), EXPOSED_LINE);
    }
}
