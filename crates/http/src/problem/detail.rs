//! Details of problems: each selects a sentence, which `texts` has in every language, and holds its parameters.

use plenaria_domain::validation::InvalidValue;
use serde::{Deserialize, Serialize};

/// The cause of an error in a particular case. The stored form of an error contains it as JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Detail {
    /// This many validation errors of the body.
    Fields(usize),
    /// An error in a query parameter.
    Parameter {
        /// The parameter's name.
        name: String,
        /// The error.
        error: ParameterError,
    },
    /// The query string cannot be decoded.
    QueryUnreadable,
    /// The body is not JSON.
    NotJson {
        /// Whether the body ends inside a JSON value.
        cut_off: bool,
        /// The line of the syntax error, from 1.
        line: usize,
        /// The column of the syntax error, from 1.
        column: usize,
    },
    /// The body is not YAML.
    NotYaml {
        /// The line of the syntax error, from 1.
        line: usize,
        /// The column of the syntax error, from 1.
        column: usize,
    },
    /// The body has this many YAML documents, and not exactly one.
    YamlDocumentCount(usize),
    /// With its aliases expanded, the YAML document has too many values, is too long or is nested too deeply.
    YamlTooComplex {
        /// The line of the value that exceeds the limit, from 1.
        line: usize,
    },
    /// The body could not be received, or is JSON beyond the parser's limits.
    BodyUnreadable,
    /// A name occurs more than once in an object of the body.
    DuplicateField,
    /// The syntax of the header `If-Match` is invalid.
    IfMatchUnreadable,
    /// The syntax of the header `Idempotency-Key` is invalid.
    IdempotencyKeyUnreadable,
    /// The client has another registration for the event with this `external_reference`.
    DuplicateExternalReference,
    /// Several registrations that the client sees have this `external_reference`, and none is its own.
    AmbiguousExternalReference,
    /// Only holders of a seat can have attended, and the registration has no seat.
    HoldsNoSeat {
        /// Whether the registration may still get a seat.
        may_get_one: bool,
    },
    /// The organisation has the maximum number of webhook endpoints.
    TooManyEndpoints {
        /// The maximum.
        max: usize,
    },
    /// The webhook endpoint is disabled, so nothing is sent to it.
    EndpointDisabled,
    /// The event is a draft, so it can be neither cancelled nor reinstated.
    EventIsDraft,
    /// The registration is cancelled and cannot be changed.
    RegistrationCancelled,
    /// The registration is not confirmed, so it cannot join.
    NotConfirmed {
        /// Whether it may still be confirmed.
        may_get_seat: bool,
    },
    /// The registration's address is not confirmed yet.
    AddressNotConfirmed,
    /// A batch cannot be atomic where addresses are confirmed by mail.
    AtomicUnavailable,
    /// Another request changed the same resource at the same time.
    ConcurrentChange,
    /// An event that must exist cannot be read.
    EventUnreadable,
    /// The database's schema is older than the program.
    SchemaBehind,
    /// This instance is shutting down.
    ShuttingDown,
}

impl Detail {
    /// Whether the same request may succeed later without any other action of the caller; `None`: the code decides
    /// (`Code::is_retryable`). The match has no wildcard, so that a new detail must be considered here.
    pub(crate) const fn is_retryable(&self) -> Option<bool> {
        match self {
            // The owner of the mailbox may confirm the address.
            Self::ConcurrentChange | Self::AddressNotConfirmed => Some(true),
            Self::HoldsNoSeat { may_get_one: later } | Self::NotConfirmed { may_get_seat: later } => Some(*later),
            // These last until the caller changes something else: the reference, another endpoint, the request.
            Self::DuplicateExternalReference
            | Self::AmbiguousExternalReference
            | Self::TooManyEndpoints { .. }
            | Self::EndpointDisabled
            | Self::EventIsDraft
            | Self::RegistrationCancelled
            | Self::AtomicUnavailable => Some(false),
            Self::Fields(_)
            | Self::Parameter { .. }
            | Self::QueryUnreadable
            | Self::NotJson { .. }
            | Self::NotYaml { .. }
            | Self::YamlDocumentCount(_)
            | Self::YamlTooComplex { .. }
            | Self::BodyUnreadable
            | Self::DuplicateField
            | Self::IfMatchUnreadable
            | Self::IdempotencyKeyUnreadable
            | Self::EventUnreadable
            | Self::SchemaBehind
            | Self::ShuttingDown => None,
        }
    }
}

/// The error of a query parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ParameterError {
    /// The operation has no such parameter; `suggestion` is the most similar name that it has.
    Unknown { suggestion: Option<String> },
    /// It occurs more than once.
    Duplicate,
    /// It is not a cursor of this list with these filters.
    InvalidCursor,
    /// Its value is invalid.
    InvalidValue(InvalidValue),
}
