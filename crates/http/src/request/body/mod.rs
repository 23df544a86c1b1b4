//! Receives and validates JSON request bodies; the error lists all validation errors at once.
//!
//! A valid body takes one pass: it is deserialised and checked by `validator`. Only an invalid one is read again,
//! against the fields of the type's schema, to list all its errors. Both take time proportional
//! to the body's length, since nothing can interrupt a worker that computes.

mod distinct;
mod fields;
mod shape;

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::validation::{FieldError, InvalidValue, ValueType};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use crate::problem::{ApiError, Code, Detail};
use crate::request::body::fields::{Fields, Unreadable};
use crate::request::body::shape::Shape;
use crate::request::{deadline, negotiation, validation};

pub(crate) use crate::request::body::distinct::{object as distinct_object, optional_value as distinct_value};

/// The largest body, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// The type of a body. Every field has a default, so that missing fields can be reported together with the other
/// errors.
pub(crate) trait RequestBody: DeserializeOwned + Default + Validate + ToSchema + 'static {}

impl<T: DeserializeOwned + Default + Validate + ToSchema + 'static> RequestBody for T {}

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// How long a body may take to arrive.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(20);

/// Receives a required JSON body of at most [`MAX_BYTES`].
pub(crate) async fn receive(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    receive_up_to(request, payload, MAX_BYTES).await
}

/// Receives a required JSON body of at most `limit` bytes.
pub(crate) async fn receive_up_to(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    receive_typed(request, payload, &[JSON], limit).await
}

/// Receives a required body of at most `limit` bytes that has one of these media types. The response is JSON.
pub(crate) async fn receive_typed(
    request: &HttpRequest,
    payload: web::Payload,
    types: &[&str],
    limit: usize,
) -> Result<Bytes, ApiError> {
    negotiation::check_accept(request, JSON)?;
    check_content_type(request, types)?;
    read_payload(request, payload, limit).await
}

/// Receives a JSON Merge Patch (RFC 7396); its `Content-Type` may also be plain JSON.
pub(crate) async fn receive_patch(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    receive_typed(request, payload, &[MERGE_PATCH, JSON], MAX_BYTES).await
}

/// Receives an optional JSON body; empty bytes if there is none.
pub(crate) async fn receive_optional(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    negotiation::check_accept(request, "application/json")?;
    let has_content_type = request.headers().contains_key(header::CONTENT_TYPE);
    if has_content_type {
        check_content_type(request, &[JSON])?;
    }
    let bytes = read_payload(request, payload, MAX_BYTES).await?;
    if !has_content_type && !bytes.is_empty() { Err(ApiError::new(Code::UnsupportedMediaType)) } else { Ok(bytes) }
}

/// Receives the body of a page's form.
pub(crate) async fn receive_form(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    check_content_type(request, &["application/x-www-form-urlencoded"])?;
    read_payload(request, payload, MAX_BYTES).await
}

/// Reads no body, for operations without one; empty bytes.
pub(crate) async fn receive_none(request: &HttpRequest, _: web::Payload) -> Result<Bytes, ApiError> {
    negotiation::check_accept(request, JSON)?;
    Ok(Bytes::new())
}

/// 415 unless the body has one of these types, in UTF-8 (or without a charset), and no content coding.
fn check_content_type(request: &HttpRequest, types: &[&str]) -> Result<(), ApiError> {
    let mime = request.mime_type().ok().flatten();
    let has_type = mime.as_ref().is_some_and(|mime| types.contains(&mime.essence_str()));
    let is_utf8 = mime.as_ref().and_then(|mime| mime.get_param("charset")).is_none_or(|charset| charset == "utf-8");
    let is_uncoded = !request.headers().contains_key(header::CONTENT_ENCODING);
    if has_type && is_utf8 && is_uncoded { Ok(()) } else { Err(ApiError::new(Code::UnsupportedMediaType)) }
}

/// Receives a body of any type of at most `limit` bytes. The request's deadline is extended while the body arrives.
pub(crate) async fn read_payload(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::new(Code::PayloadTooLarge);
    let content_length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if content_length.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let unreadable = |_| ApiError::new(Code::MalformedRequest).detail(Detail::BodyUnreadable);
    deadline::extend(request, BODY_READ_TIMEOUT);
    let received = tokio::time::timeout(BODY_READ_TIMEOUT, payload.to_bytes_limited(limit)).await;
    deadline::extend(request, Duration::ZERO);
    let received = received.map_err(|_| ApiError::new(Code::RequestTimeout))?;
    received.map_err(|_| too_large())?.map_err(unreadable)
}

/// Parses a body; empty bytes are equivalent to an empty object.
pub(crate) fn parse_optional<T: RequestBody>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.is_empty() { Ok(T::default()) } else { parse(bytes, |_| Vec::new()) }
}

/// Parses and validates a body. `more_errors` finds the errors for which the body alone is not enough, so that all are
/// reported together.
pub(crate) fn parse<T: RequestBody>(bytes: &[u8], more_errors: impl Fn(&T) -> Vec<FieldError>) -> Result<T, ApiError> {
    // serde also reads a struct from an array, but a body must be an object.
    let is_object = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let parsed = if is_object { serde_json::from_slice::<T>(bytes).ok() } else { None };
    if let Some(body) = parsed
        && body.validate().is_ok()
        && more_errors(&body).is_empty()
    {
        return Ok(body);
    }
    Err(all_errors(bytes, more_errors))
}

/// All errors of an invalid body.
///
/// The time is proportional to the length of the body, whatever its content: unknown fields are counted, and only
/// the first ones are listed (`docs/decisions/0004-request-bodies.md`).
fn all_errors<T: RequestBody>(bytes: &[u8], more_errors: impl Fn(&T) -> Vec<FieldError>) -> ApiError {
    let shape = Shape::of::<T>();
    let fields = match Fields::read(bytes, &shape) {
        Ok(fields) => fields,
        Err(Unreadable::DuplicateField) => return ApiError::new(Code::MalformedRequest).detail(Detail::DuplicateField),
        Err(Unreadable::NotAnObject) => {
            let error = InvalidValue::Type { expected: ValueType::Object };
            return ApiError::validation(vec![FieldError::new("", error)]);
        }
        Err(Unreadable::NotJson) => return syntax_error(bytes),
    };
    let mut errors = fields.errors(&shape);
    // Without the fields that have errors the body can be parsed, and the other fields can be validated.
    let parsed = match serde_json::from_str::<T>(&fields.valid_json(&shape)) {
        Ok(body) => body,
        // Every field has the right type, so a name occurs twice inside one of them.
        Err(_) if errors.is_empty() => return ApiError::new(Code::MalformedRequest).detail(Detail::DuplicateField),
        Err(_) => return ApiError::validation_with_unlisted(errors, fields.unlisted()),
    };
    let mut rule_errors = Vec::new();
    if let Err(validator_errors) = parsed.validate() {
        let Some(field_errors) = validation::from_validator_errors(&validator_errors) else {
            return ApiError::new(Code::Internal).cause(&validator_errors);
        };
        rule_errors = field_errors;
    }
    rule_errors.extend(more_errors(&parsed));
    // A field with an error was left out of the parsed body; its absence must not be a second error.
    rule_errors.retain(|error| !fields.has_errors(&shape, first_token(&error.pointer)));
    errors.extend(rule_errors);
    if errors.is_empty() {
        return ApiError::new(Code::MalformedRequest).detail(Detail::BodyUnreadable);
    }
    ApiError::validation_with_unlisted(errors, fields.unlisted())
}

/// Parses a body as a JSON value without duplicate names.
pub(crate) fn parse_value(bytes: &[u8]) -> Result<Value, ApiError> {
    distinct::value(bytes).map_err(|error| {
        // A syntax error belongs to another category.
        if error.is_data() {
            ApiError::new(Code::MalformedRequest).detail(Detail::DuplicateField)
        } else {
            syntax_error(bytes)
        }
    })
}

/// The position of the syntax error in a body that is not JSON.
fn syntax_error(bytes: &[u8]) -> ApiError {
    let malformed = ApiError::new(Code::MalformedRequest);
    match serde_json::from_slice::<Value>(bytes) {
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            malformed.detail(Detail::NotJson { cut_off: error.is_eof(), line, column })
        }
        Ok(_) => malformed.detail(Detail::BodyUnreadable),
    }
}

/// The first token of a JSON Pointer.
fn first_token(pointer: &str) -> &str {
    pointer.strip_prefix('/').and_then(|p| p.split('/').next()).unwrap_or_default()
}
