//! Generates the secrets of webhook endpoints, and makes the responses that reveal one.

use actix_web::HttpResponse;
use actix_web::http::header;
use plenaria_domain::values::ids::EndpointId;
use plenaria_domain::webhook::secret::{SealedSecret, SecretSealer, SigningSecret};
use plenaria_persistence::idempotency::StoredResponse;
use plenaria_persistence::webhooks::Endpoint;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::dto::{EndpointDto, etag, path};
use super::parts::EndpointParts;
use crate::problem::{ApiError, Code};
use crate::request::idempotency;
use crate::response::representation::Caching;

/// Generates a secret and seals it for storage.
pub(super) fn generate(keys: &SecretSealer, endpoint: EndpointId) -> SealedSecret {
    keys.seal(endpoint, &SigningSecret::from_random(rand::random()), rand::random())
}

/// The stored body of a response with a secret. The secret stays sealed.
#[derive(Deserialize, Serialize)]
struct SealedBody {
    id: Uuid,
    endpoint: Box<RawValue>,
    sealed: String,
}

/// The response in the form in which it is stored for requests with the same idempotency key.
pub(super) fn record(
    endpoint: &Endpoint,
    sealed: &SealedSecret,
    base_url: &str,
    status: u16,
) -> Option<StoredResponse> {
    let json = serde_json::to_string(&EndpointDto::new(endpoint.clone(), base_url)).ok()?;
    let body = SealedBody { id: endpoint.id.0, endpoint: RawValue::from_string(json).ok()?, sealed: sealed.0.clone() };
    Some(StoredResponse {
        status,
        location: (status == 201).then(|| path(endpoint)),
        etag: etag(endpoint).to_str().ok().map(str::to_owned),
        body: serde_json::to_string(&body).ok()?,
        registration: None,
    })
}

/// Responds to the first request with a new secret.
pub(super) fn respond_first(
    parts: &EndpointParts,
    endpoint: &Endpoint,
    sealed: &SealedSecret,
    status: u16,
) -> Result<HttpResponse, ApiError> {
    let recorded = record(endpoint, sealed, &parts.public_url, status);
    respond(&parts.settings.keys, &recorded.ok_or_else(|| ApiError::new(Code::Internal))?, false)
}

/// Responds with a stored response, and unseals its secret.
pub(super) fn respond(
    keys: &SecretSealer,
    recorded: &StoredResponse,
    replayed: bool,
) -> Result<HttpResponse, ApiError> {
    if let Some(error) = idempotency::stored_error(recorded) {
        return Err(error);
    }
    let unreadable = |error: serde_json::Error| ApiError::new(Code::Internal).cause(&error);
    let body: SealedBody = serde_json::from_str(&recorded.body).map_err(unreadable)?;
    let secret = keys.open(EndpointId(body.id), &SealedSecret(body.sealed));
    let secret = secret.map_err(|error| ApiError::new(Code::Internal).cause(&error))?.expose();
    // The endpoint's JSON without its closing brace, so that the secret becomes its last member.
    let endpoint = body.endpoint.get().strip_suffix('}').unwrap_or_default();
    let mut response = idempotency::respond(recorded, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.body(format!("{endpoint},\"secret\":\"{secret}\"}}")))
}
