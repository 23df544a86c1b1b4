//! The last touch to answers that were not kept: a tag where there is none, and a coding.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use crate::compression::{self, Coding, Effort};
use crate::{conditional, cors};

/// The type of an answer, without parameters.
pub(crate) fn essence(content_type: Option<&HeaderValue>) -> Option<&str> {
    content_type?.to_str().ok()?.split(';').next().map(str::trim)
}

/// Whether nothing of this answer is to be kept anywhere. It may hold a secret, and then its length, compressed, could
/// tell of it.
fn is_secret(headers: &HeaderMap) -> bool {
    headers.get(header::CACHE_CONTROL).is_none_or(|v| v.to_str().is_ok_and(|v| v.contains("no-store")))
}

/// Gives a 200 to a GET a tag, answers 304 where the caller has it, and codes it as the caller likes. What has a coding
/// already, and what is sent piece by piece, goes as it is.
pub(crate) fn finish(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let headers = response.headers();
    let vary = headers.get(header::VARY).and_then(|v| v.to_str().ok()).unwrap_or_default();
    // A representation of ours has seen to all this.
    let is_ours = vary.contains("Accept-Encoding");
    let is_compressible = compression::is_compressible(headers.get(header::CONTENT_TYPE));
    if is_ours || is_secret(headers) || headers.contains_key(header::CONTENT_ENCODING) || !is_compressible {
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
    let coding = Coding::wanted(&request);
    let coded = if not_modified.is_some() { None } else { coding.encode(&body, Effort::Once) };
    let headers = response.headers_mut();
    cors::add_vary(headers, "Accept-Encoding");
    if let Some(named) = not_modified {
        let mut answer = HttpResponse::NotModified().finish();
        for name in [header::CACHE_CONTROL, header::VARY, header::CONTENT_LANGUAGE] {
            for value in headers.get_all(&name) {
                answer.headers_mut().append(name.clone(), value.clone());
            }
        }
        answer.headers_mut().insert(header::ETAG, named);
        return ServiceResponse::new(request, answer);
    }
    let Some(coded) = coded else {
        headers.insert(header::ETAG, etag);
        return ServiceResponse::new(request, response.set_body(BoxBody::new(body)));
    };
    headers.insert(header::ETAG, conditional::etag_in(&etag, coding));
    headers.insert(header::CONTENT_ENCODING, coding.header());
    ServiceResponse::new(request, response.set_body(BoxBody::new(coded)))
}
