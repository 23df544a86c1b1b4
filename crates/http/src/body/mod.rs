//! Request bodies: JSON that is what the specification says, with every fault told at once.
//!
//! The good body costs one pass: it is read into its type and checked by `validator`. Only a refused one is read again,
//! against the fields of the type's own schema, to list everything that is wrong with it. Either costs time in proportion
//! to the body's length, since nothing can interrupt a worker that computes.

mod distinct;
mod fields;
mod shape;

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::refusal::{Fault, Refusal, ValueType};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use validator::Validate;

use self::fields::{Fields, Unreadable};
use self::shape::Shape;
use crate::problem::{ApiError, Code, Detail};
use crate::{deadline, negotiation, rules};

/// The largest body.
pub(crate) const LIMIT: usize = 256 * 1024;

/// A body's type: every field has a default, so that what is missing can be told of with all else.
pub(crate) trait Body: DeserializeOwned + Default + Validate + ToSchema + 'static {}

impl<T: DeserializeOwned + Default + Validate + ToSchema + 'static> Body for T {}

pub(crate) use distinct::object as distinct_object;

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
///
/// The cost is proportional to the length of the body, whatever is in it: fields that are not known are counted and only
/// the first ones are listed (`docs/decisions/0004-bodies.md`).
fn explain<T: Body>(bytes: &[u8], further: impl Fn(&T) -> Vec<Fault>) -> ApiError {
    let shape = Shape::of::<T>();
    let fields = match Fields::read(bytes, &shape) {
        Ok(fields) => fields,
        Err(Unreadable::Twice) => return ApiError::new(Code::MalformedRequest).detail(Detail::FieldTwice),
        Err(Unreadable::NoObject) => {
            let refusal = Refusal::Type { expected: ValueType::Object };
            return ApiError::validation(vec![Fault::new("", refusal)]);
        }
        Err(Unreadable::NotJson) => return not_json(bytes),
    };
    let mut faults = fields.faults(&shape);
    // Without its faulty fields the body can be read, and the others be checked.
    let read = match serde_json::from_str::<T>(&fields.without_faults(&shape)) {
        Ok(body) => body,
        // Every field is of the right type, so it is a name that occurs twice within one of them.
        Err(_) if faults.is_empty() => return ApiError::new(Code::MalformedRequest).detail(Detail::FieldTwice),
        Err(_) => return ApiError::validation_of(faults, fields.unlisted()),
    };
    let mut semantic = Vec::new();
    if let Err(errors) = read.validate() {
        let Some(found) = rules::faults(&errors) else {
            return ApiError::new(Code::Internal).cause(&errors);
        };
        semantic = found;
    }
    semantic.extend(further(&read));
    // What was refused already was left out, so that its absence is no second fault.
    semantic.retain(|fault| !fields.is_faulty(&shape, top(&fault.pointer)));
    faults.extend(semantic);
    if faults.is_empty() {
        return ApiError::new(Code::MalformedRequest).detail(Detail::BodyUnreadable);
    }
    ApiError::validation_of(faults, fields.unlisted())
}

/// Where a body stops being JSON.
fn not_json(bytes: &[u8]) -> ApiError {
    let malformed = ApiError::new(Code::MalformedRequest);
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            malformed.detail(Detail::NotJson { cut_off: error.is_eof(), line, column })
        }
        Ok(_) => malformed.detail(Detail::BodyUnreadable),
    }
}

/// The first token of a pointer.
fn top(pointer: &str) -> &str {
    pointer.strip_prefix('/').and_then(|p| p.split('/').next()).unwrap_or_default()
}
