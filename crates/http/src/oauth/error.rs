//! OAuth's own errors (RFC 6749, section 5.2): not problem documents, because OAuth's libraries read these.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::OwnForm;
use crate::representation::Caching;

/// What went wrong with the request for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OAuthErrorCode)]
pub(super) enum ErrorCode {
    /// Something is missing, malformed, or stands there twice.
    InvalidRequest,
    /// There is no such client, or the secret is wrong.
    InvalidClient,
    /// Another grant than client credentials.
    UnsupportedGrantType,
    /// A scope that does not exist, or that the client does not have.
    InvalidScope,
}

/// An error of OAuth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) code: ErrorCode,
    /// What is wrong, in ASCII without quotes and backslashes, as the RFC asks; so in English alone.
    pub(super) description: &'static str,
}

/// An error of OAuth 2.0 (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub(super) struct ErrorBody {
    /// What went wrong.
    error: ErrorCode,
    /// What is wrong in this very case, in English.
    #[schema(
        max_length = 300,
        pattern = "^[ -!#-\\[\\]-~]*$",
        example = "The client is not known or its secret is wrong."
    )]
    error_description: &'static str,
}

impl OAuthError {
    pub(super) const fn request(description: &'static str) -> Self {
        Self { code: ErrorCode::InvalidRequest, description }
    }

    /// Which half of the credentials is wrong is nobody's business.
    pub(super) const fn client() -> Self {
        Self { code: ErrorCode::InvalidClient, description: "The client is not known or its secret is wrong." }
    }

    /// The answer, which the envelope leaves as it is.
    pub(super) fn respond(self) -> HttpResponse {
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
        response.extensions_mut().insert(OwnForm);
        response
    }
}
