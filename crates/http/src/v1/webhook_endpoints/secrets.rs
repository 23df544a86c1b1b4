//! New secrets, and answers that carry one.

use actix_web::HttpResponse;
use actix_web::http::header;
use plenaria_domain::ids::EndpointId;
use plenaria_domain::webhook::secret::{SealedSecret, SigningSecret};
use plenaria_persistence::idempotency::Recorded;
use plenaria_persistence::webhooks::Endpoint;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::dto::{EndpointDto, etag, path};
use crate::idempotency;
use crate::problem::{ApiError, Code};
use crate::representation::Caching;
use crate::state::AppState;

/// A new secret, as it is kept.
pub(super) fn new(state: &AppState, endpoint: EndpointId) -> SealedSecret {
    state.webhook_seals.seal(endpoint, &SigningSecret::from_random(rand::random()), rand::random())
}

/// What is kept of an answer with a secret: the secret stays sealed.
#[derive(Deserialize, Serialize)]
struct Kept {
    id: Uuid,
    endpoint: Box<RawValue>,
    sealed: String,
}

/// The answer to be kept, or to be given now.
pub(super) fn record(endpoint: &Endpoint, sealed: &SealedSecret, base: &str, status: u16) -> Option<Recorded> {
    let shown = serde_json::to_string(&EndpointDto::new(endpoint.clone(), base)).ok()?;
    let endpoint_text = RawValue::from_string(shown).ok()?;
    let kept = Kept { id: endpoint.id.0, endpoint: endpoint_text, sealed: sealed.0.clone() };
    Some(Recorded {
        status,
        location: (status == 201).then(|| path(endpoint)),
        etag: etag(endpoint).to_str().ok().map(str::to_owned),
        body: serde_json::to_string(&kept).ok()?,
        registration: None,
    })
}

/// The answer, with its secret opened.
pub(super) fn respond(state: &AppState, recorded: &Recorded, replayed: bool) -> Result<HttpResponse, ApiError> {
    if let Some(error) = idempotency::recorded_error(recorded) {
        return Err(error);
    }
    let unreadable = |error: serde_json::Error| ApiError::new(Code::Internal).cause(&error);
    let kept: Kept = serde_json::from_str(&recorded.body).map_err(unreadable)?;
    let secret = state.webhook_seals.open(EndpointId(kept.id), &SealedSecret(kept.sealed));
    let secret = secret.map_err(|error| ApiError::new(Code::Internal).cause(&error))?.expose();
    let rest = kept.endpoint.get().strip_suffix('}').unwrap_or_default();
    let mut response = idempotency::respond(recorded, replayed);
    response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
    Ok(response.body(format!("{rest},\"secret\":\"{secret}\"}}")))
}
