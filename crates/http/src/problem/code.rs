//! The codes of problems, what they mean and what to do about them.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($variant:ident $code:literal $status:literal $retryable:literal $title:literal $meaning:literal;)+) => {
        /// What went wrong; the code never changes (`CONTRACT.md`, section 1).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($variant),+ }

        impl Code {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub(crate) fn status(self) -> StatusCode {
                let status: u16 = match self { $(Self::$variant => $status),+ };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// Whether the same request may succeed later.
            pub(crate) const fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable),+ }
            }

            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// What it means and what to do, for the page that `type` leads to.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

codes! {
    MalformedRequest "malformed-request" 400 false "The request cannot be read"
        "The body is not JSON, or a header is broken. The detail says where. Send well-formed JSON in UTF-8.";
    InvalidParameter "invalid-parameter" 400 false "A parameter is not valid"
        "A query parameter is unknown, stands there twice, or has a value that it cannot have; or a cursor is not one of this list's with these filters. Start again from the first page, without the cursor, after changing a filter.";
    Unauthenticated "unauthenticated" 401 false "A token is needed"
        "Send the header “Authorization: Bearer …” with the manage_token of the registration, which came in the answer to registering.";
    InvalidToken "invalid-token" 401 false "The token is not valid"
        "The token has expired, was made for something else, or was damaged on its way. Tokens to manage a registration are valid until 30 days after the event.";
    InsufficientScope "insufficient-scope" 403 false "The token does not allow this"
        "The client's token lacks the scope that required_scope names. Ask for a token with it.";
    NotFound "not-found" 404 false "There is nothing here"
        "Nothing has this address, or it is not yours to see. Ids are written in lower case with hyphens; slugs in lower case.";
    MethodNotAllowed "method-not-allowed" 405 false "This method is not possible here"
        "The header Allow names the methods that this address takes.";
    NotAcceptable "not-acceptable" 406 false "No acceptable form"
        "There is no form of the answer that the header Accept allows. Leave it out, or accept application/json.";
    RequestTimeout "request-timeout" 408 true "The request took too long to arrive"
        "The body did not arrive in time, so nothing was done. Send it again, over a better connection if you can.";
    AlreadyRegistered "already-registered" 409 false "This address is registered already"
        "An address has at most one live registration for an event. The token to manage it was given when it was made; cancelling it makes room for another.";
    EventFull "event-full" 409 true "Every seat is taken"
        "The event has no seat left and no waiting list. A seat may come free when somebody cancels.";
    RegistrationNotOpen "registration-not-open" 409 true "Registration has not opened"
        "The field opens_at says when it opens.";
    RegistrationClosed "registration-closed" 409 false "Registration has closed"
        "The field closed_at says when it closed.";
    EventCancelled "event-cancelled" 409 false "The event was cancelled"
        "A cancelled event takes no registrations.";
    EventEnded "event-ended" 409 false "The event is over"
        "An event that is over takes no registrations, and its registrations can no longer be cancelled.";
    IdempotencyInProgress "idempotency-in-progress" 409 true "The first request with this key is still running"
        "Wait as long as Retry-After says and send the same request again: it will get the first one's answer.";
    Conflict "conflict" 409 true "The change collides with another"
        "Somebody changed the same thing at the same time. Read it again and repeat the change if it still makes sense.";
    PreconditionFailed "precondition-failed" 412 false "It has changed meanwhile"
        "The ETag in If-Match is no longer the current one, which the answer carries. Read it again, then repeat the change.";
    PayloadTooLarge "payload-too-large" 413 false "The body is too large"
        "A body has at most 256 KiB; a batch or a definition 2 MiB.";
    UnsupportedMediaType "unsupported-media-type" 415 false "The body is of the wrong type"
        "Send JSON in UTF-8 with the header “Content-Type: application/json”.";
    ValidationFailed "validation-failed" 422 false "The request is not valid"
        "The list errors names every field that needs attention: where it stands (a JSON Pointer), the code of what is wrong, and a sentence for people. Nothing was stored.";
    IdempotencyMismatch "idempotency-mismatch" 422 false "The key belongs to another request"
        "The same Idempotency-Key came before with another body. Take a new key for a new request.";
    PreconditionRequired "precondition-required" 428 false "If-Match is needed"
        "Send the header If-Match with the ETag that you read, so that nobody's change is lost.";
    RateLimited "rate-limited" 429 true "Too many requests"
        "Wait as long as Retry-After says.";
    Internal "internal" 500 false "Something went wrong on our side"
        "It has been recorded under the request_id. Send it along if you write to us about it.";
    Overloaded "overloaded" 503 true "Too much is going on"
        "More requests are waiting than can be served soon. Wait as long as Retry-After says; nothing was stored.";
    DatabaseUnavailable "database-unavailable" 503 true "The database cannot be reached"
        "Wait as long as Retry-After says. A registration that was not answered with 201 may be sent again safely: an address is registered once at most.";
}

impl Code {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The code of an error that carries nothing but its status, such as those of the framework.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            415 => Self::UnsupportedMediaType,
            429 => Self::RateLimited,
            503 => Self::Overloaded,
            400..=499 => Self::MalformedRequest,
            _ => Self::Internal,
        }
    }
}
