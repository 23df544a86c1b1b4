//! Problems (RFC 9457): the one shape of every error. They hold no prose: the words come when they are rendered, in the
//! caller's language.

mod code;
mod detail;
mod language;
mod pages;
mod response;
mod texts;

use actix_web::http::header::{HeaderName, HeaderValue};
use plenaria_domain::refusal::{Fault, MOST_LISTED, Refusal};
use plenaria_persistence::StoreError;
use serde_json::{Map, Value};

pub(crate) use code::Code;
pub(crate) use detail::{Detail, WrongParameter};
pub(crate) use language::keep as keep_language;
pub(crate) use pages::show as show_page;
pub(crate) use response::{FieldFault, ProblemBody, document, render};

/// An error on its way to the caller. What it shows is said on purpose; the cause goes to the log alone.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    detail: Option<Detail>,
    errors: Vec<Fault>,
    /// Whether there are more faults than those.
    truncated: bool,
    facts: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

impl ApiError {
    pub(crate) fn new(code: Code) -> Self {
        Self(Box::new(Parts {
            code,
            detail: None,
            errors: Vec::new(),
            truncated: false,
            facts: Map::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// Says what is wrong in this very case.
    pub(crate) fn detail(mut self, detail: Detail) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// Adds a fact that programs need.
    pub(crate) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Keeps the cause for the log.
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

    pub(crate) fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// A query parameter that cannot be read.
    pub(crate) fn parameter(name: &str, wrong: WrongParameter) -> Self {
        Self::new(Code::InvalidParameter).detail(Detail::Parameter { name: name.to_owned(), wrong })
    }

    /// A query parameter with a refused value.
    pub(crate) fn refused_parameter(name: &str, refusal: Refusal) -> Self {
        Self::parameter(name, WrongParameter::Refused(refusal))
    }

    /// All the faults of a body; of very many, their number and the first ones.
    pub(crate) fn validation(errors: Vec<Fault>) -> Self {
        Self::validation_of(errors, 0)
    }

    /// The same, where so many more faults were counted without being looked at.
    pub(crate) fn validation_of(errors: Vec<Fault>, unlisted: usize) -> Self {
        let mut error = Self::new(Code::ValidationFailed).detail(Detail::Fields(errors.len() + unlisted));
        error.0.truncated = unlisted > 0;
        error.0.errors = errors;
        error.list_at_most(MOST_LISTED)
    }

    /// The same error with at most so many of its faults.
    pub(crate) fn list_at_most(mut self, most: usize) -> Self {
        self.0.truncated |= self.0.errors.len() > most;
        self.0.errors.truncate(most);
        self
    }

    /// The faults of a body, if that is what is wrong.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.0.errors
    }

    /// The same error with other faults.
    pub(crate) fn map_faults(mut self, map: impl Fn(Fault) -> Fault) -> Self {
        self.0.errors = self.0.errors.into_iter().map(map).collect();
        self
    }

    /// The error as it is kept to be told again: its code and its facts.
    pub(crate) fn record(&self) -> String {
        serde_json::json!({ "code": self.0.code.as_str(), "facts": self.0.facts }).to_string()
    }

    /// The error of a record.
    pub(crate) fn from_record(record: &str) -> Self {
        let mut record: Value = serde_json::from_str(record).unwrap_or_default();
        let mut error = Self::new(record["code"].as_str().and_then(Code::parse).unwrap_or(Code::Conflict));
        if let Value::Object(facts) = record["facts"].take() {
            error.0.facts = facts;
        }
        error
    }

    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    pub(crate) fn logged_cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
}

impl From<&StoreError> for ApiError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::new(Code::DatabaseUnavailable).cause(error),
            StoreError::Retryable(_) => Self::new(Code::Overloaded).cause(error),
            StoreError::Conflict(_) => Self::new(Code::Conflict).cause(error),
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
