//! The CORS protocol (Fetch standard): which other origins' pages may read responses.
//!
//! Tokens travel in headers, never in cookies, so any origin may call unless the operator names those that may. Every response
//! carries the headers, whether or not the request had an `Origin`, because shared caches give the response to one request to
//! others: with any origin allowed they are always the same, and with a list of origins `Vary: Origin` keeps the responses apart.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// Which origins' pages may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Any.
    #[default]
    Any,
    /// These: scheme, host and port.
    Only(Vec<String>),
}

/// The response headers that pages may read, beside those that the standard always allows.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Link, Location, Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, \
     Content-Disposition, Content-Language, WWW-Authenticate, Deprecation, Sunset",
);
/// The methods that pages may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// For how many seconds a browser may remember the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Whether a browser asks what a page may send.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The CORS headers of one response. They are worked out from the request, and added once the response is complete.
pub(crate) struct CorsHeaders {
    /// The value of `Access-Control-Allow-Origin`; `None`: the origin is not in the list, or the request named none.
    allowed: Option<HeaderValue>,
    varies: bool,
    preflight: bool,
    /// The headers that the page wants to send, all of which are allowed.
    requested: Option<HeaderValue>,
}

impl CorsHeaders {
    pub(crate) fn of(origins: &Origins, request: &HttpRequest) -> Self {
        let headers = request.headers();
        let allowed = match origins {
            Origins::Any => Some(ANY),
            Origins::Only(origins) => headers
                .get(header::ORIGIN)
                .filter(|origin| origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes()))
                .cloned(),
        };
        let preflight = is_preflight(request.method(), headers);
        let requested = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).filter(|_| preflight).cloned();
        Self { allowed, varies: matches!(origins, Origins::Only(_)), preflight, requested }
    }

    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        if self.varies {
            add_vary(headers, "Origin");
        }
        let Some(allowed) = self.allowed else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if self.preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        if let Some(requested) = self.requested {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, requested);
        }
    }
}

/// Adds a request header to those that the response depends on. They stay in one line: nginx before 1.23 takes the last line
/// for all of them, and would give one reader the response to another.
pub(crate) fn add_vary(headers: &mut HeaderMap, name: &'static str) {
    let lines = headers.get_all(header::VARY).filter_map(|line| line.to_str().ok());
    let mut line = lines.collect::<Vec<_>>().join(", ");
    if !line.is_empty() {
        line.push_str(", ");
    }
    line.push_str(name);
    if let Ok(line) = HeaderValue::from_str(&line) {
        headers.insert(header::VARY, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn told(origins: &Origins, request: TestRequest) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        CorsHeaders::of(origins, &request.to_http_request()).add_to(&mut headers);
        headers
    }

    fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        assert!(headers.get_all(name).count() <= 1, "{name} is one line");
        headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[test]
    fn any_origin_is_the_same_for_all() {
        let requests = [
            TestRequest::get(),
            TestRequest::get().insert_header((header::ORIGIN, "https://a.example")),
            TestRequest::get().insert_header((header::ORIGIN, "null")),
        ];
        for request in requests {
            let headers = told(&Origins::Any, request);
            assert_eq!(text(&headers, "access-control-allow-origin"), Some("*"));
            assert_eq!(text(&headers, "vary"), Some("Accept-Language"));
            assert!(text(&headers, "access-control-expose-headers").unwrap().contains("Deprecation, Sunset"));
            assert_eq!(text(&headers, "access-control-max-age"), None);
        }
    }

    #[test]
    fn a_list_tells_each_origin_its_own_and_caches_to_keep_them_apart() {
        let origins = Origins::Only(vec!["https://a.example".to_owned(), "http://localhost:3000".to_owned()]);
        for (origin, expected) in [
            (None, None),
            (Some("https://a.example"), Some("https://a.example")),
            (Some("http://localhost:3000"), Some("http://localhost:3000")),
            (Some("https://A.example"), None),
            (Some("https://a.example.evil.example"), None),
            (Some("http://a.example"), None),
            (Some("null"), None),
            (Some("*"), None),
            (Some(""), None),
        ] {
            let mut request = TestRequest::get();
            if let Some(origin) = origin {
                request = request.insert_header((header::ORIGIN, origin));
            }
            let headers = told(&origins, request);
            assert_eq!(text(&headers, "access-control-allow-origin"), expected, "{origin:?}");
            assert_eq!(headers.contains_key("access-control-expose-headers"), expected.is_some());
            assert_eq!(text(&headers, "vary"), Some("Accept-Language, Origin"), "{origin:?}");
        }
    }

    #[test]
    fn a_preflight_is_told_what_may_be_sent() {
        let asks = || {
            TestRequest::default()
                .method(Method::OPTIONS)
                .insert_header((header::ORIGIN, "https://a.example"))
                .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "POST"))
                .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type, authorization"))
        };
        let headers = told(&Origins::Any, asks());
        assert_eq!(text(&headers, "access-control-allow-headers"), Some("content-type, authorization"));
        assert!(text(&headers, "access-control-allow-methods").unwrap().contains("PATCH"));
        let headers = told(&Origins::Only(vec!["https://b.example".to_owned()]), asks());
        assert_eq!(headers.keys().count(), 1, "nothing but Vary for an origin that is not listed");
        let plain = told(&Origins::Any, TestRequest::default().method(Method::OPTIONS));
        assert!(!plain.contains_key("access-control-allow-methods"), "OPTIONS alone is no preflight");
    }

    #[test]
    fn what_a_response_depends_on_is_one_line() {
        let mut headers = HeaderMap::new();
        add_vary(&mut headers, "Origin");
        assert_eq!(text(&headers, "vary"), Some("Origin"));
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
        add_vary(&mut headers, "Accept-Encoding");
        assert_eq!(text(&headers, "vary"), Some("Origin, Accept, Accept-Encoding"));
    }
}
