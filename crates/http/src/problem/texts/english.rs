//! English.

use plenaria_domain::event::definition::advice::Advice;
use plenaria_domain::validation::InvalidValue;

use super::words::{Wording, Words, after_colon};
use crate::problem::code::Code;
use crate::problem::detail::{Detail, ParameterError};

/// English.
pub(super) struct English;

impl Words for English {
    fn wording(&self, code: Code) -> Wording {
        let (title, meaning) = match code {
            Code::MalformedRequest => (
                "The request cannot be read",
                "The body is not valid JSON, or a header is malformed. The detail says where. Send well-formed \
                 JSON in UTF-8.",
            ),
            Code::InvalidParameter => (
                "A parameter is not valid",
                "A query parameter is unknown, occurs twice or has an invalid value, or a cursor belongs to \
                 another list or to other filters. After changing a filter, start again from the first page, \
                 without the cursor.",
            ),
            Code::Unauthenticated => (
                "A token is required",
                "Send the header “Authorization: Bearer …” with the registration's manage_token, which the \
                 response to registering contained. A client sends an access token from /oauth/token.",
            ),
            Code::InvalidToken => (
                "The token is not valid",
                "The token has expired, is for another purpose, or is damaged. A token that manages a \
                 registration is valid until 30 days after the event; an access token of a client is valid for 15 \
                 minutes.",
            ),
            Code::InsufficientScope => (
                "The token does not allow this",
                "The client's token lacks the scope in required_scope. Request a token with that scope.",
            ),
            Code::NotFound => (
                "Not found",
                "Nothing exists at this address, or you are not allowed to see it. Ids are written in lower case \
                 with hyphens, slugs in lower case.",
            ),
            Code::MethodNotAllowed => {
                ("This method is not allowed here", "The header Allow lists the methods that this address supports.")
            }
            Code::NotAcceptable => (
                "No acceptable format",
                "The response has no format that the header Accept allows. Leave Accept out, or let it allow \
                 application/json. The specification (/openapi.json) lists the formats of each address.",
            ),
            Code::RequestTimeout => (
                "The request took too long to arrive",
                "The body did not arrive in time, so nothing was done. Send the request again, over a better \
                 connection if possible.",
            ),
            Code::AlreadyRegistered => (
                "This address is registered already",
                "An address can have one active registration for an event. The response to registering contained \
                 the token that manages it, and …/registrations/resend sends the link to it again. To register \
                 again, cancel that registration first.",
            ),
            Code::EventFull => (
                "Every seat is taken",
                "The event has no seat left and no waiting list. A seat may come free when somebody cancels.",
            ),
            Code::RegistrationNotOpen => ("Registration has not opened", "The field opens_at says when it opens."),
            Code::RegistrationClosed => ("Registration has closed", "The field closed_at says when it closed."),
            Code::EventCancelled => ("The event was cancelled", "A cancelled event takes no registrations."),
            Code::EventEnded => (
                "The event is over",
                "An event that is over takes no registrations, and its registrations can no longer be changed or \
                 cancelled.",
            ),
            Code::JoinNotOpen => (
                "It is too early to join",
                "The field available_from says when the address to join becomes available. Try again then.",
            ),
            Code::IdempotencyInProgress => (
                "The first request with this key is still running",
                "Another request with the same Idempotency-Key has not finished yet. Wait as long as Retry-After \
                 says, then send the same request with the same key again. You will get the response of the first \
                 request, and nothing is done twice.",
            ),
            Code::Conflict => (
                "The request conflicts with the current state",
                "The request is not possible in the current state. The detail says why, and retryable says \
                 whether the same request may succeed later.",
            ),
            Code::CursorExpired => (
                "The cursor has expired",
                "The changes after this cursor are no longer stored (they are stored for at least 30 days), or \
                 the service was restored from a backup that is older than the cursor. You may have missed \
                 changes. Read the current registrations of your events again, then follow /v1/changes without a \
                 cursor; it starts with the oldest change that is stored.",
            ),
            Code::PreconditionFailed => (
                "The resource has changed",
                "The ETag in If-Match is not the current one, or “If-None-Match: *” was sent and the resource \
                 already exists. Nothing was changed. If the response has the header ETag, it is the current tag. \
                 Read the resource again, and repeat the change if it still makes sense.",
            ),
            Code::PayloadTooLarge => {
                ("The body is too large", "A body may have at most 256 KiB; a batch or a definition, 2 MiB.")
            }
            Code::UnsupportedMediaType => (
                "The media type is not supported",
                "Send JSON in UTF-8 with the header “Content-Type: application/json”. A PATCH may also use \
                 “application/merge-patch+json”.",
            ),
            Code::ValidationFailed => (
                "The request is not valid",
                "The list errors has every validation error: the position of the field (a JSON Pointer), the code \
                 of the error, and a sentence for people. Nothing was stored.",
            ),
            Code::IdempotencyMismatch => (
                "The key belongs to another request",
                "The same Idempotency-Key was used with another body within the last 24 hours. Nothing was done. \
                 Use a new key for a new request. To repeat the old request, send exactly the same body.",
            ),
            Code::PreconditionRequired => (
                "If-Match is required",
                "This change requires the header If-Match with the ETag that you read, so that changes made in \
                 the meantime are not lost. Read the resource first, then send the change with its ETag. To \
                 create a new resource, send “If-None-Match: *”.",
            ),
            Code::RateLimited => (
                "Too many requests",
                "Your address or your token has sent more requests than the limit allows. Wait as many seconds as \
                 Retry-After says. The headers RateLimit-Policy and RateLimit state the limit and how many \
                 requests are left, so that programs can slow down in time. Nothing was stored.",
            ),
            Code::Internal => (
                "Internal error",
                "Something went wrong on the server. The error was logged with the request_id. Include it if you \
                 write to us about the error.",
            ),
            Code::Overloaded => (
                "The service is overloaded",
                "More requests are waiting than can be processed soon. Wait as long as Retry-After says. Nothing \
                 was stored.",
            ),
            Code::DatabaseUnavailable => (
                "The database is unavailable",
                "Wait as long as Retry-After says, then try again. It is safe to repeat a registration that did \
                 not get the response 201: an address is registered at most once.",
            ),
        };
        Wording { title, meaning }
    }

    fn detail(&self, detail: &Detail) -> String {
        match detail {
            Detail::Fields(1) => "1 field needs attention.".to_owned(),
            Detail::Fields(count) => format!("{count} fields need attention."),
            Detail::Parameter { name, error } => match error {
                ParameterError::Unknown { suggestion } => {
                    format!("The parameter “{name}” is not known here.{}", did_you_mean(suggestion.as_deref()))
                }
                ParameterError::Duplicate => format!("The parameter “{name}” occurs more than once."),
                ParameterError::InvalidCursor => {
                    format!("The parameter “{name}” is not a cursor of this list with these filters.")
                }
                ParameterError::InvalidValue(error) => {
                    format!("The parameter “{name}”: {}", after_colon(&self.invalid_value(error)))
                }
            },
            Detail::QueryUnreadable => "The query string cannot be decoded.".to_owned(),
            Detail::NotJson { cut_off: true, line, column } => {
                format!("The body is not JSON: it ends too early, at line {line}, column {column}.")
            }
            Detail::NotJson { cut_off: false, line, column } => {
                format!("The body is not JSON: it is not well-formed, at line {line}, column {column}.")
            }
            Detail::NotYaml { line, column } => {
                format!("The body is not YAML: it is not well-formed, at line {line}, column {column}.")
            }
            Detail::YamlDocumentCount(count) => format!("The body must be one YAML document, and it has {count}."),
            Detail::YamlTooComplex { line } => {
                format!("With its aliases expanded, the YAML document has too many values, at line {line}.")
            }
            Detail::BodyUnreadable => "The body cannot be read.".to_owned(),
            Detail::DuplicateField => "A field occurs more than once in the body.".to_owned(),
            Detail::IfMatchUnreadable => "If-Match must be “*” or a list of entity tags in double quotes.".to_owned(),
            Detail::IdempotencyKeyUnreadable => {
                "Idempotency-Key must occur once, with 1 to 255 printable ASCII characters.".to_owned()
            }
            Detail::DuplicateExternalReference => {
                "The client has another registration for this event with the same external_reference.".to_owned()
            }
            Detail::AmbiguousExternalReference => {
                "Several registrations have this external_reference. Name the registration by its id.".to_owned()
            }
            Detail::HoldsNoSeat { .. } => {
                "The registration is not confirmed, so attendance cannot be recorded.".to_owned()
            }
            Detail::TooManyEndpoints { max } => format!("An organisation may have at most {max} webhook endpoints."),
            Detail::EndpointDisabled => {
                "The endpoint is disabled, so nothing is sent to it. Set its status to active first.".to_owned()
            }
            Detail::RegistrationCancelled => {
                "The registration was cancelled, so it can no longer be changed.".to_owned()
            }
            Detail::EventIsDraft => {
                "The event is a draft, so it can be neither cancelled nor reinstated. Change its definition.".to_owned()
            }
            Detail::TooManyRows { max } => format!("There are more than {max} registrations, which is the most that a sheet holds. Use csv or ndjson, or filters."),
            Detail::AtomicUnavailable => {
                "This event confirms addresses by mail, so a batch cannot be atomic. Leave out atomic.".to_owned()
            }
            Detail::AddressNotConfirmed => "The address of the registration is not confirmed yet.".to_owned(),
            Detail::NotConfirmed { .. } => {
                "The registration is not confirmed, and only holders of a seat can join.".to_owned()
            }
            Detail::ConcurrentChange => {
                "This was changed elsewhere at the same time. Look at it again, and repeat your change if it still makes \
                 sense."
                    .to_owned()
            }
            Detail::EventUnreadable => "The event cannot be read.".to_owned(),
            Detail::ShuttingDown => "This instance is shutting down. Send the request to another one.".to_owned(),
            Detail::SchemaBehind => "The database's schema is older than this program. Run “plenaria migrate”.".to_owned(),
        }
    }

    /// The domain has the English sentences itself, because the command line shows them too.
    fn invalid_value(&self, error: &InvalidValue) -> String {
        error.to_string()
    }

    fn advice(&self, advice: &Advice) -> String {
        advice.to_string()
    }

    fn retry(&self, retryable: bool) -> &'static str {
        if retryable { "The same request may succeed later." } else { "The same request will not succeed unchanged." }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" Did you mean “{name}”?")).unwrap_or_default()
}
