//! OAuth errors (RFC 6749, section 5.2). They are not problem documents, because OAuth libraries parse them.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::request::context::SkipProblemDocument;
use crate::response::representation::Caching;

/// Why a token request was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OAuthErrorCode)]
pub(crate) enum ErrorCode {
    /// A parameter is missing, malformed or repeated.
    InvalidRequest,
    /// The client does not exist, or its secret is wrong.
    InvalidClient,
    /// The grant type is not `client_credentials`.
    UnsupportedGrantType,
    /// A scope does not exist, or the client does not have it.
    InvalidScope,
}

/// An OAuth error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) code: ErrorCode,
    /// The cause, in ASCII without quotes and backslashes, as the RFC requires; therefore only in English.
    pub(crate) description: &'static str,
}

/// An OAuth 2.0 error (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub(crate) struct ErrorBody {
    /// The kind of error.
    error: ErrorCode,
    /// The cause of this error, in English.
    #[schema(
        max_length = 300,
        pattern = "^[ -!#-\\[\\]-~]*$",
        example = "The client is not known or its secret is wrong."
    )]
    error_description: &'static str,
}

impl OAuthError {
    pub(crate) const fn request(description: &'static str) -> Self {
        Self { code: ErrorCode::InvalidRequest, description }
    }

    /// The credentials are wrong. The error does not say whether the id or the secret is.
    pub(crate) const fn client() -> Self {
        Self { code: ErrorCode::InvalidClient, description: "The client is not known or its secret is wrong." }
    }

    /// The error response, marked so that the middleware leaves it unchanged.
    pub(crate) fn respond(self) -> HttpResponse {
        let mut response = match self.code {
            ErrorCode::InvalidClient => {
                let mut response = HttpResponse::Unauthorized();
                response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"plenaria\""));
                response
            }
            _ => HttpResponse::BadRequest(),
        };
        response.insert_header((header::CACHE_CONTROL, Caching::NoStore.header()));
        response.insert_header((header::PRAGMA, "no-cache"));
        let mut response = response.json(ErrorBody { error: self.code, error_description: self.description });
        response.extensions_mut().insert(SkipProblemDocument);
        response
    }
}
