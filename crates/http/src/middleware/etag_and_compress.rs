//! Adds an entity tag to the 200 of a GET that has none, and compresses its body.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderMap};

use crate::middleware::cors;
use crate::response::compression;
use crate::response::compression::{CompressionLevel, ContentCoding};
use crate::response::conditional;

/// Whether the response may contain a secret, so that no cache may store it. It is not compressed either, because the
/// compressed length could reveal the secret.
fn may_contain_secret(headers: &HeaderMap) -> bool {
    headers.get(header::CACHE_CONTROL).is_none_or(|v| v.to_str().is_ok_and(|v| v.contains("no-store")))
}

/// Adds an entity tag to the 200 of a GET, responds 304 if the caller has that tag, and compresses as the caller prefers.
/// Responses that are encoded already, and streams, pass unchanged.
pub(crate) fn add_etag_and_compress(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let headers = response.headers();
    let vary = headers.get(header::VARY).and_then(|v| v.to_str().ok()).unwrap_or_default();
    // Responses that were made from a `Representation` have a tag and a coding.
    let is_representation = vary.contains("Accept-Encoding");
    let is_encoded = headers.contains_key(header::CONTENT_ENCODING);
    let is_compressible = compression::is_compressible(headers.get(header::CONTENT_TYPE));
    if is_representation || may_contain_secret(headers) || is_encoded || !is_compressible {
        return response;
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(stream) => return ServiceResponse::new(request, response.set_body(stream)),
    };
    let etag = response.headers().get(header::ETAG).cloned().unwrap_or_else(|| conditional::etag_of(&body));
    let not_modified = conditional::not_modified(&request, &etag);
    let coding = ContentCoding::negotiated(&request);
    let encoded = if not_modified.is_some() { None } else { coding.encode(&body, CompressionLevel::Fast) };
    let headers = response.headers_mut();
    cors::add_vary(headers, "Accept-Encoding");
    if let Some(etag) = not_modified {
        let mut not_modified = HttpResponse::NotModified().finish();
        for name in [header::CACHE_CONTROL, header::VARY, header::CONTENT_LANGUAGE] {
            for value in headers.get_all(&name) {
                not_modified.headers_mut().append(name.clone(), value.clone());
            }
        }
        not_modified.headers_mut().insert(header::ETAG, etag);
        return ServiceResponse::new(request, not_modified);
    }
    let Some(encoded) = encoded else {
        headers.insert(header::ETAG, etag);
        return ServiceResponse::new(request, response.set_body(BoxBody::new(body)));
    };
    headers.insert(header::ETAG, conditional::etag_with_coding(&etag, coding));
    headers.insert(header::CONTENT_ENCODING, coding.header());
    ServiceResponse::new(request, response.set_body(BoxBody::new(encoded)))
}
