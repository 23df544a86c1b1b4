//! What is wrong in a particular case: which sentence, and what it names. The words come when the problem is rendered.

use plenaria_domain::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// What is wrong in this very case. It is serialised where a response is stored with its `Idempotency-Key`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Detail {
    /// So many fields of the body are refused.
    Fields(usize),
    /// A query parameter is refused.
    Parameter {
        /// The parameter's name.
        name: String,
        /// What is wrong with it.
        wrong: WrongParameter,
    },
    /// The query string cannot be decoded.
    QueryUnreadable,
    /// The body is not JSON.
    NotJson {
        /// Whether it is JSON up to its end, which comes too early.
        cut_off: bool,
        /// The line of the first fault, from 1.
        line: usize,
        /// The column of the first fault, from 1.
        column: usize,
    },
    /// The body did not come through, or is JSON that no reader takes.
    BodyUnreadable,
    /// A field stands in the body more than once.
    FieldTwice,
    /// The header If-Match cannot be read.
    IfMatchUnreadable,
    /// The header Idempotency-Key cannot be read.
    IdempotencyKeyUnreadable,
    /// The client has another registration for the event under this `external_reference`.
    ReferenceTaken,
    /// Only who holds a seat can have been there.
    HoldsNoSeat {
        /// Whether the registration may still get one.
        may_get_one: bool,
    },
    /// The organisation has as many webhook endpoints as it may have.
    TooManyEndpoints {
        /// How many that is.
        most: usize,
    },
    /// Nothing is sent to a webhook endpoint that is disabled.
    EndpointDisabled,
    /// The registration was given back, and stays as it is.
    RegistrationCancelled,
    /// The registration holds no seat.
    NotConfirmed {
        /// Whether it may still get one.
        may_get_seat: bool,
    },
    /// The registration waits for its address to be confirmed.
    AddressNotConfirmed,
    /// People whose addresses are to be confirmed cannot be registered together.
    NotTogether,
    /// Somebody else changed the same thing at the same time.
    LostRace,
    /// An event that must be there cannot be read.
    EventUnreadable,
    /// The database's schema is older than the program.
    SchemaBehind,
    /// The program is about to stop.
    Stopping,
}

impl Detail {
    /// Whether the same request may succeed later, without the caller doing anything else first, where that depends on the
    /// case; else the code says it. A new detail stops here.
    pub(crate) const fn is_retryable(&self) -> Option<bool> {
        match self {
            // Whoever has the mailbox may confirm the address.
            Self::LostRace | Self::AddressNotConfirmed => Some(true),
            Self::HoldsNoSeat { may_get_one: later } | Self::NotConfirmed { may_get_seat: later } => Some(*later),
            // They stay so until the caller changes something else: the reference, another endpoint, the event.
            Self::ReferenceTaken
            | Self::TooManyEndpoints { .. }
            | Self::EndpointDisabled
            | Self::RegistrationCancelled
            | Self::NotTogether => Some(false),
            Self::Fields(_)
            | Self::Parameter { .. }
            | Self::QueryUnreadable
            | Self::NotJson { .. }
            | Self::BodyUnreadable
            | Self::FieldTwice
            | Self::IfMatchUnreadable
            | Self::IdempotencyKeyUnreadable
            | Self::EventUnreadable
            | Self::SchemaBehind
            | Self::Stopping => None,
        }
    }
}

/// What is wrong with a query parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WrongParameter {
    /// The operation has no such parameter; `nearest` is the known name closest to it.
    Unknown { nearest: Option<String> },
    /// It stands there more than once.
    Twice,
    /// It is not a cursor of this list with these filters.
    ForeignCursor,
    /// Its value is refused.
    Refused(Refusal),
}
