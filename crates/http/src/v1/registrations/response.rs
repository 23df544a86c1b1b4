//! Responses with one registration, and the stored form in which an `Idempotency-Key` gives them again.

use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::registration::Registration;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::desk::reply::{Outcome, Refusal, Reply};
use plenaria_persistence::idempotency::{ResponseRecorder, StoredResponse};

use super::dto::{RegistrationDto, etag};
use super::errors;
use super::parts::RegistrationParts;
use crate::cache::events::CachedEvent;
use crate::problem::{ApiError, Code, Detail};
use crate::request::idempotency;
use crate::response::conditional;
use crate::response::representation::Caching;

/// The path of a registration.
pub(crate) fn location(id: RegistrationId) -> String {
    format!("/v1/registrations/{id}")
}

/// 200 with the registration, without its token; 304 to a GET whose `If-None-Match` has the current tag.
pub(crate) async fn respond(
    request: &HttpRequest,
    parts: &RegistrationParts,
    registration: Registration,
) -> Result<HttpResponse, ApiError> {
    let etag = etag(&registration);
    let is_get = request.method() == Method::GET;
    let matching_tag = is_get.then(|| conditional::not_modified(request, &etag)).flatten();
    let mut response = if matching_tag.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, Caching::Private.header()));
    if let Some(tag) = matching_tag {
        return Ok(response.insert_header((header::ETAG, tag)).finish());
    }
    response.insert_header((header::ETAG, etag));
    let entry = parts.events.get(registration.event_id).await?;
    let entry = entry.ok_or_else(|| ApiError::new(Code::Internal).detail(Detail::EventUnreadable))?;
    let slug = &entry.event.definition.slug;
    Ok(response.json(RegistrationDto::new(registration, slug, &parts.public_url, None)))
}

/// The stored form of [`respond`]'s 200.
fn to_stored(public_url: &PublicUrl, entry: &CachedEvent, registration: &Registration) -> Option<StoredResponse> {
    let slug = &entry.event.definition.slug;
    let body = RegistrationDto::new(registration.clone(), slug, public_url, None);
    Some(StoredResponse {
        status: 200,
        location: None,
        etag: etag(registration).to_str().ok().map(str::to_owned),
        body: serde_json::to_string(&body).ok()?,
        registration: Some(registration.id),
    })
}

/// Makes the stored response of a request about a registration with an `Idempotency-Key`. That a registration holds no
/// seat is not stored: it may have got one when the request is repeated.
pub(crate) fn recorder(public_url: &PublicUrl, entry: &Arc<CachedEvent>) -> ResponseRecorder<Reply> {
    let (public_url, entry) = (public_url.clone(), Arc::clone(entry));
    Arc::new(move |reply| match reply {
        Ok(Outcome::Registration { registration, .. }) => to_stored(&public_url, &entry, registration),
        Ok(_) | Err(Refusal::HoldsNoSeat { .. }) => None,
        Err(refusal) => idempotency::to_stored_error(&errors::for_organiser(refusal.clone())),
    })
}

/// Gives a stored response or error again.
pub(crate) fn replay(stored: StoredResponse) -> Result<HttpResponse, ApiError> {
    match idempotency::stored_error(&stored) {
        Some(error) => Err(error),
        None => Ok(idempotency::respond(&stored, true)
            .insert_header((header::CACHE_CONTROL, Caching::Private.header()))
            .body(stored.body)),
    }
}
