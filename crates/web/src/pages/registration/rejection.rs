//! Why the API did not do what a form of these pages asked for.

use actix_web::http::StatusCode;
use plenaria_http::in_process::ApiResponse;
use plenaria_locale::words::Words;
use serde_json::Value as Json;

use crate::errors::PageError;

/// Why the API did not do what a form asked for.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The token has expired, or was replaced.
    InvalidToken,
    /// The registration does not exist.
    NotFound,
    /// The state of the registration or of its event does not allow it; a sentence says why.
    Conflict(String),
    /// The validation errors, as a problem document lists them.
    Invalid(Vec<Json>),
    /// The same form may succeed later; a sentence for people.
    Later(StatusCode, String),
}

impl Rejection {
    /// The reason in an unsuccessful response; `None` if it is successful.
    ///
    /// # Errors
    /// The response is one that these pages never cause.
    pub(crate) fn of(response: &ApiResponse, words: &Words) -> Result<Option<Self>, PageError> {
        let status = response.status;
        if status.is_success() {
            return Ok(None);
        }
        let mut problem: Json = response.json()?;
        let text = |name: &str| problem[name].as_str().map(str::to_owned);
        Ok(Some(match status {
            StatusCode::UNAUTHORIZED => Self::InvalidToken,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::CONFLICT => Self::Conflict(text("detail").or_else(|| text("title")).unwrap_or_default()),
            StatusCode::UNPROCESSABLE_ENTITY => match problem["errors"].take() {
                Json::Array(errors) => Self::Invalid(errors),
                _ => return Err(Self::unexpected(response)),
            },
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds = problem["retry_after"].as_u64().unwrap_or(60).to_string();
                Self::Later(status, words.manage.too_many_requests.replace("{seconds}", &seconds))
            }
            _ if status.is_server_error() => Self::Later(status, words.manage.unavailable.to_owned()),
            _ => return Err(Self::unexpected(response)),
        }))
    }

    fn unexpected(response: &ApiResponse) -> PageError {
        match PageError::check(response) {
            Err(error) => error,
            Ok(()) => PageError::NOT_FOUND,
        }
    }
}

/// The sentence about the field with this pointer.
pub(crate) fn error_of<'a>(errors: &'a [Json], pointer: &str) -> Option<&'a str> {
    errors.iter().find(|error| error["pointer"] == pointer)?["detail"].as_str()
}
