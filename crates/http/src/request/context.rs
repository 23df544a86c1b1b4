//! Chooses the id of a request, and marks error responses that must not become problem documents.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use plenaria_domain::values::ids::ChangeId;
use plenaria_domain::values::time::Instant;

/// The header that carries a request's id, in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// Longer ids from callers are replaced.
const MAX_REQUEST_ID_LENGTH: usize = 128;

/// The request's id, stored among the request's extensions for problem documents inside a response's body.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Marks an error response that must not become a problem document, because its format belongs to another standard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SkipProblemDocument;

/// The caller's request id if it is valid (letters, digits, `.`, `_` and `-`), otherwise a new UUID.
pub(crate) fn request_id(request: &HttpRequest, now: Instant) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_valid = |id: &&str| {
        (1..=MAX_REQUEST_ID_LENGTH).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    given.filter(is_valid).map_or_else(|| ChangeId::new(now).to_string(), str::to_owned)
}
