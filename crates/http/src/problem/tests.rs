//! Tests of which problems are retryable, of the stored form of errors, and of the documentation of codes.

use plenaria_persistence::Constraint;

use plenaria_domain::validation::{FieldCode, InvalidValue};
use plenaria_persistence::StoreError;

use super::reasons::ConflictReason;
use super::*;

/// The codes whose problems are retryable. The match has no wildcard, so that a new code must be added here.
fn may_succeed_later(code: Code) -> bool {
    match code {
        // The cause is not the request, or it may change with time or through other people.
        Code::RequestTimeout
        | Code::EventFull
        | Code::RegistrationNotOpen
        | Code::JoinNotOpen
        | Code::IdempotencyInProgress
        | Code::RateLimited
        | Code::Overloaded
        | Code::DatabaseUnavailable => true,
        Code::MalformedRequest
        | Code::InvalidParameter
        | Code::Unauthenticated
        | Code::InvalidToken
        | Code::InsufficientScope
        | Code::NotFound
        | Code::MethodNotAllowed
        | Code::NotAcceptable
        | Code::AlreadyRegistered
        | Code::RegistrationClosed
        | Code::EventCancelled
        | Code::EventEnded
        | Code::Conflict
        | Code::CursorExpired
        | Code::PreconditionFailed
        | Code::PayloadTooLarge
        | Code::UnsupportedMediaType
        | Code::ValidationFailed
        | Code::IdempotencyMismatch
        | Code::PreconditionRequired
        | Code::Internal => false,
    }
}

/// Every detail of a conflict, and whether it is retryable.
const CONFLICTS: [(Detail, bool); 14] = [
    (Detail::ConcurrentChange, true),
    (Detail::HoldsNoSeat { may_get_one: true }, true),
    (Detail::HoldsNoSeat { may_get_one: false }, false),
    (Detail::AddressNotConfirmed, true),
    (Detail::NotConfirmed { may_get_seat: true }, true),
    (Detail::NotConfirmed { may_get_seat: false }, false),
    (Detail::DuplicateExternalReference, false),
    (Detail::TooManyEndpoints { max: 20 }, false),
    (Detail::EndpointDisabled, false),
    (Detail::RegistrationCancelled, false),
    (Detail::TooManyRows { max: 1_000_000 }, false),
    (Detail::AtomicUnavailable, false),
    (Detail::AmbiguousExternalReference, false),
    (Detail::EventIsDraft, false),
];

/// Every other detail, with a code that it occurs with. For these the code decides.
fn other_details() -> [(Code, Detail); 11] {
    let error = ParameterError::InvalidValue(InvalidValue::Required);
    [
        (Code::ValidationFailed, Detail::Fields(2)),
        (Code::InvalidParameter, Detail::Parameter { name: "limit".to_owned(), error }),
        (Code::InvalidParameter, Detail::QueryUnreadable),
        (Code::MalformedRequest, Detail::NotJson { cut_off: true, line: 1, column: 2 }),
        (Code::MalformedRequest, Detail::BodyUnreadable),
        (Code::MalformedRequest, Detail::DuplicateField),
        (Code::MalformedRequest, Detail::IfMatchUnreadable),
        (Code::MalformedRequest, Detail::IdempotencyKeyUnreadable),
        (Code::Internal, Detail::EventUnreadable),
        (Code::DatabaseUnavailable, Detail::SchemaBehind),
        (Code::Overloaded, Detail::ShuttingDown),
    ]
}

#[test]
fn problems_that_may_resolve_themselves_are_retryable() {
    for &code in Code::ALL {
        assert_eq!(ApiError::new(code).is_retryable(), may_succeed_later(code), "{code:?}");
    }
    for (detail, expected) in CONFLICTS {
        assert_eq!(ApiError::new(Code::Conflict).detail(detail.clone()).is_retryable(), expected, "{detail:?}");
    }
    for (code, detail) in other_details() {
        assert_eq!(ApiError::new(code).detail(detail.clone()).is_retryable(), may_succeed_later(code), "{detail:?}");
    }
    let concurrent = ApiError::from(StoreError::Conflict(Constraint::ActiveEmail));
    assert_eq!((concurrent.code(), concurrent.is_retryable()), (Code::Conflict, true));
    assert!(ApiError::from(StoreError::timed_out()).is_retryable());
}

/// A replayed error equals the first one.
#[test]
fn the_stored_form_of_an_error_is_complete() {
    for (detail, expected) in CONFLICTS {
        let first = ApiError::new(Code::Conflict).detail(detail.clone()).fact(|facts| facts.index = Some(3));
        let again = ApiError::from_stored(&first.to_stored());
        assert_eq!((again.code(), again.is_retryable()), (Code::Conflict, expected), "{detail:?}");
        assert_eq!((&again.0.detail, &again.0.facts), (&Some(detail), &first.0.facts));
    }
    for &code in Code::ALL {
        let again = ApiError::from_stored(&ApiError::new(code).to_stored());
        assert_eq!((again.code(), &again.0.detail), (code, &None));
    }
    // Earlier versions stored no detail. An unreadable stored form must not cause a failure.
    let earlier = ApiError::from_stored(r#"{"code": "event-full", "facts": {"capacity": 1}}"#);
    assert_eq!((earlier.code(), earlier.0.facts.capacity), (Code::EventFull, Some(1)));
    assert_eq!(ApiError::from_stored("nonsense").code(), Code::Conflict);
}

/// `docs/errors.md` lists every code, in this order, with the meanings that the specification has.
#[test]
fn the_documentation_lists_every_code() {
    let mut rows = include_str!("../../../../docs/errors.md").lines().filter(|line| line.starts_with("| `"));
    for code in Code::ALL {
        let retryable = match code {
            Code::Conflict => "some",
            code if code.is_retryable() => "yes",
            _ => "no",
        };
        let start = format!("| `{}` | {} | {retryable} | ", code.as_str(), code.status().as_u16());
        let row = rows.next().unwrap_or_default();
        assert!(row.starts_with(&start), "{row}\n{start}");
    }
    let fields = FieldCode::ALL.iter().map(|code| (code.as_str(), code.meaning()));
    for (code, meaning) in ConflictReason::MEANINGS.iter().copied().chain(fields) {
        assert_eq!(rows.next(), Some(format!("| `{code}` | {meaning} |").as_str()));
    }
    assert_eq!(rows.next(), None);
}

/// Every reason of a conflict has a detail, and every detail of a conflict a reason.
#[test]
fn conflicts_have_reasons() {
    let reasons = CONFLICTS.iter().map(|(detail, _)| ConflictReason::of(detail).map(serde_json::to_value));
    let names: std::collections::HashSet<String> =
        reasons.map(|reason| reason.unwrap().unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ConflictReason::MEANINGS.iter().map(|(name, _)| (*name).to_owned()).collect());
}
