//! The CORS protocol (Fetch standard), which lets pages of other origins read responses.
//!
//! Tokens travel in headers, never in cookies, so any origin may call unless the operator lists the allowed ones. Every response
//! carries the headers, whether or not the request had an `Origin`, because shared caches reuse a response for other
//! requests. If any origin is allowed, the headers are always the same; with a list of origins, `Vary: Origin` keeps responses apart.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::request::origin::Origins;

/// The response headers that pages may read, beside those that the standard always allows.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "ETag, Link, Location, Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, \
     Content-Disposition, Content-Language, WWW-Authenticate, Deprecation, Sunset",
);
/// The methods that pages may use.
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// For how many seconds a browser may reuse the response to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");
const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// Whether this is a preflight: a browser asks which methods and headers a page may send.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The CORS headers of one response, derived from its request.
pub(crate) struct CorsHeaders {
    /// The value of `Access-Control-Allow-Origin`; `None`: the origin is not in the list, or the request has no
    /// `Origin`.
    allowed: Option<HeaderValue>,
    /// Whether the headers depend on the request's origin.
    varies: bool,
    is_preflight: bool,
    /// The headers that the page wants to send, all of which are allowed.
    requested: Option<HeaderValue>,
}

impl CorsHeaders {
    pub(crate) fn of(origins: &Origins, request: &HttpRequest) -> Self {
        let headers = request.headers();
        let allowed = match origins {
            Origins::Any => Some(ANY_ORIGIN),
            Origins::Only(origins) => headers
                .get(header::ORIGIN)
                .filter(|origin| origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes()))
                .cloned(),
        };
        let is_preflight = is_preflight(request.method(), headers);
        let requested = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).filter(|_| is_preflight).cloned();
        Self { allowed, varies: matches!(origins, Origins::Only(_)), is_preflight, requested }
    }

    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        if self.varies {
            add_vary(headers, "Origin");
        }
        let Some(allowed) = self.allowed else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        if self.is_preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        if let Some(requested) = self.requested {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, requested);
        }
    }
}

/// Adds a request header's name to `Vary`. `Vary` stays one line, because nginx before 1.23 reads only its last line and would
/// serve a cached response to the wrong reader.
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

    fn headers_of(origins: &Origins, request: TestRequest) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        CorsHeaders::of(origins, &request.to_http_request()).add_to(&mut headers);
        headers
    }

    fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        assert!(headers.get_all(name).count() <= 1, "{name} has one line");
        headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[test]
    fn any_origin_gets_the_same_headers() {
        let requests = [
            TestRequest::get(),
            TestRequest::get().insert_header((header::ORIGIN, "https://a.example")),
            TestRequest::get().insert_header((header::ORIGIN, "null")),
        ];
        for request in requests {
            let headers = headers_of(&Origins::Any, request);
            assert_eq!(text(&headers, "access-control-allow-origin"), Some("*"));
            assert_eq!(text(&headers, "vary"), Some("Accept-Language"));
            assert!(text(&headers, "access-control-expose-headers").unwrap().contains("Deprecation, Sunset"));
            assert_eq!(text(&headers, "access-control-max-age"), None);
        }
    }

    #[test]
    fn a_list_allows_its_origins_and_adds_vary() {
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
            let headers = headers_of(&origins, request);
            assert_eq!(text(&headers, "access-control-allow-origin"), expected, "{origin:?}");
            assert_eq!(headers.contains_key("access-control-expose-headers"), expected.is_some());
            assert_eq!(text(&headers, "vary"), Some("Accept-Language, Origin"), "{origin:?}");
        }
    }

    #[test]
    fn a_preflight_gets_the_allowed_methods_and_headers() {
        let preflight = || {
            TestRequest::default()
                .method(Method::OPTIONS)
                .insert_header((header::ORIGIN, "https://a.example"))
                .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "POST"))
                .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type, authorization"))
        };
        let headers = headers_of(&Origins::Any, preflight());
        assert_eq!(text(&headers, "access-control-allow-headers"), Some("content-type, authorization"));
        assert!(text(&headers, "access-control-allow-methods").unwrap().contains("PATCH"));
        let headers = headers_of(&Origins::Only(vec!["https://b.example".to_owned()]), preflight());
        assert_eq!(headers.keys().count(), 1, "nothing but Vary for an origin that is not listed");
        let plain = headers_of(&Origins::Any, TestRequest::default().method(Method::OPTIONS));
        assert!(!plain.contains_key("access-control-allow-methods"), "OPTIONS alone is not a preflight");
    }

    #[test]
    fn vary_is_one_line() {
        let mut headers = HeaderMap::new();
        add_vary(&mut headers, "Origin");
        assert_eq!(text(&headers, "vary"), Some("Origin"));
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
        add_vary(&mut headers, "Accept-Encoding");
        assert_eq!(text(&headers, "vary"), Some("Origin, Accept, Accept-Encoding"));
    }
}
