//! Every text in every language.

use plenaria_domain::refusal::{Form, OutOfRange, Referent, ValueType};

use super::*;
use crate::problem::detail::WrongParameter;

/// The texts differ from language to language, are not empty, hold what they are about, and leave no brace behind.
fn check(what: &str, texts: [String; 4], names: &[&str]) {
    for (index, text) in texts.iter().enumerate() {
        assert!(!text.trim().is_empty() && text.trim() == text, "{what}: {text:?}");
        assert!(!text.contains(['{', '}', '\n']), "{what}: {text}");
        assert!(!texts[..index].contains(text), "{what}: two languages say the same: {text}");
        for name in names {
            assert!(text.contains(name), "{what}: {name} is not told: {text}");
        }
    }
    let french = &texts[2];
    for spaced in [" :", " ;", " ?", " !", "« ", " »"] {
        assert!(!french.contains(spaced), "{what}: the space must not break: {french}");
    }
}

fn in_all(say: impl Fn(&dyn Words) -> String) -> [String; 4] {
    MessageLanguage::ALL.map(|language| say(words(language)))
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
        Code::Unauthenticated => &["Authorization: Bearer …", "manage_token"],
        Code::InsufficientScope => &["required_scope"],
        Code::MethodNotAllowed => &["Allow"],
        Code::NotAcceptable => &["Accept", "application/json", "/openapi.json"],
        Code::RegistrationNotOpen => &["opens_at"],
        Code::RegistrationClosed => &["closed_at"],
        Code::IdempotencyInProgress => &["Idempotency-Key", "Retry-After"],
        Code::IdempotencyMismatch => &["Idempotency-Key", "24"],
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

#[test]
fn every_refusal_is_told() {
    let name = || "nearest-name".to_owned();
    let mut samples: Vec<(Refusal, &[&str])> = vec![
        (Refusal::Required, &[]),
        (Refusal::UnknownField { nearest: None }, &[]),
        (Refusal::UnknownField { nearest: Some(name()) }, &["nearest-name"]),
        (Refusal::Length { min: 12, max: 345 }, &["12", "345"]),
        (Refusal::Email, &[]),
        (Refusal::ControlCharacter, &[]),
        (Refusal::Choice { choices: Vec::new() }, &[]),
        (Refusal::Choice { choices: vec!["first".to_owned(), "second".to_owned()] }, &["first, second"]),
        (Refusal::Consent, &[]),
        (Refusal::ClientsOnly, &[]),
        (Refusal::TimeZone, &["IANA"]),
        (Refusal::SkippedTime { zone: "Europe/Madrid".to_owned() }, &["Europe/Madrid"]),
        (Refusal::Duplicate(name()), &["nearest-name"]),
        (Refusal::Reference { kind: Referent::Speaker, key: name() }, &["nearest-name"]),
        (Refusal::Range(OutOfRange::Between { min: 12, max: 345 }), &["12", "345"]),
        (Refusal::Range(OutOfRange::WholeNumber { min: 12, max: 345 }), &["12", "345"]),
        (Refusal::Range(OutOfRange::Year { first: 1970 }), &["1970"]),
        (Refusal::Range(OutOfRange::SessionBeforeEvent), &[]),
        (Refusal::Range(OutOfRange::OpensTooLate), &[]),
        (Refusal::Range(OutOfRange::ConfirmationUnavailable), &[]),
        (Refusal::Format { expected: Form::LanguageTag }, &["BCP 47", "pt-BR"]),
        (Refusal::Format { expected: Form::CountryCode }, &["ISO 3166-1", "ES"]),
        (Refusal::Format { expected: Form::Slug }, &["UUID"]),
        (Refusal::Format { expected: Form::WallClock }, &["2027-07-22T15:00"]),
        (Refusal::Format { expected: Form::WebAddress }, &["https://", "http://"]),
    ];
    for expected in [
        ValueType::String,
        ValueType::Boolean,
        ValueType::WholeNumber,
        ValueType::Number,
        ValueType::List,
        ValueType::ListOfStrings,
        ValueType::Object,
        ValueType::Text,
    ] {
        samples
            .push((Refusal::Type { expected }, if expected == ValueType::Boolean { &["true", "false"] } else { &[] }));
    }
    for (refusal, names) in samples {
        let texts = in_all(|words| words.refusal(&refusal));
        assert_eq!(texts[0], refusal.to_string());
        for text in &texts {
            sentence(text);
        }
        check(&format!("{refusal:?}"), texts, names);
        let wrong = WrongParameter::Refused(refusal.clone());
        let detail = Detail::Parameter { name: "limit".to_owned(), wrong };
        let texts = in_all(|words| words.detail(&detail));
        check(&format!("{detail:?}"), texts, &[names, &["limit"]].concat());
    }
}

#[test]
fn every_detail_is_told() {
    let parameter = |wrong| Detail::Parameter { name: "limit".to_owned(), wrong };
    let samples: [(Detail, &[&str]); 14] = [
        (Detail::Fields(1), &["1"]),
        (Detail::Fields(2), &["2"]),
        (Detail::Fields(21), &["21"]),
        (parameter(WrongParameter::Unknown { nearest: None }), &["limit"]),
        (parameter(WrongParameter::Unknown { nearest: Some("lang".to_owned()) }), &["limit", "lang"]),
        (parameter(WrongParameter::Twice), &["limit"]),
        (parameter(WrongParameter::NoWord), &["limit"]),
        (parameter(WrongParameter::ForeignCursor), &["limit"]),
        (Detail::QueryUnreadable, &[]),
        (Detail::NotJson { cut_off: true, line: 12, column: 34 }, &["JSON", "12", "34"]),
        (Detail::NotJson { cut_off: false, line: 12, column: 34 }, &["JSON", "12", "34"]),
        (Detail::BodyUnreadable, &[]),
        (Detail::FieldTwice, &[]),
        (Detail::EventUnreadable, &[]),
    ];
    for (detail, names) in samples {
        let texts = in_all(|words| words.detail(&detail));
        // The count of fields begins some sentences.
        for text in texts.iter().filter(|text| !text.starts_with(char::is_numeric)) {
            sentence(text);
        }
        check(&format!("{detail:?}"), texts, names);
    }
    check("the schema", in_all(|words| words.detail(&Detail::SchemaBehind)), &["plenaria"]);
}

#[test]
fn plurals_are_those_of_the_language() {
    let fields = |language: MessageLanguage, count| words(language).detail(&Detail::Fields(count));
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
fn a_sentence_behind_a_colon_begins_small() {
    assert_eq!(within("L’année doit être 1970."), "l’année doit être 1970.");
    assert_eq!(within("«\u{a0}x\u{a0}»"), "«\u{a0}x\u{a0}»");
    assert_eq!(within(""), "");
}
