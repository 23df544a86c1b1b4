//! What went wrong, as a page.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::ApiResponse;
use plenaria_http::pages::ErrorLanguage;
use plenaria_http::response::representation::Caching;

/// Why a page cannot be shown.
#[derive(Clone, Debug)]
pub(crate) struct PageError {
    status: StatusCode,
    /// The language of the page that browsers get; `None`: the one that they prefer.
    language: Option<MessageLanguage>,
    /// Where the page is now.
    moved_to: Option<String>,
}

impl PageError {
    /// The page does not exist.
    pub(crate) const NOT_FOUND: Self = Self { status: StatusCode::NOT_FOUND, language: None, moved_to: None };

    /// The error of an unexpected response of the API; its status is that of the page.
    pub(crate) fn check(response: &ApiResponse) -> Result<(), Self> {
        if response.status.is_success() {
            return Ok(());
        }
        Err(Self { status: response.status, ..Self::NOT_FOUND })
    }

    /// The page is at another path.
    pub(crate) fn moved(path: String) -> Self {
        Self { status: StatusCode::PERMANENT_REDIRECT, moved_to: Some(path), ..Self::NOT_FOUND }
    }

    /// The same error for a path below the page, which has moved with it.
    pub(crate) fn below(self, part: &str) -> Self {
        let below = |path: String| match path.split_once('?') {
            Some((path, query)) => format!("{path}/{part}?{query}"),
            None => format!("{path}/{part}"),
        };
        Self { moved_to: self.moved_to.map(below), ..self }
    }

    /// The same error, said in this language.
    pub(crate) fn in_language(self, language: MessageLanguage) -> Self {
        Self { language: Some(language), ..self }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page responds {}", self.status)
    }
}

impl From<actix_web::Error> for PageError {
    fn from(error: actix_web::Error) -> Self {
        let status = error.as_response_error().status_code();
        if status.is_server_error() {
            tracing::error!(%error, "a page failed");
        }
        Self { status, ..Self::NOT_FOUND }
    }
}

impl From<minijinja::Error> for PageError {
    fn from(error: minijinja::Error) -> Self {
        tracing::error!(error = %error.kind(), template = error.name(), line = error.line(), "a page's template failed");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::NOT_FOUND }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status);
        if let Some(path) = self.moved_to.as_deref().and_then(|path| HeaderValue::from_str(path).ok()) {
            response.headers_mut().insert(header::LOCATION, path);
            // It is a permanent redirect, but an event can be renamed again.
            response.headers_mut().insert(header::CACHE_CONTROL, Caching::Page.header());
        }
        // The middleware makes the page.
        if let Some(language) = self.language {
            response.extensions_mut().insert(ErrorLanguage(language));
        }
        response
    }
}
