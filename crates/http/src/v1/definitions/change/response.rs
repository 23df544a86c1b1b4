//! Responses that say what publishing did, and the stored form in which an `Idempotency-Key` gives them again.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};
use plenaria_persistence::events::publish::outcome::{PublishMode, PublishOutcome, Published};
use plenaria_persistence::idempotency::StoredResponse;

use crate::problem::{ApiError, Code};
use crate::request::idempotency;
use crate::response::representation::Caching;
use crate::v1::definitions::document;
use crate::v1::definitions::dto::{AdviceDto, PublishedDto};

/// 201 for a new event, else 200, with the definition's tag if the response may have one.
pub(super) fn respond(
    published: &Published,
    mode: PublishMode,
    advice: Vec<AdviceDto>,
    etag: Option<HeaderValue>,
) -> HttpResponse {
    let is_created = mode == PublishMode::Apply && published.outcome == PublishOutcome::Created;
    let mut response = if is_created { HttpResponse::Created() } else { HttpResponse::Ok() };
    if is_created {
        response.insert_header((header::LOCATION, format!("/v1/events/{}/definition", published.slug)));
    }
    if let Some(etag) = etag {
        response.insert_header((header::ETAG, etag));
    }
    response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
    response.json(PublishedDto::new(published, mode, advice))
}

/// The stored form of the response to a change that has taken effect.
pub(super) fn to_stored(published: &Published) -> Option<StoredResponse> {
    let body = serde_json::to_string(&PublishedDto::new(published, PublishMode::Apply, Vec::new())).ok()?;
    let etag = document::etag(published.revision, false).to_str().ok().map(str::to_owned);
    Some(StoredResponse { status: 200, location: None, etag, body, registration: None })
}

/// Gives a stored response or error again.
pub(super) fn replay(stored: StoredResponse) -> Result<HttpResponse, ApiError> {
    match idempotency::stored_error(&stored) {
        Some(error) => Err(error),
        None => Ok(idempotency::respond(&stored, true)
            .insert_header((header::CACHE_CONTROL, Caching::Private.header()))
            .body(stored.body)),
    }
}

/// 412, with the current tag if the caller may know it.
pub(super) fn precondition_failed(revision: Option<i64>) -> ApiError {
    let error = ApiError::new(Code::PreconditionFailed);
    match revision {
        Some(revision) => error.header(header::ETAG, document::etag(revision, false)),
        None => error,
    }
}
