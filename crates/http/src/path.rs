//! One spelling for each path.
//!
//! A path may be written with percent-escapes where none are needed: `/%761/events` names the same resource as
//! `/v1/events` (RFC 3986, section 6.2.2.2), and the router takes both. Everything else that looks at a path (who must
//! authenticate, what is cached, counted, logged and limited) compares text. So the path is normalised once, before
//! anything looks at it: escapes of unreserved characters are decoded. All fixed parts of our routes consist of such
//! characters and slashes, and an escaped slash is not one to the router either; so from here on every comparison agrees
//! with the router.

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::web::Bytes;

/// Rewrites the request's path in its normal form, for the router and for all who ask for the path.
pub(crate) fn normalise(request: &mut ServiceRequest) {
    let uri = &request.head().uri;
    let Some(path) = normal_form(uri.path()) else { return };
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    // It was a good path, and has become a shorter one of the same characters.
    let Ok(target) = PathAndQuery::from_maybe_shared(Bytes::from(target)) else { return };
    parts.path_and_query = Some(target);
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// The path without needless escapes; `None` if it has none. What is no escape stays as it is, but what decoding makes of
/// it may be one: `%%3761` is decoded to `%761` and then to `v1`, lest the router finds an escape that we have not seen.
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
    // Only ASCII characters have been replaced, by others.
    String::from_utf8(normal).ok().filter(|_| changed)
}

/// The unreserved character (RFC 3986, section 2.3) that an escape at the end stands for.
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
    fn needless_escapes_are_decoded_and_no_others() {
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
    fn everybody_sees_the_same_path() {
        let mut request = TestRequest::with_uri("/%761/events?q=%76&x").to_srv_request();
        normalise(&mut request);
        assert_eq!(request.path(), "/v1/events");
        assert_eq!(request.query_string(), "q=%76&x", "a query has rules of its own");
        assert_eq!(request.uri(), "/v1/events?q=%76&x");
        assert_eq!(request.match_info().as_str(), "/v1/events");
        let mut whole = TestRequest::with_uri("http://example.org/%68ealth/live").to_srv_request();
        normalise(&mut whole);
        assert_eq!((whole.path(), whole.match_info().as_str()), ("/health/live", "/health/live"));
    }

    proptest! {
        /// Whatever of a path is escaped, the router's path begins with a fixed part exactly if ours does.
        #[test]
        fn a_path_means_to_us_what_it_means_to_the_router(path in "/(%(7[0-9a-fA-F]|3[0-9]|2[0-9a-fA-F]|zz)|[v1h3762/%é.]){0,12}") {
            let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
            let mut request = TestRequest::with_uri("/").to_srv_request();
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
            normalise(&mut request);
            let (ours, routers) = (request.path(), request.match_info().as_str());
            for fixed in ["/v1/", "/v1", "/health/", "/docs/"] {
                prop_assert_eq!(ours.starts_with(fixed), routers.starts_with(fixed), "{} {}", ours, routers);
            }
            prop_assert_eq!(ours.matches('/').count(), routers.matches('/').count());
            prop_assert_eq!(normal_form(ours), None, "{} is normal", ours);
        }
    }
}
