//! What may be tried again, and what is kept of errors.

use plenaria_persistence::Constraint;

use super::*;

/// Every code whose problems may be tried again, whatever the case. A new code stops here.
fn may_succeed_later(code: Code) -> bool {
    match code {
        // It was not the request that was at fault, or time or other people may change what was.
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

/// Every cause of a conflict, and whether the same request may succeed later.
const CONFLICTS: [(Detail, bool); 11] = [
    (Detail::LostRace, true),
    (Detail::HoldsNoSeat { may_get_one: true }, true),
    (Detail::HoldsNoSeat { may_get_one: false }, false),
    (Detail::AddressNotConfirmed, true),
    (Detail::NotConfirmed { may_get_seat: true }, true),
    (Detail::NotConfirmed { may_get_seat: false }, false),
    (Detail::ReferenceTaken, false),
    (Detail::TooManyEndpoints { most: 20 }, false),
    (Detail::EndpointDisabled, false),
    (Detail::RegistrationCancelled, false),
    (Detail::NotTogether, false),
];

/// Every other detail, with a code that it comes with. None of them changes what the code says.
fn others() -> [(Code, Detail); 11] {
    let wrong = WrongParameter::Refused(Refusal::Required);
    [
        (Code::ValidationFailed, Detail::Fields(2)),
        (Code::InvalidParameter, Detail::Parameter { name: "limit".to_owned(), wrong }),
        (Code::InvalidParameter, Detail::QueryUnreadable),
        (Code::MalformedRequest, Detail::NotJson { cut_off: true, line: 1, column: 2 }),
        (Code::MalformedRequest, Detail::BodyUnreadable),
        (Code::MalformedRequest, Detail::FieldTwice),
        (Code::MalformedRequest, Detail::IfMatchUnreadable),
        (Code::MalformedRequest, Detail::IdempotencyKeyUnreadable),
        (Code::Internal, Detail::EventUnreadable),
        (Code::DatabaseUnavailable, Detail::SchemaBehind),
        (Code::Overloaded, Detail::Stopping),
    ]
}

#[test]
fn only_what_may_succeed_later_is_retryable() {
    for &code in Code::ALL {
        assert_eq!(ApiError::new(code).is_retryable(), may_succeed_later(code), "{code:?}");
    }
    for (detail, expected) in CONFLICTS {
        assert_eq!(ApiError::new(Code::Conflict).detail(detail.clone()).is_retryable(), expected, "{detail:?}");
    }
    for (code, detail) in others() {
        assert_eq!(ApiError::new(code).detail(detail.clone()).is_retryable(), may_succeed_later(code), "{detail:?}");
    }
    let lost = ApiError::from(StoreError::Conflict(Constraint::LiveAddress));
    assert_eq!((lost.code(), lost.is_retryable()), (Code::Conflict, true));
    assert!(ApiError::from(StoreError::silent()).is_retryable());
}

/// A response that is given again says what it said the first time.
#[test]
fn what_is_kept_of_an_error_is_all_of_it() {
    for (detail, expected) in CONFLICTS {
        let first = ApiError::new(Code::Conflict).detail(detail.clone()).fact("index", 3);
        let again = ApiError::from_record(&first.record());
        assert_eq!((again.code(), again.is_retryable()), (Code::Conflict, expected), "{detail:?}");
        assert_eq!((&again.0.detail, &again.0.facts), (&Some(detail), &first.0.facts));
    }
    for &code in Code::ALL {
        let again = ApiError::from_record(&ApiError::new(code).record());
        assert_eq!((again.code(), &again.0.detail), (code, &None));
    }
    // Records of earlier versions have no detail, and a broken one is no reason to fail.
    let earlier = ApiError::from_record(r#"{"code": "event-full", "facts": {"capacity": 1}}"#);
    assert_eq!((earlier.code(), earlier.0.facts["capacity"].as_u64()), (Code::EventFull, Some(1)));
    assert_eq!(ApiError::from_record("nonsense").code(), Code::Conflict);
}
