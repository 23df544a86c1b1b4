//! An example of a problem document for each code, as the program renders it.

use plenaria_domain::validation::{FieldError, InvalidValue};
use plenaria_domain::values::language::MessageLanguage;
use serde_json::Value;

use super::api_error::ApiError;
use super::code::Code;
use super::detail::{Detail, ParameterError};
use super::response::{Occurrence, render_text};

/// The id of the request in every example.
const REQUEST_ID: &str = "019a0000-0000-7000-8000-000000000000";
/// The path of a registration.
const REGISTRATION: &str = "/v1/registrations/019a0000-0000-7000-8000-000000000004";
/// The path of the registrations for an event.
const REGISTRATIONS: &str = "/v1/events/internationalisation-and-metropolitan-spaces-en/registrations";
/// The path of an event's definition.
const DEFINITION: &str = "/v1/events/internationalisation-and-metropolitan-spaces-en/definition";

/// The example of a problem document with this code.
pub(crate) fn document(code: Code) -> Value {
    let (instance, error) = example(code);
    let text = render_text(
        &error,
        &Occurrence {
            language: MessageLanguage::En,
            base_url: "https://api.plenaria.example.org",
            instance,
            request_id: REQUEST_ID,
        },
    );
    serde_json::from_str(&text).unwrap_or_default()
}

/// A path at which an error with this code can occur, and the error.
fn example(code: Code) -> (&'static str, ApiError) {
    let error = ApiError::new(code);
    match code {
        Code::MalformedRequest => {
            (REGISTRATIONS, error.detail(Detail::NotJson { cut_off: false, line: 1, column: 12 }))
        }
        Code::InvalidParameter => {
            let unknown = ParameterError::Unknown { suggestion: Some("limit".to_owned()) };
            ("/v1/events", ApiError::parameter("limti", unknown))
        }
        Code::Unauthenticated | Code::InvalidToken | Code::NotFound => (REGISTRATION, error),
        Code::InsufficientScope => {
            (DEFINITION, error.fact(|facts| facts.required_scope = Some("events:write".to_owned())))
        }
        Code::MethodNotAllowed => ("/v1/events", error),
        Code::NotAcceptable => ("/v1/speakers", error),
        Code::RegistrationNotOpen => {
            (REGISTRATIONS, error.fact(|facts| facts.opens_at = Some("2027-05-01T07:00:00Z".to_owned())))
        }
        Code::RegistrationClosed => {
            (REGISTRATIONS, error.fact(|facts| facts.closed_at = Some("2027-07-22T13:00:00Z".to_owned())))
        }
        Code::JoinNotOpen => (
            "/v1/registrations/019a0000-0000-7000-8000-000000000004/join",
            error.fact(|facts| facts.available_from = Some("2027-07-22T12:45:00Z".to_owned())),
        ),
        Code::EventFull => (
            REGISTRATIONS,
            error.fact(|facts| {
                facts.capacity = Some(500);
                facts.seats_left = Some(0);
                facts.waitlist = Some(false);
            }),
        ),
        Code::IdempotencyInProgress => (REGISTRATIONS, error.fact(|facts| facts.retry_after = Some(1))),
        Code::Conflict => {
            ("/v1/webhook-endpoints/019a0000-0000-7000-8000-000000000006/test", error.detail(Detail::EndpointDisabled))
        }
        Code::CursorExpired => ("/v1/changes", error),
        Code::ValidationFailed => (
            REGISTRATIONS,
            ApiError::validation(vec![
                FieldError::new("/email", InvalidValue::Email),
                FieldError::new("/name", InvalidValue::Required),
            ]),
        ),
        Code::RateLimited => (REGISTRATIONS, error.fact(|facts| facts.retry_after = Some(7))),
        Code::PreconditionFailed | Code::PreconditionRequired => (DEFINITION, error),
        Code::RequestTimeout
        | Code::AlreadyRegistered
        | Code::EventCancelled
        | Code::EventEnded
        | Code::PayloadTooLarge
        | Code::UnsupportedMediaType
        | Code::IdempotencyMismatch
        | Code::Internal
        | Code::Overloaded
        | Code::DatabaseUnavailable => (REGISTRATIONS, error),
    }
}
