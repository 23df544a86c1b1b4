//! From the header `Authorization` to the caller.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plenaria_domain::time::Instant;
use serde::Deserialize;

use super::caller::invalid_token;
use super::{Caller, ClientCaller, access_token, registration_token};
use crate::problem::ApiError;
use crate::state::AppState;

/// The only bearer token of a request (RFC 6750, section 2.1); no other place is looked at.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// What kind of token it says it is. Nothing rests on it but who is asked to verify it.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    typ: Cow<'a, str>,
}

/// Who asks. Whoever shows a token expects it to count, so one that does not is told of, even where none is needed.
pub(crate) async fn authenticate(state: &AppState, request: &HttpRequest, now: Instant) -> Result<Caller, ApiError> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Ok(Caller::Anonymous);
    }
    let token = bearer(request).ok_or_else(invalid_token)?;
    let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    let kind = serde_json::from_slice::<Kind<'_>>(&header).map_err(|_| invalid_token())?;
    match &*kind.typ {
        registration_token::MANAGE_TYPE => {
            state.manage_tokens.verify(token, now).map(Caller::Holder).map_err(|_| invalid_token())
        }
        access_token::TYPE => {
            let granted = state.access_tokens.verify(token, now).map_err(|_| invalid_token())?;
            let client = state.clients.get(granted.client, now).await?.ok_or_else(invalid_token)?;
            let scopes = granted.scopes.common(client.scopes).ok_or_else(invalid_token)?;
            state.clients.note_use(client.id, now);
            Ok(Caller::Client(ClientCaller { id: client.id, organisation: client.organisation.clone(), scopes }))
        }
        _ => Err(invalid_token()),
    }
}
