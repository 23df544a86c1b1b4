//! Authenticates a request by its `Authorization` header.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plenaria_domain::values::time::Instant;
use serde::Deserialize;

use crate::auth::caller::{Caller, ClientCaller, invalid_token};
use crate::auth::{ClientCache, access_token, registration_token};
use crate::problem::ApiError;
use crate::state::Tokens;

/// The request's bearer token (RFC 6750, section 2.1), if it has exactly one `Authorization` header. Tokens in other places
/// are ignored.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// The part of a token's header that selects its verifier. The verifier checks it again.
#[derive(Deserialize)]
struct UnverifiedHeader<'a> {
    #[serde(borrow)]
    typ: Cow<'a, str>,
}

/// The caller of a request.
///
/// # Errors
/// `InvalidToken` for a token that does not verify, even where no token is needed, since the caller expects it to count.
pub(crate) async fn authenticate(
    tokens: &Tokens,
    clients: &ClientCache,
    request: &HttpRequest,
    now: Instant,
) -> Result<Caller, ApiError> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Ok(Caller::Anonymous);
    }
    let token = bearer(request).ok_or_else(invalid_token)?;
    let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    let header = serde_json::from_slice::<UnverifiedHeader<'_>>(&header).map_err(|_| invalid_token())?;
    match &*header.typ {
        registration_token::MANAGE_TYPE => {
            tokens.manage.verify(token, now).map(Caller::Holder).map_err(|_| invalid_token())
        }
        access_token::TYPE => {
            let grant = tokens.access.verify(token, now).map_err(|_| invalid_token())?;
            let client = clients.get(grant.client, now).await?.ok_or_else(invalid_token)?;
            let scopes = grant.scopes.intersection(client.scopes).ok_or_else(invalid_token)?;
            clients.record_use(client.id, now);
            Ok(Caller::Client(ClientCaller { id: client.id, organisation: client.organisation.clone(), scopes }))
        }
        _ => Err(invalid_token()),
    }
}
