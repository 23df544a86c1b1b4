//! Why the API did not do what the form of a registration's page asked for.

use actix_web::http::{StatusCode, header};
use plenaria_http::in_process::ApiResponse;
use plenaria_locale::words::Words;

use crate::errors::PageError;
use crate::form::problem::Problem;

/// Why the API did not do what a form asked for.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The token has expired, or was replaced.
    InvalidToken,
    /// The registration does not exist.
    NotFound,
    /// The state of the registration or of its event does not allow it.
    Conflict(Problem),
    /// What was entered is not valid.
    Invalid(Problem),
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
        let problem = Problem::of(response)?;
        Ok(Some(match status {
            StatusCode::UNAUTHORIZED => Self::InvalidToken,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::CONFLICT => Self::Conflict(problem),
            StatusCode::UNPROCESSABLE_ENTITY => Self::Invalid(problem),
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds =
                    response.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or("60");
                Self::Later(status, words.manage.too_many_requests.replace("{seconds}", seconds))
            }
            _ if status.is_server_error() => Self::Later(status, words.manage.unavailable.to_owned()),
            _ => {
                PageError::check(response)?;
                return Ok(None);
            }
        }))
    }
}
