//! Normalises the path of a request: decodes percent-escapes that are not necessary.
//!
//! `/%761/events` names the same resource as `/v1/events` (RFC 3986, section 6.2.2.2), and the router accepts both. But
//! authentication, caching, metrics, logs and rate limits compare paths as text. So the path is normalised once, before
//! any of them: escapes of unreserved characters are decoded. The constant parts of all routes consist of such
//! characters and slashes, and the router does not treat an escaped slash as a slash; so every later comparison agrees
//! with the router.

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::web::Bytes;

/// Replaces the request's path by its normal form, for the router and for all other readers of the path.
pub(crate) fn normalise(request: &mut ServiceRequest) {
    let uri = &request.head().uri;
    let Some(path) = normal_form(uri.path()) else { return };
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    // This cannot fail: the path was valid, and is now a shorter one of the same characters.
    let Ok(target) = PathAndQuery::from_maybe_shared(Bytes::from(target)) else { return };
    parts.path_and_query = Some(target);
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// The path without unnecessary escapes; `None` if it has none. Decoding can create an escape, which is decoded again:
/// `%%3761` becomes `%761` and then `v1`, so that the router finds no escape that this function has missed.
fn normal_form(path: &str) -> Option<String> {
    if !path.contains('%') {
        return None;
    }
    let mut normal = Vec::with_capacity(path.len());
    for byte in path.bytes() {
        normal.push(byte);
        while let Some(decoded) = unreserved_at_end(&normal) {
            normal.truncate(normal.len() - 3);
            normal.push(decoded);
        }
    }
    let changed = normal.len() < path.len();
    // Only ASCII characters have been replaced, by ASCII characters.
    String::from_utf8(normal).ok().filter(|_| changed)
}

/// The unreserved character (RFC 3986, section 2.3) that an escape at the end of the text encodes.
fn unreserved_at_end(text: &[u8]) -> Option<u8> {
    let [.., b'%', high, low] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let decoded = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    (decoded.is_ascii_alphanumeric() || b"-._~".contains(&decoded)).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    #[test]
    fn only_unnecessary_escapes_are_decoded() {
        for (written, normal) in [
            ("/%761/events", Some("/v1/events")),
            ("/%76%31/%65vents", Some("/v1/events")),
            ("/v1/events/a%2Db%2d", Some("/v1/events/a-b-")),
            ("/%7e%5F%2E", Some("/~_.")),
            ("/v1/events", None),
            ("/v1%2Fevents", None),
            ("/%2576", None),
            ("/%25%37%36", Some("/%2576")),
            ("/%C3%A9%20%40", None),
            ("/%", None),
            ("/%7", None),
            ("/%zz%é6", None),
            ("/%%76", Some("/%v")),
            ("/%%3761/events", Some("/v1/events")),
            ("/%%%33761/events", Some("/v1/events")),
        ] {
            assert_eq!(normal_form(written).as_deref(), normal, "{written}");
        }
    }

    #[test]
    fn all_readers_of_the_path_see_the_normal_form() {
        let mut request = TestRequest::with_uri("/%761/events?q=%76&x").to_srv_request();
        normalise(&mut request);
        assert_eq!(request.path(), "/v1/events");
        assert_eq!(request.query_string(), "q=%76&x", "the query is not changed");
        assert_eq!(request.uri(), "/v1/events?q=%76&x");
        assert_eq!(request.match_info().as_str(), "/v1/events");
        let mut absolute = TestRequest::with_uri("http://example.org/%68ealth/live").to_srv_request();
        normalise(&mut absolute);
        assert_eq!((absolute.path(), absolute.match_info().as_str()), ("/health/live", "/health/live"));
    }

    proptest! {
        /// The normal form starts with a constant part of a route exactly if the router's path does.
        #[test]
        fn the_normal_form_agrees_with_the_router(path in "/(%(7[0-9a-fA-F]|3[0-9]|2[0-9a-fA-F]|zz)|[v1h3762/%é.]){0,12}") {
            let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
            let mut request = TestRequest::with_uri("/").to_srv_request();
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
            normalise(&mut request);
            let (normal, router) = (request.path(), request.match_info().as_str());
            for constant in ["/v1/", "/v1", "/health/", "/docs/"] {
                prop_assert_eq!(normal.starts_with(constant), router.starts_with(constant), "{} {}", normal, router);
            }
            prop_assert_eq!(normal.matches('/').count(), router.matches('/').count());
            prop_assert_eq!(normal_form(normal), None, "{} is normal", normal);
        }
    }
}
