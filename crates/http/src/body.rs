//! Request bodies: JSON that is what the specification says, with every fault told at once.
//!
//! The good body costs one pass: it is read into its type and checked by `validator`. Only a refused one is looked at
//! again, against the type's own JSON Schema, to tell of everything that is wrong with it.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::refusal::{Fault, Refusal, ValueType, nearest, pointer_token};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use crate::problem::{ApiError, Code, Detail};
use crate::{deadline, negotiation, rules};

/// The largest body.
pub(crate) const LIMIT: usize = 256 * 1024;

/// A body's type: every field has a default, so that what is missing can be told of with all else.
pub(crate) trait Body: DeserializeOwned + Default + Validate + ToSchema {}

impl<T: DeserializeOwned + Default + Validate + ToSchema> Body for T {}

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Receives a body that must be there.
pub(crate) async fn receive(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    receive_up_to(request, payload, LIMIT).await
}

/// Receives a body that must be there, and may be so long.
pub(crate) async fn receive_up_to(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    negotiation::check_accept(request, "application/json")?;
    check_content_type(request, &[JSON])?;
    collect(request, payload, limit).await
}

/// Receives a JSON Merge Patch (RFC 7396), which may call itself plain JSON.
pub(crate) async fn receive_patch(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    negotiation::check_accept(request, "application/json")?;
    check_content_type(request, &[MERGE_PATCH, JSON])?;
    collect(request, payload, LIMIT).await
}

/// Receives a body that may be missing altogether.
pub(crate) async fn receive_optional(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, ApiError> {
    negotiation::check_accept(request, "application/json")?;
    let typed = request.headers().contains_key(header::CONTENT_TYPE);
    if typed {
        check_content_type(request, &[JSON])?;
    }
    let bytes = collect(request, payload, LIMIT).await?;
    if !typed && !bytes.is_empty() { Err(ApiError::new(Code::UnsupportedMediaType)) } else { Ok(bytes) }
}

/// One of these types, in UTF-8 if it says a charset.
fn check_content_type(request: &HttpRequest, types: &[&str]) -> Result<(), ApiError> {
    let mime = request.mime_type().ok().flatten();
    let json = mime.as_ref().is_some_and(|m| types.contains(&m.essence_str()));
    let utf8 = mime.as_ref().and_then(|m| m.get_param("charset")).is_none_or(|c| c == "utf-8");
    let plain = !request.headers().contains_key(header::CONTENT_ENCODING);
    if json && utf8 && plain { Ok(()) } else { Err(ApiError::new(Code::UnsupportedMediaType)) }
}

/// Receives at most so many bytes, of whatever type.
pub(crate) async fn collect(request: &HttpRequest, payload: web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || ApiError::new(Code::PayloadTooLarge);
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let unreadable = |_| ApiError::new(Code::MalformedRequest).detail(Detail::BodyUnreadable);
    deadline::put_off(request, PATIENCE);
    let received = tokio::time::timeout(PATIENCE, payload.to_bytes_limited(limit)).await;
    deadline::put_off(request, Duration::ZERO);
    let received = received.map_err(|_| ApiError::new(Code::RequestTimeout))?;
    received.map_err(|_| too_large())?.map_err(unreadable)
}

/// Reads a body that may be missing: then it is as good as an empty object.
pub(crate) fn parse_optional<T: Body>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.is_empty() { Ok(T::default()) } else { parse(bytes, |_| Vec::new()) }
}

/// Reads a body. The faults that need more than the body to be seen are for `further` to find, so that all are told
/// together.
pub(crate) fn parse<T: Body>(bytes: &[u8], further: impl Fn(&T) -> Vec<Fault>) -> Result<T, ApiError> {
    // serde takes an array for a struct; a body is an object.
    let is_object = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let read = if is_object { serde_json::from_slice::<T>(bytes).ok() } else { None };
    if let Some(body) = read
        && body.validate().is_ok()
        && further(&body).is_empty()
    {
        return Ok(body);
    }
    Err(explain(bytes, further))
}

/// Everything that is wrong with a refused body.
fn explain<T: Body>(bytes: &[u8], further: impl Fn(&T) -> Vec<Fault>) -> ApiError {
    let mut value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = Detail::NotJson { cut_off: error.is_eof(), line, column };
            return ApiError::new(Code::MalformedRequest).detail(detail);
        }
    };
    let mut faults = structural(&T::schema(), &value);
    if let Value::Object(map) = &mut value {
        let faulty = |name: &String| faults.iter().any(|f| top(&f.pointer) == pointer_token(name));
        map.retain(|name, _| !faulty(name));
        // Without its faulty fields the body can be read, and the others be checked.
        match serde_json::from_value::<T>(value) {
            Ok(body) => {
                let mut semantic = Vec::new();
                if let Err(errors) = body.validate() {
                    let Some(faults) = rules::faults(&errors) else {
                        return ApiError::new(Code::Internal).cause(&errors);
                    };
                    semantic = faults;
                }
                semantic.extend(further(&body));
                // What the schema has refused was left out, so that its absence is no second fault.
                semantic.retain(|fault| !faults.iter().any(|f| top(&f.pointer) == top(&fault.pointer)));
                faults.extend(semantic);
            }
            Err(error) if faults.is_empty() => {
                return ApiError::new(Code::MalformedRequest).cause(&error).detail(Detail::BodyUnreadable);
            }
            Err(_) => {}
        }
    }
    if faults.is_empty() {
        // Well-formed and faultless, and refused all the same: a name that stands there twice.
        return ApiError::new(Code::MalformedRequest).detail(Detail::FieldTwice);
    }
    ApiError::validation(faults)
}

/// The first token of a pointer.
fn top(pointer: &str) -> &str {
    pointer.strip_prefix('/').and_then(|p| p.split('/').next()).unwrap_or_default()
}

/// What the schema finds: missing, unknown, of another type, too long.
fn structural(schema: &utoipa::openapi::RefOr<utoipa::openapi::Schema>, value: &Value) -> Vec<Fault> {
    let Ok(schema) = serde_json::to_value(schema) else { return Vec::new() };
    let Ok(validator) = jsonschema::draft202012::options().build(&schema) else { return Vec::new() };
    let known: Vec<&str> =
        schema["properties"].as_object().map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default();
    let mut faults = Vec::new();
    for error in validator.iter_errors(value) {
        faults.extend(refusals(&error, &known).into_iter().map(|(pointer, refusal)| Fault { pointer, refusal }));
    }
    faults
}

fn refusals(error: &jsonschema::ValidationError<'_>, known: &[&str]) -> Vec<(String, Refusal)> {
    use jsonschema::error::ValidationErrorKind as Kind;
    let at = error.instance_path().as_str().to_owned();
    let below = |name: &str| format!("{at}/{}", pointer_token(name));
    match error.kind() {
        Kind::Required { property } => vec![(below(property.as_str().unwrap_or_default()), Refusal::Required)],
        Kind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
                (below(name), Refusal::UnknownField { nearest })
            })
            .collect(),
        Kind::Type { .. } if error.instance().is_null() && !at.is_empty() => vec![(at, Refusal::Required)],
        Kind::Type { kind } => vec![(at, Refusal::Type { expected: expected(kind) })],
        // Lengths, patterns and values are said better by the rules themselves.
        _ => Vec::new(),
    }
}

fn expected(kind: &jsonschema::error::TypeKind) -> ValueType {
    let name = match kind {
        jsonschema::error::TypeKind::Single(one) => one.to_string(),
        jsonschema::error::TypeKind::Multiple(all) => {
            all.iter().map(|t| t.to_string()).find(|t| t != "null").unwrap_or_default()
        }
    };
    match name.as_str() {
        "string" => ValueType::String,
        "boolean" => ValueType::Boolean,
        "integer" => ValueType::WholeNumber,
        "number" => ValueType::Number,
        "array" => ValueType::List,
        _ => ValueType::Object,
    }
}
