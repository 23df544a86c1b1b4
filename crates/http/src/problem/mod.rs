//! Problems (RFC 9457): the one format of every error response. An [`ApiError`] holds no text: it is rendered in the
//! caller's language when the response is made.

mod api_error;
mod code;
mod detail;
mod language;
mod pages;
mod response;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use api_error::ApiError;
pub(crate) use code::Code;
pub(crate) use detail::{Detail, ParameterError};
pub(crate) use pages::explain;
pub(crate) use response::{FieldErrorBody, ProblemBody, document, render};
