//! The token endpoint, which issues access tokens to clients.

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, post, web};
use plenaria_domain::partner::scope::Scopes;
use plenaria_domain::values::ids::ClientId;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::access_token::LIFETIME;
use crate::auth::{AccessTokens, ClientCache};
use crate::oauth::credentials::{Credentials, TokenRequest};
use crate::oauth::error::{ErrorBody, ErrorCode, OAuthError};
use crate::problem::{ApiError, Code};
use crate::request::body;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::Caching;
use crate::state::CallerLimits;
use crate::state_part::{Part, group_of_parts};

/// The longest body, in bytes.
const MAX_BODY_LENGTH: usize = 16 * 1024;

/// A request for a token (RFC 6749, section 4.4.2).
#[derive(Deserialize, ToSchema)]
#[schema(as = TokenRequest)]
#[allow(dead_code, reason = "only its schema is used")]
struct TokenForm {
    /// Always `client_credentials`.
    #[schema(max_length = 100, pattern = "^client_credentials$", example = "client_credentials")]
    grant_type: String,
    /// The client's id, unless it is sent with HTTP Basic.
    #[schema(nullable = false, max_length = 100, example = "019a0000-0000-7000-8000-000000000005")]
    client_id: Option<String>,
    /// The client's secret, unless it is sent with HTTP Basic.
    #[schema(nullable = false, max_length = 200, example = "plenaria_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE")]
    client_secret: Option<String>,
    /// Scopes separated by spaces, for a token with fewer scopes than the client.
    #[schema(nullable = false, max_length = 500, example = "registrations:read")]
    scope: Option<String>,
}

/// A token (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = AccessToken)]
struct TokenBody {
    /// The access token: a JWT (RFC 9068), to be sent as a bearer token.
    #[schema(
        max_length = 2000,
        pattern = "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$",
        example = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl"
    )]
    access_token: String,
    /// Always `Bearer`.
    #[schema(max_length = 10, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the token is valid.
    #[schema(minimum = 1, maximum = 86400, example = 900)]
    expires_in: i64,
    /// The token's scopes, separated by spaces.
    #[schema(max_length = 500, example = "registrations:read registrations:write")]
    scope: String,
}

/// What issuing a token needs.
pub(crate) struct TokenIssuer {
    store: Part<Store>,
    clients: Part<ClientCache>,
    limits: Part<CallerLimits>,
    tokens: Part<AccessTokens>,
    clock: Part<Clock>,
}

group_of_parts!(TokenIssuer { store, clients, limits, tokens, clock });

/// Get a token
///
/// The client credentials grant of OAuth 2.0 (RFC 6749, section 4.4). The client sends its id and secret with HTTP Basic or in
/// the form, but not in both. Errors have OAuth's format (section 5.2). There is no `Idempotency-Key`: each request returns a
/// new token, and repeating a request is harmless.
#[utoipa::path(
    tag = "oauth",
    request_body(content = inline(TokenForm), content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = TokenBody, headers(
            ("Cache-Control" = String, description = "no-store"),
        )),
        (status = 400, description = "`invalid_request`, `unsupported_grant_type` or `invalid_scope`", body = ErrorBody),
        (status = 401, description = "`invalid_client`", body = ErrorBody, headers(
            ("WWW-Authenticate" = String, description = "The accepted authentication scheme"),
        )),
    ),
    security(("clientBasic" = []), ()),
)]
#[post("/oauth/token")]
pub(crate) async fn create_access_token(
    request: HttpRequest,
    issuer: TokenIssuer,
    query: Query<NoQuery>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    let form = match read_form(&request, payload).await {
        Ok(form) => form,
        Err(error) => return Ok(error.respond()),
    };
    match issue_token(&request, &issuer, form).await? {
        Ok(token) => Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()))
            .insert_header((header::PRAGMA, "no-cache"))
            .json(token)),
        Err(error) => Ok(error.respond()),
    }
}

async fn read_form(request: &HttpRequest, payload: web::Payload) -> Result<TokenRequest, OAuthError> {
    let mime = request.mime_type().ok().flatten();
    if mime.is_none_or(|mime| mime.essence_str() != "application/x-www-form-urlencoded") {
        return Err(OAuthError::request("The body must be of the type application/x-www-form-urlencoded."));
    }
    let received = body::read_payload(request, payload, MAX_BODY_LENGTH).await;
    let bytes = received.map_err(|_| OAuthError::request("The body is too long, or could not be read."))?;
    TokenRequest::parse(&bytes)
}

/// Verifies the client and issues a token. The inner error is OAuth's; the outer one is a server error, or too many failed
/// attempts.
async fn issue_token(
    request: &HttpRequest,
    issuer: &TokenIssuer,
    mut form: TokenRequest,
) -> Result<Result<TokenBody, OAuthError>, ApiError> {
    let now = issuer.clock.now();
    let Credentials { id, secret } = match form.credentials(request) {
        Ok(credentials) => credentials,
        Err(error) => return Ok(Err(error)),
    };
    let id = ClientId::parse(&id);
    let attempt = issuer.limits.failed_logins.begin(issuer.limits.client_address(request), id, now)?;
    let client = match id {
        Some(id) => issuer.store.client(id).await?,
        None => None,
    };
    let verified = client.filter(|(client, secrets)| secrets.accepts(&secret, now) && client.disabled_at.is_none());
    let Some((client, _)) = verified else {
        issuer.limits.failed_logins.record_failure(attempt);
        return Ok(Err(OAuthError::client()));
    };
    issuer.limits.failed_logins.record_success(attempt);
    issuer.clients.record_use(client.id, now);
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            let description = "The grant_type must be client_credentials.";
            return Ok(Err(OAuthError { code: ErrorCode::UnsupportedGrantType, description }));
        }
        None => return Ok(Err(OAuthError::request("The grant_type is missing."))),
    }
    let requested = form.scope.as_deref().map_or(Ok(client.scopes), Scopes::parse);
    let Some(scopes) = requested.ok().filter(|scopes| scopes.is_subset_of(client.scopes)) else {
        let description = "A scope does not exist, or the client does not have it.";
        return Ok(Err(OAuthError { code: ErrorCode::InvalidScope, description }));
    };
    let signing_failed = |error| ApiError::new(Code::Internal).cause(&error);
    let access_token = issuer.tokens.sign(client.id, scopes, now).map_err(signing_failed)?;
    let (expires_in, scope) = (LIFETIME.num_seconds(), scopes.to_string());
    Ok(Ok(TokenBody { access_token, token_type: "Bearer", expires_in, scope }))
}
