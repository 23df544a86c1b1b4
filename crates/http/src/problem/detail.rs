//! What is wrong in a particular case: which sentence, and what it names. The words come when the problem is rendered.

use plenaria_domain::refusal::Refusal;

/// What is wrong in this very case.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    HoldsNoSeat,
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
    NotConfirmed,
    /// The registration waits for its address to be confirmed.
    AddressNotConfirmed,
    /// People whose addresses are to be confirmed cannot be registered together.
    NotTogether,
    /// An event that must be there cannot be read.
    EventUnreadable,
    /// The database's schema is older than the program.
    SchemaBehind,
    /// The program is about to stop.
    Stopping,
}

/// What is wrong with a query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
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
