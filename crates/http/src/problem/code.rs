//! The codes of problems, with their HTTP status. Their explanations, in every language, are in `texts`.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($variant:ident $code:literal $status:literal $retryable:literal;)+) => {
        /// The kind of a problem. Codes never change (`docs/api-design.md`).
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

            /// Whether the same request may succeed later without any other action of the caller.
            /// `Detail::is_retryable` takes precedence.
            pub(crate) const fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable),+ }
            }
        }
    };
}

codes! {
    MalformedRequest "malformed-request" 400 false;
    InvalidParameter "invalid-parameter" 400 false;
    Unauthenticated "unauthenticated" 401 false;
    InvalidToken "invalid-token" 401 false;
    InsufficientScope "insufficient-scope" 403 false;
    NotFound "not-found" 404 false;
    MethodNotAllowed "method-not-allowed" 405 false;
    NotAcceptable "not-acceptable" 406 false;
    RequestTimeout "request-timeout" 408 true;
    AlreadyRegistered "already-registered" 409 false;
    EventFull "event-full" 409 true;
    RegistrationNotOpen "registration-not-open" 409 true;
    RegistrationClosed "registration-closed" 409 false;
    EventCancelled "event-cancelled" 409 false;
    EventEnded "event-ended" 409 false;
    JoinNotOpen "join-not-open" 409 true;
    IdempotencyInProgress "idempotency-in-progress" 409 true;
    Conflict "conflict" 409 false;
    CursorExpired "cursor-expired" 410 false;
    PreconditionFailed "precondition-failed" 412 false;
    PayloadTooLarge "payload-too-large" 413 false;
    UnsupportedMediaType "unsupported-media-type" 415 false;
    ValidationFailed "validation-failed" 422 false;
    IdempotencyMismatch "idempotency-mismatch" 422 false;
    PreconditionRequired "precondition-required" 428 false;
    RateLimited "rate-limited" 429 true;
    Internal "internal" 500 false;
    Overloaded "overloaded" 503 true;
    DatabaseUnavailable "database-unavailable" 503 true;
}

impl Code {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The code of an error that has only a status, such as an error of actix-web.
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
