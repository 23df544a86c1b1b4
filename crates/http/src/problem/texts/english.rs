//! English.

use plenaria_domain::refusal::Refusal;

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
                "The body is not JSON, or a header is broken. The detail says where. Send well-formed JSON in UTF-8.",
            ),
            Code::InvalidParameter => (
                "A parameter is not valid",
                "A query parameter is unknown, stands there twice, or has a value that it cannot have; or a cursor \
                 is not one of this list's with these filters. Start again from the first page, without the cursor, \
                 after changing a filter.",
            ),
            Code::Unauthenticated => (
                "A token is needed",
                "Send the header “Authorization: Bearer …” with the manage_token of the registration, which came in \
                 the answer to registering; or, for a client, with an access token from /oauth/token.",
            ),
            Code::InvalidToken => (
                "The token is not valid",
                "The token has expired, was made for something else, or was damaged on its way. Tokens to manage a \
                 registration are valid until 30 days after the event, access tokens of clients 15 minutes.",
            ),
            Code::InsufficientScope => (
                "The token does not allow this",
                "The client's token lacks the scope that required_scope names. Ask for a token with it.",
            ),
            Code::NotFound => (
                "There is nothing here",
                "Nothing has this address, or it is not yours to see. Ids are written in lower case with hyphens; \
                 slugs in lower case.",
            ),
            Code::MethodNotAllowed => {
                ("This method is not possible here", "The header Allow names the methods that this address takes.")
            }
            Code::NotAcceptable => (
                "No acceptable form",
                "There is no form of the answer that the header Accept allows. Leave Accept out, or let it allow \
                 application/json. The specification (/openapi.json) names the forms that each address has.",
            ),
            Code::RequestTimeout => (
                "The request took too long to arrive",
                "The body did not arrive in time, so nothing was done. Send it again, over a better connection if \
                 you can.",
            ),
            Code::AlreadyRegistered => (
                "This address is registered already",
                "An address has at most one live registration for an event. The token to manage it was given when it \
                 was made; cancelling it makes room for another.",
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
                "An event that is over takes no registrations, and its registrations can no longer be changed or cancelled.",
            ),
            Code::JoinNotOpen => (
                "It is too early to join",
                "The field available_from says from when on the address to join at is told. Ask again then.",
            ),
            Code::IdempotencyInProgress => (
                "The first request with this key is still running",
                "Another request with the same Idempotency-Key has not been answered yet. Wait as long as \
                 Retry-After says and send the same request again, with the same key: it will get the first one's \
                 answer, and nothing is done twice.",
            ),
            Code::Conflict => (
                "The request conflicts with the current state",
                "What the request asks for is not possible in the current state. The detail says why, and retryable says \
                 whether the same request may succeed later.",
            ),
            Code::CursorExpired => (
                "The cursor leads nowhere any more",
                "Changes behind this cursor are no longer kept (they are for 30 days or more), or the service was \
                 restored from a backup in which it does not occur; so some may have been missed. Read the registrations of your events anew, as they are now, and follow /v1/changes \
                 without a cursor, which begins with the oldest change that is kept.",
            ),
            Code::PreconditionFailed => (
                "It has changed meanwhile",
                "The ETag in If-Match is not the current one, or “If-None-Match: *” met something that exists \
                 already. Nothing was changed. The header ETag of the answer, if there is one, is the current tag. \
                 Read it again, and repeat the change if it still makes sense.",
            ),
            Code::PayloadTooLarge => {
                ("The body is too large", "A body has at most 256 KiB; a batch or a definition 2 MiB.")
            }
            Code::UnsupportedMediaType => (
                "The body is of the wrong type",
                "Send JSON in UTF-8 with the header “Content-Type: application/json”; a PATCH may say \
                 “application/merge-patch+json” as well.",
            ),
            Code::ValidationFailed => (
                "The request is not valid",
                "The list errors names every field that needs attention: where it stands (a JSON Pointer), the code \
                 of what is wrong, and a sentence for people. Nothing was stored.",
            ),
            Code::IdempotencyMismatch => (
                "The key belongs to another request",
                "The same Idempotency-Key came with another body within the last 24 hours. Nothing was done. Take a \
                 new key for a new request; to repeat the old one, send exactly the body that it had.",
            ),
            Code::PreconditionRequired => (
                "If-Match is needed",
                "This change needs the header If-Match with the ETag that you read, so that nobody's change in \
                 between is lost. Read it first, then send the change with its ETag. To create something new, send \
                 “If-None-Match: *”.",
            ),
            Code::RateLimited => (
                "Too many requests",
                "More requests came from your address, or with your token, than are allowed in a while. Wait as many \
                 seconds as Retry-After says. The headers RateLimit-Policy and RateLimit say how many are allowed \
                 and how many are left, so that a program can slow down in time. Nothing was stored.",
            ),
            Code::Internal => (
                "Something went wrong on our side",
                "It has been recorded under the request_id. Send it along if you write to us about it.",
            ),
            Code::Overloaded => (
                "Too much is going on",
                "More requests are waiting than can be served soon. Wait as long as Retry-After says; nothing was \
                 stored.",
            ),
            Code::DatabaseUnavailable => (
                "The database cannot be reached",
                "Wait as long as Retry-After says. A registration that was not answered with 201 may be sent again \
                 safely: an address is registered once at most.",
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
                ParameterError::Duplicate => format!("The parameter “{name}” stands there more than once."),
                ParameterError::InvalidCursor => {
                    format!("The parameter “{name}” is not a cursor of this list with these filters.")
                }
                ParameterError::InvalidValue(error) => {
                    format!("The parameter “{name}”: {}", after_colon(&self.invalid_value(error)))
                }
            },
            Detail::QueryUnreadable => "The query cannot be read.".to_owned(),
            Detail::NotJson { cut_off: true, line, column } => {
                format!("The body is not JSON: it ends too early, at line {line}, column {column}.")
            }
            Detail::NotJson { cut_off: false, line, column } => {
                format!("The body is not JSON: it is not well-formed, at line {line}, column {column}.")
            }
            Detail::BodyUnreadable => "The body cannot be read.".to_owned(),
            Detail::DuplicateField => "A field stands in the body more than once.".to_owned(),
            Detail::IfMatchUnreadable => "If-Match must be “*” or a list of entity tags in double quotes.".to_owned(),
            Detail::IdempotencyKeyUnreadable => {
                "Idempotency-Key must stand there once, with 1 to 255 printable ASCII characters.".to_owned()
            }
            Detail::DuplicateExternalReference => {
                "The client has another registration for this event with this external_reference.".to_owned()
            }
            Detail::HoldsNoSeat { .. } => {
                "The registration holds no seat: only who is confirmed can have been there.".to_owned()
            }
            Detail::TooManyEndpoints { max } => format!("An organisation may have at most {max} webhook endpoints."),
            Detail::EndpointDisabled => {
                "The endpoint is disabled, so nothing is sent to it. Set its status to active first.".to_owned()
            }
            Detail::RegistrationCancelled => {
                "The registration was cancelled, so it can no longer be changed.".to_owned()
            }
            Detail::AtomicUnavailable => {
                "Where addresses are confirmed by mail, nobody can promise all or none: leave out atomic.".to_owned()
            }
            Detail::AddressNotConfirmed => "The address of the registration is not confirmed yet.".to_owned(),
            Detail::NotConfirmed { .. } => {
                "Only who holds a seat can join, and the registration is not confirmed.".to_owned()
            }
            Detail::ConcurrentChange => {
                "Somebody changed the same thing at the same time. Read it again and repeat the change if it still makes \
                 sense."
                    .to_owned()
            }
            Detail::EventUnreadable => "The event cannot be read.".to_owned(),
            Detail::ShuttingDown => "This instance is about to stop: another one answers.".to_owned(),
            Detail::SchemaBehind => "The database's schema is behind this program: run “plenaria migrate”.".to_owned(),
        }
    }

    /// The domain has the English sentences itself, because the command line shows them too.
    fn invalid_value(&self, error: &Refusal) -> String {
        error.to_string()
    }

    fn retry(&self, retryable: bool) -> &'static str {
        if retryable { "The same request may succeed later." } else { "The same request will not succeed unchanged." }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" Did you mean “{name}”?")).unwrap_or_default()
}
