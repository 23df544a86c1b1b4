//! Who asks: the holder of a registration, by the manage token.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use plenaria_domain::ids::RegistrationId;

use crate::problem::{ApiError, Code};
use crate::state::AppState;

/// The bearer token of a request (RFC 6750, section 2.1); no other place is looked at.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthenticated() -> ApiError {
    let challenge = HeaderValue::from_static("Bearer realm=\"plenaria\"");
    ApiError::new(Code::Unauthenticated).header(header::WWW_AUTHENTICATE, challenge)
}

fn invalid_token() -> ApiError {
    let challenge = HeaderValue::from_static("Bearer realm=\"plenaria\", error=\"invalid_token\"");
    ApiError::new(Code::InvalidToken).header(header::WWW_AUTHENTICATE, challenge)
}

/// The registration in the path, which the token must be for. Another one's is as good as not there.
pub(crate) fn of_registration(
    state: &AppState,
    request: &HttpRequest,
    named: &str,
) -> Result<RegistrationId, ApiError> {
    let token = bearer(request).ok_or_else(unauthenticated)?;
    let id = state.tokens.verify(token, state.clock.now()).map_err(|_| invalid_token())?;
    let named = crate::reference::registration(named)?;
    if named == id { Ok(id) } else { Err(ApiError::not_found()) }
}

/// Nobody in particular. Whoever shows a token expects it to count, and no token counts here yet.
pub(crate) fn anonymous(request: &HttpRequest) -> Result<(), ApiError> {
    if request.headers().contains_key(header::AUTHORIZATION) { Err(invalid_token()) } else { Ok(()) }
}
