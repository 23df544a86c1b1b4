//! Entity tags (RFC 9110, section 8.8): strong, made from the bytes that are sent.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A strong tag for these bytes.
pub(crate) fn etag_of(bytes: &[u8]) -> HeaderValue {
    etag(&URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16]))
}

/// A strong tag with this content, which must be of letters, digits and hyphens.
pub(crate) fn etag(content: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{content}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether `If-None-Match` names this tag, so that the caller has the representation already. The comparison is the
/// weak one, as section 13.1.2 asks.
pub(crate) fn not_modified(request: &HttpRequest, etag: &HeaderValue) -> bool {
    let Ok(etag) = etag.to_str() else { return false };
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn lists_weak_forms_and_the_star_match() {
        let tag = etag_of(b"x");
        let text = tag.to_str().unwrap().to_owned();
        let matches = |value: &str| {
            not_modified(&TestRequest::get().insert_header((header::IF_NONE_MATCH, value)).to_http_request(), &tag)
        };
        assert!(matches(&text) && matches("*") && matches(&format!("W/{text}")) && matches(&format!("\"a\", {text}")));
        assert!(!matches("\"a\"") && !matches(""));
        assert!(!not_modified(&TestRequest::get().to_http_request(), &tag));
    }
}
