//! The schema refuses what the parser refuses, and accepts what it accepts, apart from rules that JSON Schema cannot
//! express.

use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::event::definition::Definition;
use crate::event::definition::samples::{full_document, pointers};
use crate::event::definition::schema::json_schema;
use crate::validation::{FieldError, Form, InvalidValue, OutOfRange};
use crate::values::time::Instant;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| validator(&json_schema()));

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).unwrap()
}

/// Whether one of the schema's `$defs` accepts a string.
fn is_form(name: &str, value: &str) -> bool {
    static FORMS: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
        let schema = json_schema();
        let form = |name| (name, validator(&schema["$defs"][name]));
        ["language", "local-time", "web-address"].into_iter().map(form).collect()
    });
    FORMS.iter().any(|(form, validator)| *form == name && validator.is_valid(&json!(value)))
}

fn parse(document: &Value) -> Result<Definition, Vec<FieldError>> {
    Definition::parse(document, "2026-11-23T09:00:00Z".parse::<Instant>().unwrap())
}

/// Whether an error is of a rule that JSON Schema cannot express.
fn is_beyond_schema(document: &Value, error: &FieldError) -> bool {
    let mut tokens = error.pointer.rsplit('/');
    let (last, parent) = (tokens.next().unwrap_or_default(), tokens.next().unwrap_or_default());
    let value = document.pointer(&error.pointer).and_then(Value::as_str).unwrap_or_default();
    match &error.reason {
        // Keys of objects are unique. (That strings are unique can be expressed.)
        InvalidValue::Duplicate(_) => !["co_organisers", "moderators", "roles"].contains(&parent),
        // References lead somewhere; the zone skips the time; times contradict each other; the end is after the last year.
        InvalidValue::Reference { .. }
        | InvalidValue::SkippedTime { .. }
        | InvalidValue::Range(OutOfRange::OpensTooLate | OutOfRange::SessionBeforeEvent | OutOfRange::TooLate { .. }) => {
            true
        }
        // The language is registered, or the tag is well-formed in every detail.
        InvalidValue::Format { expected: Form::LanguageTag } => is_form("language", value) || is_form("language", last),
        // The month has the day.
        InvalidValue::Format { expected: Form::WallClock } => is_form("local-time", value),
        // The host is well-formed.
        InvalidValue::Format { expected: Form::WebAddress } => is_form("web-address", value),
        // The address is deliverable.
        InvalidValue::Email => value.split('@').filter(|part| !part.is_empty()).count() == 2,
        _ => false,
    }
}

/// Checks that the schema and the parser agree on a document.
fn check(document: &Value) {
    let in_schema = SCHEMA.is_valid(document);
    match parse(document) {
        Ok(definition) => {
            let refused: Vec<String> = SCHEMA.iter_errors(document).map(|error| error.to_string()).collect();
            assert!(in_schema, "the parser accepts what the schema refuses: {refused:?}\n{document}");
            let stored = serde_json::to_value(&definition).unwrap();
            assert!(SCHEMA.is_valid(&stored), "{stored}");
            assert_eq!(parse(&stored).unwrap(), definition, "{stored}");
        }
        Err(errors) => {
            let plain: Vec<_> = errors.iter().filter(|error| !is_beyond_schema(document, error)).collect();
            assert!(
                plain.is_empty() || !in_schema,
                "the schema accepts what the parser refuses: {plain:?}\n{document}"
            );
        }
    }
}

#[test]
fn the_schema_is_valid_and_describes_every_field() {
    let schema = json_schema();
    assert!(jsonschema::meta::is_valid(&schema));
    check(&full_document());
    parse(&full_document()).unwrap();
    let objects = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for fields in objects.filter_map(|object| object["properties"].as_object()) {
        for (name, field) in fields {
            for keyword in ["title", "description"] {
                assert!(field[keyword].is_string(), "{name} has no {keyword}");
            }
        }
    }
    // The sample has every key.
    let parsed = serde_json::to_value(parse(&full_document()).unwrap()).unwrap();
    for name in schema["properties"].as_object().unwrap().keys() {
        assert!(parsed.get(name).is_some(), "{name}");
    }
}

#[test]
fn examples_and_defaults_are_valid() {
    let schema = json_schema();
    let objects = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for fields in objects.filter_map(|object| object["properties"].as_object()) {
        for (name, field) in fields {
            let mut alone = field.clone();
            alone["$defs"] = schema["$defs"].clone();
            let validator = validator(&alone);
            for value in field["examples"].as_array().into_iter().flatten().chain(field.get("default")) {
                assert!(validator.is_valid(value), "{name}: {value}");
            }
        }
    }
}

/// Strings that the schema's patterns must refuse or accept by themselves.
#[test]
fn patterns_say_the_forms_of_strings() {
    for (pointer, good, bad) in [
        ("/slug", &["a-1"][..], &["A", "a--b", "a ", "01890a5d-ac96-774b-bcce-b302099a8057", "", " ", "é"][..]),
        ("/title", &[" Título \n", "a\u{202a}b"], &["", " \u{200b}", "a\nb", "a\u{0}", "a\u{2028}b", "\u{85}"]),
        ("/description", &["a\r\n\tb", "", "\u{3000}"], &["a\u{0}b", "\u{b}"]),
        ("/title/en", &["", " "], &["a\nb"]),
        ("/language", &["pt-br", "x-own"], &["e", "en_GB", "en ", "", "zu-toolongsubtag"]),
        (
            "/starts",
            &["07-22T15:00", "2027-02-28T10:00:59"],
            &[
                "2027-7-22T15:00",
                "1969-01-01T00:00",
                "07-22T24:00",
                "13-01T10:00",
                "2027-07-22T15:00Z",
                "2027-07-22T15:00:60",
                "",
            ],
        ),
        ("/registration/opens", &["", " ", "06-01T10:00"], &["soon", " 06-01T10:00"]),
        ("/time_zone", &["Etc/UTC"], &["Madrid", "europe/madrid", ""]),
        (
            "/image_url",
            &["", " HTTP://example.org "],
            &["ftp://example.org", "http:example.org", "https://", "example.org"],
        ),
        ("/speakers/0/country", &["", " eS "], &["XX", "ESP"]),
        ("/branding/colour", &["", "#aAbBcC"], &["#abc", "red", "#00000g", " #000000"]),
        ("/contact/email", &["", "zoë@example.org"], &["example.org", "@", "a@"]),
        ("/programme/sessions/0/room", &["", "hall-2"], &["Hall"]),
        ("/programme/sessions/0/speakers/0", &["ana"], &["", "Ana"]),
    ] {
        for (text, expected) in good.iter().map(|text| (text, true)).chain(bad.iter().map(|text| (text, false))) {
            let mut document = full_document();
            *document.pointer_mut(pointer).unwrap() = json!(text);
            assert_eq!(SCHEMA.is_valid(&document), expected, "{pointer}: {text:?}");
            check(&document);
        }
    }
}

/// Lists may have as many items as the limits say, and no more.
#[test]
fn lists_have_limits() {
    for (pointer, max) in [
        ("/programme/sessions", 1000),
        ("/speakers", 500),
        ("/rooms", 200),
        ("/materials", 100),
        ("/programme/sessions/0/materials", 100),
        ("/registration/questions", 50),
    ] {
        for (length, expected) in [(max, true), (max + 1, false)] {
            let mut document = full_document();
            document["starts"] = json!("2027-07-22T15:30");
            let list = document.pointer_mut(pointer).unwrap().as_array_mut().unwrap();
            let mut item = list[list.len() - 1].clone();
            for index in list.len()..length {
                if item.get("key").is_some() {
                    item["key"] = json!(format!("k-{index}"));
                }
                list.push(item.clone());
            }
            assert_eq!(parse(&document).map_err(|e| e[0].clone()).is_ok(), expected, "{pointer}: {length}");
            assert_eq!(SCHEMA.is_valid(&document), expected, "{pointer}: {length}");
        }
    }
}

/// A value to put into a document.
fn replacement() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Null,
        json!(""),
        json!(" \u{3000}"),
        json!(0),
        json!(-1),
        json!(1),
        json!(15.0),
        json!(1.5),
        json!(1e20),
        json!(20_000_000),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!({"en": ""}),
        json!({"EN": "a", "en": "b"}),
        json!({"english": "a"}),
        json!({"not a tag": "a"}),
        json!({"not a tag": null}),
        json!("a\nb"),
        json!("a\u{0}b"),
        json!("x".repeat(300)),
        json!("x".repeat(301)),
        json!("a"),
        json!("A b"),
        json!("en"),
        json!("english"),
        json!("2027-02-30T10:00"),
        json!("2027-03-28T02:30"),
        json!("07-22T15:10"),
        json!("9999-12-31T23:59"),
        json!("https://exa mple.org"),
        json!("a b@example.org"),
        json!("a@example.org"),
        json!("choices"),
        json!("draft"),
        json!("#ABCDEF"),
        json!(["moderator", "moderator"]),
        json!(["ana", "ana"]),
        json!({"key": "ana"}),
        json!({"key": "ana", "role": null, "roles": ["host"]}),
        json!({"key": "ana", "role": "host", "roles": null}),
    ])
}

#[derive(Clone, Debug)]
enum Mutation {
    Remove,
    Replace(Value),
    ReplaceWithPart(prop::sample::Index),
    AddField,
    RepeatItem,
    Surround,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        2 => Just(Mutation::Remove),
        6 => replacement().prop_map(Mutation::Replace),
        3 => any::<prop::sample::Index>().prop_map(Mutation::ReplaceWithPart),
        1 => Just(Mutation::AddField),
        1 => Just(Mutation::RepeatItem),
        2 => Just(Mutation::Surround),
    ]
}

fn mutate(document: &mut Value, pointer: &str, mutation: &Mutation, part: &Value) {
    let Some((parent, token)) = pointer.rsplit_once('/') else { return };
    let Some(value) = document.pointer_mut(pointer) else { return };
    match mutation {
        Mutation::Replace(new) => *value = new.clone(),
        Mutation::ReplaceWithPart(_) => *value = part.clone(),
        Mutation::AddField => {
            if let Value::Object(map) = value {
                map.insert("not_known".to_owned(), json!("x"));
            }
        }
        Mutation::RepeatItem => {
            if let Value::Array(items) = value {
                items.extend(items.first().cloned());
            }
        }
        Mutation::Surround => {
            if let Value::String(text) = value
                && text.len() < 50
            {
                *text = format!(" {text}\r\n");
            }
        }
        Mutation::Remove => match document.pointer_mut(parent) {
            Some(Value::Object(map)) => drop(map.shift_remove(token)),
            Some(Value::Array(items)) => drop(items.remove(token.parse().unwrap())),
            _ => {}
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Also: what the parser accepts is equal to itself when it is serialised and parsed again.
    #[test]
    fn the_schema_and_the_parser_agree(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 1..4),
    ) {
        let mut document = full_document();
        for (place, mutation) in &mutations {
            let places = pointers(&document);
            let part = match mutation {
                Mutation::ReplaceWithPart(index) => document.pointer(&places[index.index(places.len())]).unwrap().clone(),
                _ => Value::Null,
            };
            mutate(&mut document, &places[place.index(places.len())], mutation, &part);
        }
        check(&document);
    }
}
