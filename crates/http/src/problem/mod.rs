//! Problems (RFC 9457): the one format of every error response. An [`ApiError`] holds no text: it is rendered in the
//! caller's language when the response is made.

pub(crate) mod api_error;
pub(crate) mod code;
mod detail;
pub(crate) mod examples;
mod facts;
pub(crate) mod language;
mod reasons;
mod response;
pub(crate) mod schemas;
#[cfg(test)]
mod tests;
pub(crate) mod texts;

pub(crate) use api_error::ApiError;
pub(crate) use code::Code;
pub(crate) use detail::{Detail, ParameterError};
pub(crate) use response::{document, render};
