//! The error type of all handlers, and its stored form.

use actix_web::http::header::{HeaderName, HeaderValue};
use plenaria_domain::validation::{FieldError, InvalidValue, MAX_LISTED};
use plenaria_domain::values::slug::Slug;
use plenaria_formats::definition_files::{LocatedError, Position};
use plenaria_persistence::StoreError;
use serde_json::Value;

use super::code::Code;
use super::detail::{Detail, ParameterError};
use super::facts::Facts;

/// An error that becomes a problem document. The caller sees everything but the cause, which only the log has.
#[derive(Debug)]
pub(crate) struct ApiError(pub(in crate::problem) Box<Parts>);

#[derive(Debug)]
pub(in crate::problem) struct Parts {
    pub(in crate::problem) code: Code,
    pub(in crate::problem) detail: Option<Detail>,
    pub(in crate::problem) field_errors: Vec<FieldError>,
    /// The positions of the validation errors in the body, in the same order; empty unless the body is YAML.
    pub(in crate::problem) positions: Vec<Position>,
    /// The slug to which the request is redirected, because its path has a former one.
    moved_to: Option<Slug>,
    /// Whether there are more validation errors than `field_errors` lists.
    pub(in crate::problem) truncated: bool,
    /// Members of the document for programs, such as `opens_at`.
    pub(in crate::problem) facts: Facts,
    pub(in crate::problem) headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

impl ApiError {
    pub(crate) fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            detail: None,
            field_errors: Vec::new(),
            positions: Vec::new(),
            moved_to: None,
            truncated: false,
            facts: Facts::default(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// Adds what is wrong in this particular case.
    pub(crate) fn detail(mut self, detail: Detail) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// Sets a member for programs of the document.
    pub(crate) fn fact(mut self, set: impl FnOnce(&mut Facts)) -> Self {
        set(&mut self.0.facts);
        self
    }

    /// Adds a header to the response.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Adds the cause, with its sources, for the log.
    pub(crate) fn cause(mut self, cause: &dyn std::error::Error) -> Self {
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        self.0.cause = Some(text);
        self
    }

    /// The same error, for another request that waited for the same work: its code and its cause.
    pub(crate) fn shared(&self) -> Self {
        let mut error = Self::new(self.0.code);
        error.0.cause.clone_from(&self.0.cause);
        error
    }

    pub(crate) fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// The event in the path has this slug now. The middleware redirects to it; where it cannot, as in a part of a
    /// batch, the event is not found.
    pub(crate) fn moved(slug: &Slug) -> Self {
        let mut error = Self::not_found();
        error.0.moved_to = Some(slug.clone());
        error
    }

    /// The slug to redirect to, if the path has a former one.
    pub(crate) fn moved_to(&self) -> Option<&Slug> {
        self.0.moved_to.as_ref()
    }

    /// An error in a query parameter.
    pub(crate) fn parameter(name: &str, error: ParameterError) -> Self {
        Self::new(Code::InvalidParameter).detail(Detail::Parameter { name: name.to_owned(), error })
    }

    /// An invalid value of a query parameter.
    pub(crate) fn invalid_parameter(name: &str, error: InvalidValue) -> Self {
        Self::parameter(name, ParameterError::InvalidValue(error))
    }

    /// The validation errors of a body. The document lists at most [`MAX_LISTED`] of them and counts all.
    pub(crate) fn validation(errors: Vec<FieldError>) -> Self {
        Self::validation_with_unlisted(errors, 0)
    }

    /// Like [`Self::validation`]; `unlisted` more errors were counted without being recorded.
    pub(crate) fn validation_with_unlisted(errors: Vec<FieldError>, unlisted: usize) -> Self {
        let mut error = Self::new(Code::ValidationFailed).detail(Detail::Fields(errors.len() + unlisted));
        error.0.truncated = unlisted > 0;
        error.0.field_errors = errors;
        error.limit_field_errors(MAX_LISTED)
    }

    /// Like [`Self::validation`], for a body in which the errors have positions.
    pub(crate) fn located_validation(errors: Vec<LocatedError>) -> Self {
        let (errors, positions) = errors.into_iter().map(|located| (located.error, located.position)).unzip();
        let mut error = Self::validation(errors);
        error.0.positions = positions;
        error
    }

    /// Drops the validation errors after the first `max`.
    pub(crate) fn limit_field_errors(mut self, max: usize) -> Self {
        self.0.truncated |= self.0.field_errors.len() > max;
        self.0.field_errors.truncate(max);
        self
    }

    /// The listed validation errors.
    pub(crate) fn field_errors(&self) -> &[FieldError] {
        &self.0.field_errors
    }

    /// Replaces each listed validation error.
    pub(crate) fn map_field_errors(mut self, map: impl Fn(FieldError) -> FieldError) -> Self {
        self.0.field_errors = self.0.field_errors.into_iter().map(map).collect();
        self
    }

    /// The stored form of the error: its code, its detail and its facts, as JSON.
    pub(crate) fn to_stored(&self) -> String {
        let detail = self.0.detail.as_ref().and_then(|detail| serde_json::to_value(detail).ok());
        serde_json::json!({ "code": self.0.code.as_str(), "detail": detail, "facts": self.0.facts }).to_string()
    }

    /// Reads the stored form. What cannot be read is left out; without a code the error is a `conflict`.
    pub(crate) fn from_stored(stored: &str) -> Self {
        let mut stored: Value = serde_json::from_str(stored).unwrap_or_default();
        let mut error = Self::new(stored["code"].as_str().and_then(Code::parse).unwrap_or(Code::Conflict));
        error.0.detail = stored.get_mut("detail").and_then(|detail| serde_json::from_value(detail.take()).ok());
        let facts = stored.get_mut("facts").and_then(|facts| serde_json::from_value(facts.take()).ok());
        error.0.facts = facts.unwrap_or_default();
        error
    }

    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    /// Whether the same request may succeed later without any other action of the caller.
    pub(crate) fn is_retryable(&self) -> bool {
        let by_detail = self.0.detail.as_ref().and_then(Detail::is_retryable);
        by_detail.unwrap_or_else(|| self.0.code.is_retryable())
    }

    /// The cause and its sources, joined with colons; for the log only.
    pub(crate) fn logged_cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
}

impl From<&StoreError> for ApiError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::new(Code::DatabaseUnavailable).cause(error),
            StoreError::Retryable(_) => Self::new(Code::Overloaded).cause(error),
            StoreError::Conflict(_) => Self::new(Code::Conflict).detail(Detail::ConcurrentChange).cause(error),
            StoreError::Corrupt { .. } | StoreError::Db(_) => Self::new(Code::Internal).cause(error),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code.as_str())
    }
}
