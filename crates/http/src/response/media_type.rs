//! Media types in `Content-Type` headers (RFC 9110, section 8.3).

use actix_web::http::header::HeaderValue;

/// The media type in a `Content-Type` header, without its parameters.
pub(crate) fn media_type(content_type: Option<&HeaderValue>) -> Option<&str> {
    content_type?.to_str().ok()?.split(';').next().map(str::trim)
}
