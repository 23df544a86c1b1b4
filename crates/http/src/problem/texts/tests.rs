//! Tests of every text in every language.

use plenaria_domain::event::definition::advice::{Advice, AdviceKind};
use plenaria_domain::validation::{Form, InvalidValue, OutOfRange, Referent, ValueType, YamlError};
use plenaria_domain::values::language::MessageLanguage;

use super::words::{Words, after_colon};
use super::{in_language, without_detail};
use crate::problem::code::Code;
use crate::problem::detail::{Detail, ParameterError};

/// The texts differ between languages, are not empty, contain these names, and have no braces left over from a format
/// string.
fn check(what: &str, texts: [String; 4], names: &[&str]) {
    for (index, text) in texts.iter().enumerate() {
        assert!(!text.trim().is_empty() && text.trim() == text, "{what}: {text:?}");
        assert!(!text.contains(['{', '}', '\n']), "{what}: {text}");
        assert!(!texts[..index].contains(text), "{what}: two languages have the same text: {text}");
        for name in names {
            assert!(text.contains(name), "{what}: {name} is missing: {text}");
        }
    }
    let french = &texts[2];
    for spaced in [" :", " ;", " ?", " !", "« ", " »"] {
        assert!(!french.contains(spaced), "{what}: the space must not break: {french}");
    }
}

fn in_all(text: impl Fn(&dyn Words) -> String) -> [String; 4] {
    MessageLanguage::ALL.map(|language| text(in_language(language)))
}

fn sentence(text: &str) {
    assert!(text.ends_with(['.', '?']) && text.starts_with(char::is_uppercase), "no sentence: {text}");
}

#[test]
fn every_kind_of_problem_is_explained() {
    for code in Code::ALL {
        let titles = in_all(|words| words.wording(*code).title.to_owned());
        let meanings = in_all(|words| words.wording(*code).meaning.to_owned());
        for (title, meaning) in titles.iter().zip(&meanings) {
            assert!(title.chars().count() <= 80 && !title.ends_with('.'), "{title}");
            assert!(meaning.chars().count() <= 1000, "{meaning}");
            sentence(meaning);
            assert!(!format!("{title}{meaning}").contains(['<', '>', '&']), "{meaning}");
        }
        check(code.as_str(), titles, &[]);
        check(code.as_str(), meanings, names_in_meaning(*code));
    }
    for retryable in [true, false] {
        let texts = in_all(|words| words.retry(retryable).to_owned());
        assert!(texts.iter().all(|text| !text.contains(['<', '>', '&'])));
        check("retry", texts, &[]);
    }
}

/// The names of headers and fields that callers' programs need, which no translation may lose.
fn names_in_meaning(code: Code) -> &'static [&'static str] {
    match code {
        Code::Unauthenticated => &["Authorization: Bearer …", "manage_token", "/oauth/token"],
        Code::InsufficientScope => &["required_scope"],
        Code::MethodNotAllowed => &["Allow"],
        Code::NotAcceptable => &["Accept", "application/json", "/openapi.json"],
        Code::AlreadyRegistered => &["/registrations/resend"],
        Code::RegistrationNotOpen => &["opens_at"],
        Code::RegistrationClosed => &["closed_at"],
        Code::JoinNotOpen => &["available_from"],
        Code::IdempotencyInProgress => &["Idempotency-Key", "Retry-After"],
        Code::IdempotencyMismatch => &["Idempotency-Key", "24"],
        Code::Conflict => &["retryable"],
        Code::CursorExpired => &["30", "/v1/changes"],
        Code::PreconditionFailed => &["If-Match", "If-None-Match: *", "ETag"],
        Code::PreconditionRequired => &["If-Match", "ETag", "If-None-Match: *"],
        Code::PayloadTooLarge => &["256", "2"],
        Code::UnsupportedMediaType => &["Content-Type: application/json"],
        Code::ValidationFailed => &["errors"],
        Code::RateLimited => &["Retry-After", "RateLimit-Policy", "RateLimit"],
        Code::Internal => &["request_id"],
        Code::Overloaded | Code::DatabaseUnavailable => &["Retry-After"],
        _ => &[],
    }
}

/// The names that a sentence must contain. The match has no wildcard: a new error must be added here and to [`errors`].
fn names_in_error(error: &InvalidValue) -> Vec<String> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match error {
        InvalidValue::UnknownField { nearest: Some(name) } | InvalidValue::Duplicate(name) => owned(&[name]),
        InvalidValue::Reference { kind: Referent::Speaker | Referent::Room, key } => owned(&[key]),
        InvalidValue::Unquoted { expected: _, written } => owned(&[written]),
        InvalidValue::Yaml(error) => owned(match error {
            YamlError::UnknownTag => &["YAML"],
            YamlError::NotFinite => &["JSON"],
            _ => &[],
        }),
        InvalidValue::Length { min, max } | InvalidValue::ListLength { min, max } => {
            vec![min.to_string(), max.to_string()]
        }
        InvalidValue::Choice { choices } => vec![choices.join(", ")],
        InvalidValue::TimeZone => owned(&["IANA"]),
        InvalidValue::SkippedTime { zone } => owned(&[zone]),
        InvalidValue::Type { expected: ValueType::Boolean } => owned(&["true", "false"]),
        InvalidValue::Required
        | InvalidValue::UnknownOption
        | InvalidValue::UnknownField { nearest: None }
        | InvalidValue::Type { .. }
        | InvalidValue::Email
        | InvalidValue::ControlCharacter
        | InvalidValue::Consent
        | InvalidValue::PrivateAddress
        | InvalidValue::OwnerOnly
        | InvalidValue::Taken
        | InvalidValue::ReadOnly
        | InvalidValue::Token
        | InvalidValue::ClientsOnly => Vec::new(),
        InvalidValue::Format { expected } => owned(match expected {
            Form::LanguageTag => &["BCP 47", "es", "pt-BR"],
            Form::CountryCode => &["ISO 3166-1", "ES"],
            Form::Slug => &["UUID"],
            Form::Id => &["UUID", "7"],
            Form::Date => &["2027-07-22"],
            Form::WallClock => &["2027-07-22T15:00"],
            Form::Instant => &["2027-07-22T13:00:00Z", "RFC 3339"],
            Form::Colour => &["#0a7cc1"],
            Form::WebAddress => &["https://", "http://"],
            Form::WebhookAddress => &["https://"],
            Form::SingleLine | Form::NoWebAddress => &[],
        }),
        InvalidValue::Range(range) => match range {
            OutOfRange::Between { min, max } | OutOfRange::WholeNumber { min, max } => {
                vec![min.to_string(), max.to_string()]
            }
            OutOfRange::Year { first } => vec![first.to_string()],
            OutOfRange::TooLate { last } => vec![last.to_string()],
            OutOfRange::SessionBeforeEvent | OutOfRange::Future | OutOfRange::OpensTooLate => Vec::new(),
        },
    }
}

/// Every error; those with several sentences, once for each.
fn errors() -> Vec<InvalidValue> {
    let name = || "some-name".to_owned();
    let ranges = [
        OutOfRange::Between { min: 12, max: 345 },
        OutOfRange::WholeNumber { min: 12, max: 345 },
        OutOfRange::Year { first: 1970 },
        OutOfRange::TooLate { last: 9999 },
        OutOfRange::SessionBeforeEvent,
        OutOfRange::Future,
        OutOfRange::OpensTooLate,
    ];
    let mut all = vec![
        InvalidValue::Required,
        InvalidValue::UnknownField { nearest: None },
        InvalidValue::UnknownField { nearest: Some(name()) },
        InvalidValue::Length { min: 12, max: 345 },
        InvalidValue::ListLength { min: 12, max: 345 },
        InvalidValue::Email,
        InvalidValue::ControlCharacter,
        InvalidValue::Choice { choices: Vec::new() },
        InvalidValue::Choice { choices: vec!["first".to_owned(), "second".to_owned()] },
        InvalidValue::UnknownOption,
        InvalidValue::Consent,
        InvalidValue::ReadOnly,
        InvalidValue::Token,
        InvalidValue::ClientsOnly,
        InvalidValue::PrivateAddress,
        InvalidValue::OwnerOnly,
        InvalidValue::Taken,
        InvalidValue::TimeZone,
        InvalidValue::SkippedTime { zone: "Europe/Madrid".to_owned() },
        InvalidValue::Duplicate(name()),
    ];
    all.extend(ranges.map(InvalidValue::Range));
    all.extend(ValueType::ALL.iter().map(|expected| InvalidValue::Type { expected: *expected }));
    let unquoted = |expected: &ValueType| InvalidValue::Unquoted { expected: *expected, written: "1984".to_owned() };
    all.extend(ValueType::ALL.iter().map(unquoted));
    all.extend(Form::ALL.iter().map(|expected| InvalidValue::Format { expected: *expected }));
    all.extend(YamlError::ALL.iter().map(|error| InvalidValue::Yaml(*error)));
    all.extend(Referent::ALL.iter().map(|kind| InvalidValue::Reference { kind: *kind, key: name() }));
    all
}

#[test]
fn every_error_has_a_text() {
    for error in errors() {
        let names = names_in_error(&error);
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        let texts = in_all(|words| words.invalid_value(&error));
        assert_eq!(texts[0], error.to_string());
        for text in &texts {
            sentence(text);
        }
        check(&format!("{error:?}"), texts, &names);
        let detail = Detail::Parameter { name: "limit".to_owned(), error: ParameterError::InvalidValue(error.clone()) };
        names.push("limit");
        check(&format!("{detail:?}"), in_all(|words| words.detail(&detail)), &names);
    }
}

/// The names that a detail must contain. The match has no wildcard: a new detail must be added here and to
/// [`every_detail_has_a_text`].
fn names_in_detail(detail: &Detail) -> Vec<String> {
    match detail {
        Detail::Fields(count) => vec![count.to_string()],
        Detail::Parameter { name, error } => match error {
            ParameterError::Unknown { suggestion: Some(suggestion) } => vec![name.clone(), suggestion.clone()],
            ParameterError::Unknown { suggestion: None }
            | ParameterError::Duplicate
            | ParameterError::InvalidCursor
            | ParameterError::InvalidValue(_) => vec![name.clone()],
        },
        Detail::NotJson { cut_off: _, line, column } => vec!["JSON".to_owned(), line.to_string(), column.to_string()],
        Detail::NotYaml { line, column } => vec!["YAML".to_owned(), line.to_string(), column.to_string()],
        Detail::YamlDocumentCount(number) | Detail::YamlTooComplex { line: number } => {
            vec!["YAML".to_owned(), number.to_string()]
        }
        Detail::IfMatchUnreadable => vec!["If-Match".to_owned(), "*".to_owned()],
        Detail::IdempotencyKeyUnreadable => ["Idempotency-Key", "1", "255", "ASCII"].map(str::to_owned).to_vec(),
        Detail::SchemaBehind => vec!["plenaria".to_owned(), "migrate".to_owned()],
        Detail::QueryUnreadable
        | Detail::BodyUnreadable
        | Detail::DuplicateField
        | Detail::HoldsNoSeat { .. }
        | Detail::EventIsDraft
        | Detail::RegistrationCancelled
        | Detail::AddressNotConfirmed
        | Detail::NotConfirmed { .. }
        | Detail::ConcurrentChange
        | Detail::ShuttingDown
        | Detail::EventUnreadable => Vec::new(),
        Detail::TooManyRows { max } => vec![max.to_string(), "csv".to_owned(), "ndjson".to_owned()],
        Detail::AtomicUnavailable => vec!["atomic".to_owned()],
        Detail::DuplicateExternalReference | Detail::AmbiguousExternalReference => {
            vec!["external_reference".to_owned()]
        }
        Detail::TooManyEndpoints { max } => vec![max.to_string()],
        Detail::EndpointDisabled => vec!["status".to_owned(), "active".to_owned()],
    }
}

#[test]
fn every_detail_has_a_text() {
    let parameter = |error| Detail::Parameter { name: "limit".to_owned(), error };
    for detail in [
        Detail::Fields(1),
        Detail::Fields(2),
        Detail::Fields(21),
        parameter(ParameterError::Unknown { suggestion: None }),
        parameter(ParameterError::Unknown { suggestion: Some("lang".to_owned()) }),
        parameter(ParameterError::Duplicate),
        parameter(ParameterError::InvalidCursor),
        Detail::QueryUnreadable,
        Detail::NotJson { cut_off: true, line: 12, column: 34 },
        Detail::NotJson { cut_off: false, line: 12, column: 34 },
        Detail::NotYaml { line: 12, column: 34 },
        Detail::YamlDocumentCount(2),
        Detail::YamlTooComplex { line: 12 },
        Detail::BodyUnreadable,
        Detail::DuplicateField,
        Detail::IfMatchUnreadable,
        Detail::IdempotencyKeyUnreadable,
        Detail::DuplicateExternalReference,
        Detail::AmbiguousExternalReference,
        Detail::HoldsNoSeat { may_get_one: true },
        Detail::TooManyEndpoints { max: 20 },
        Detail::EndpointDisabled,
        Detail::RegistrationCancelled,
        Detail::AddressNotConfirmed,
        Detail::NotConfirmed { may_get_seat: true },
        Detail::EventIsDraft,
        Detail::TooManyRows { max: 1_000_000 },
        Detail::AtomicUnavailable,
        Detail::ConcurrentChange,
        Detail::EventUnreadable,
        Detail::SchemaBehind,
        Detail::ShuttingDown,
    ] {
        let texts = in_all(|words| words.detail(&detail));
        // A count may begin a sentence.
        for text in texts.iter().filter(|text| !text.starts_with(char::is_numeric)) {
            sentence(text);
        }
        let names = names_in_detail(&detail);
        check(&format!("{detail:?}"), texts, &names.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn all_advice_has_a_text() {
    for kind in AdviceKind::ALL {
        let advice = Advice {
            pointer: "/programme/sessions/1".to_owned(),
            kind: *kind,
            session: "first-one".to_owned(),
            other: "other-one".to_owned(),
            shared: Some("main-hall".to_owned()),
        };
        let texts = in_all(|words| words.advice(&advice));
        let names: &[&str] = match kind {
            AdviceKind::RoomOverlap | AdviceKind::SpeakerOverlap => &["first-one", "other-one", "main-hall", "starts"],
            AdviceKind::ParallelSession => &["first-one", "other-one", "starts"],
        };
        check(&format!("{kind:?}"), texts, names);
    }
}

/// The problems that people can meet while they register, join or manage their registration.
const MET_BY_PEOPLE: [Code; 16] = [
    Code::InvalidToken,
    Code::NotFound,
    Code::AlreadyRegistered,
    Code::EventFull,
    Code::RegistrationNotOpen,
    Code::RegistrationClosed,
    Code::EventCancelled,
    Code::EventEnded,
    Code::JoinNotOpen,
    Code::IdempotencyInProgress,
    Code::Conflict,
    Code::ValidationFailed,
    Code::RateLimited,
    Code::Internal,
    Code::Overloaded,
    Code::DatabaseUnavailable,
];

/// Words of the protocol, of which people see nothing.
#[rustfmt::skip]
const PROTOCOL_WORDS: &[&str] = &[
    "json", "http", "header", "cabecera", "en-tête", "capçalera", "field", "fields", "campo", "campos", "champ", "champs",
    "camp", "camps", "token", "jeton", "testimoni", "slug", "slugs", "uuid", "id", "ids", "resource", "recurso",
    "ressource", "recurs", "parameter", "retryable", "retry-after", "ratelimit", "ratelimit-policy", "idempotency-key",
    "etag", "if-match",
];

#[test]
fn details_for_people_name_what_they_see() {
    let of_codes = MET_BY_PEOPLE.map(|code| MessageLanguage::ALL.map(|lang| without_detail(lang, code).to_owned()));
    let of_conflicts = [
        Detail::RegistrationCancelled,
        Detail::AddressNotConfirmed,
        Detail::NotConfirmed { may_get_seat: true },
        Detail::ConcurrentChange,
    ]
    .map(|detail| in_all(|words| words.detail(&detail)));
    let of_choice = in_all(|words| words.invalid_value(&InvalidValue::UnknownOption));
    for texts in of_codes.into_iter().chain(of_conflicts).chain([of_choice]) {
        for text in &texts {
            sentence(text);
            assert!(!text.contains(['_', '/', '<', '>']), "{text}");
            for word in text.split(|c: char| !c.is_alphanumeric() && c != '-') {
                assert!(!PROTOCOL_WORDS.contains(&word.to_lowercase().as_str()), "{word}: {text}");
            }
        }
        let what = texts[0].clone();
        check(&what, texts, &[]);
    }
}

#[test]
fn plurals_are_those_of_the_language() {
    let fields = |language: MessageLanguage, count| in_language(language).detail(&Detail::Fields(count));
    for (language, none, one, many) in [
        (MessageLanguage::En, "0 fields need attention.", "1 field needs attention.", "2 fields need attention."),
        (MessageLanguage::Es, "Hay 0 campos que revisar.", "Hay 1 campo que revisar.", "Hay 2 campos que revisar."),
        (MessageLanguage::Fr, "0 champ est à revoir.", "1 champ est à revoir.", "2 champs sont à revoir."),
        (MessageLanguage::Ca, "Cal revisar 0 camps.", "Cal revisar 1 camp.", "Cal revisar 2 camps."),
    ] {
        assert_eq!([fields(language, 0), fields(language, 1), fields(language, 2)], [none, one, many]);
    }
}

#[test]
fn after_a_colon_the_first_letter_is_lower_case() {
    assert_eq!(after_colon("L’année doit être 1970."), "l’année doit être 1970.");
    assert_eq!(after_colon("«\u{a0}x\u{a0}»"), "«\u{a0}x\u{a0}»");
    assert_eq!(after_colon(""), "");
}
