//! Publishes the keys that verify our tokens (RFC 7517) and the authorization server's metadata (RFC 8414).

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::public_url::PublicUrl;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::AccessTokens;
use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::Caching;
use crate::state_part::Part;

/// One public key (RFC 8037, section 2).
#[derive(ToSchema)]
#[schema(as = JsonWebKey)]
#[allow(dead_code, reason = "only its schema is used")]
struct KeyBody {
    /// Always `OKP`.
    #[schema(max_length = 10, pattern = "^OKP$", example = "OKP")]
    kty: String,
    /// Always `Ed25519`.
    #[schema(max_length = 10, pattern = "^Ed25519$", example = "Ed25519")]
    crv: String,
    /// Always `sig`.
    #[schema(rename = "use", max_length = 10, pattern = "^sig$", example = "sig")]
    usage: String,
    /// Always `EdDSA`.
    #[schema(max_length = 10, pattern = "^EdDSA$", example = "EdDSA")]
    alg: String,
    /// The key's id, which tokens have in their headers.
    #[schema(
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$",
        example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    )]
    kid: String,
    /// The public key.
    #[schema(
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$",
        example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    )]
    x: String,
}

/// The public keys of our tokens.
#[derive(ToSchema)]
#[schema(as = JsonWebKeySet)]
#[allow(dead_code, reason = "only its schema is used")]
struct KeySetBody {
    /// The current key, and the one before it while it still verifies.
    #[schema(max_items = 10)]
    keys: Vec<KeyBody>,
}

/// Metadata of the authorization server (RFC 8414, section 2).
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationServer)]
struct ServerBody {
    /// The issuer of tokens, which is `iss` in them.
    #[schema(format = "uri", example = "https://api.plenaria.example.org")]
    issuer: String,
    /// The URL of the token endpoint.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/oauth/token")]
    token_endpoint: String,
    /// The URL of the public keys.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/.well-known/jwks.json")]
    jwks_uri: String,
    /// All scopes.
    #[schema(max_items = 100, example = json!(["registrations:read"]))]
    scopes_supported: Vec<&'static str>,
    /// Empty, because there is no authorization endpoint.
    #[schema(max_items = 100, example = json!([]))]
    response_types_supported: Vec<&'static str>,
    /// The only grant type.
    #[schema(max_items = 100, example = json!(["client_credentials"]))]
    grant_types_supported: Vec<&'static str>,
    /// How a client may send its secret.
    #[schema(max_items = 100, example = json!(["client_secret_basic", "client_secret_post"]))]
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// The URL of the documentation.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/docs")]
    service_documentation: String,
}

/// Read the keys
///
/// The public keys that verify our access tokens (RFC 7517). A token names its key with `kid`.
#[utoipa::path(
    tag = "oauth",
    responses((status = 200, description = "The keys", body = KeySetBody)),
    security(()),
)]
#[get("/.well-known/jwks.json")]
pub(crate) async fn read_keys(tokens: Part<AccessTokens>, query: Query<NoQuery>) -> Result<HttpResponse, ApiError> {
    query.read()?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, Caching::Release.header())).json(tokens.key_set()))
}

/// Read the authorization server's metadata
///
/// What OAuth libraries need to request tokens (RFC 8414).
#[utoipa::path(
    tag = "oauth",
    responses((status = 200, description = "The metadata", body = ServerBody)),
    security(()),
)]
#[get("/.well-known/oauth-authorization-server")]
pub(crate) async fn read_authorization_server(
    public_url: Part<PublicUrl>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    let base: &str = &public_url;
    let body = ServerBody {
        issuer: base.to_owned(),
        token_endpoint: format!("{base}/oauth/token"),
        jwks_uri: format!("{base}/.well-known/jwks.json"),
        scopes_supported: Scope::ALL.iter().map(|scope| scope.as_str()).collect(),
        response_types_supported: Vec::new(),
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post"],
        service_documentation: format!("{base}/docs"),
    };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, Caching::Release.header())).json(body))
}
