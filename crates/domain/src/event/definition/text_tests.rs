//! Parsing of the texts in definitions: line breaks, directional characters, blank texts, translations.

use serde_json::{Value, json};

use crate::event::definition::Definition;
use crate::validation::FieldError;
use crate::values::time::Instant;

/// A definition with every text.
fn document() -> Value {
    json!({
        "slug": "all-texts", "language": "en", "title": "Title", "summary": "Summary", "description": "Description",
        "series": "series", "owner": "owner", "topics": ["Topic"], "place": "Place",
        "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC", "duration_minutes": 10,
        "organisers": [{"key": "o", "name": "Organiser", "url": "https://example.org"}],
        "audiences": [{"key": "a", "label": "Audience"}],
        "publications": [{"title": "Publication", "url": "https://example.org"}],
        "registration": {"questions": [
            {"key": "q", "label": "Question", "kind": "choice", "choices": [{"key": "c", "label": "Choice"}]},
        ]},
        "speakers": [{
            "key": "s", "name": "Speaker", "honorific": "Dr", "position": "Position", "organisation": "Organisation",
            "city": "City", "country": "ES", "biography": "Biography", "photo_url": "https://example.org",
            "links": [{"label": "Link", "url": "https://example.org"}],
        }],
        "programme": {"sessions": [
            {"key": "t", "title": "Session", "abstract": "Abstract", "track": "Track", "minutes": 10},
        ]},
    })
}

fn parse(document: &Value) -> Result<Definition, Vec<(String, &'static str)>> {
    let pointers_and_codes =
        |errors: Vec<FieldError>| errors.into_iter().map(|f| (f.pointer, f.reason.code())).collect();
    Definition::parse(document, Instant::default()).map_err(pointers_and_codes)
}

const SINGLE_LINE: [&str; 17] = [
    "/title",
    "/summary",
    "/topics/0",
    "/place",
    "/organisers/0/name",
    "/audiences/0/label",
    "/publications/0/title",
    "/registration/questions/0/label",
    "/registration/questions/0/choices/0/label",
    "/speakers/0/name",
    "/speakers/0/honorific",
    "/speakers/0/position",
    "/speakers/0/organisation",
    "/speakers/0/city",
    "/speakers/0/links/0/label",
    "/programme/sessions/0/title",
    "/programme/sessions/0/track",
];

const PARAGRAPHS: [&str; 3] = ["/description", "/speakers/0/biography", "/programme/sessions/0/abstract"];

const OPTIONAL: [&str; 15] = [
    "/summary",
    "/description",
    "/series",
    "/owner",
    "/place",
    "/organisers/0/url",
    "/publications/0/url",
    "/speakers/0/honorific",
    "/speakers/0/position",
    "/speakers/0/organisation",
    "/speakers/0/city",
    "/speakers/0/country",
    "/speakers/0/biography",
    "/speakers/0/photo_url",
    "/programme/sessions/0/track",
];

fn with(pointer: &str, value: &Value) -> Value {
    let mut changed = document();
    *changed.pointer_mut(pointer).unwrap() = value.clone();
    changed
}

#[test]
fn only_texts_of_several_paragraphs_may_have_line_breaks() {
    for pointer in SINGLE_LINE {
        for text in ["one\ntwo", "one\r\ntwo", "one\rtwo", "one\u{2028}two"] {
            let expected = vec![(pointer.to_owned(), "format")];
            assert_eq!(parse(&with(pointer, &json!(text))).unwrap_err(), expected, "{pointer}: {text:?}");
        }
        assert!(parse(&with(pointer, &json!("one\n"))).is_ok(), "{pointer}: surrounding line breaks are trimmed");
    }
    let expected = |pointer: &str| parse(&with(pointer, &json!("one\n\ntwo\nthree"))).unwrap();
    for pointer in PARAGRAPHS {
        let sent = with(pointer, &json!(" one\r\n\r\ntwo\rthree\r\n"));
        assert_eq!(parse(&sent).unwrap(), expected(pointer), "{pointer}");
    }
}

#[test]
fn directional_characters_are_balanced_in_every_text() {
    for pointer in SINGLE_LINE.iter().chain(&PARAGRAPHS) {
        let (open, closed) = (json!("\u{202e}eltit"), json!("\u{202e}eltit\u{202c}"));
        assert_eq!(parse(&with(pointer, &open)).unwrap(), parse(&with(pointer, &closed)).unwrap(), "{pointer}");
        let stored = serde_json::to_string(&parse(&with(pointer, &open)).unwrap()).unwrap();
        assert!(stored.contains("\u{202e}eltit\u{202c}"), "{pointer}: {stored}");
    }
}

#[test]
fn blank_texts_are_absent_and_required_ones_are_missing() {
    for pointer in OPTIONAL {
        let absent = parse(&with(pointer, &Value::Null)).unwrap();
        for blank in ["", "  ", "\r\n"] {
            assert_eq!(parse(&with(pointer, &json!(blank))).unwrap(), absent, "{pointer}: {blank:?}");
        }
    }
    for pointer in SINGLE_LINE.iter().filter(|pointer| !OPTIONAL.contains(pointer)) {
        let expected = vec![((*pointer).to_owned(), "required")];
        assert_eq!(parse(&with(pointer, &json!(" "))).unwrap_err(), expected, "{pointer}");
    }
    for pointer in ["/slug", "/language", "/starts", "/time_zone", "/speakers/0/links/0/url"] {
        let errors = parse(&with(pointer, &json!(""))).unwrap_err();
        assert!(errors.contains(&(pointer.to_owned(), "required")), "{pointer}: {errors:?}");
    }
    let number = parse(&with("/registration", &json!({"capacity": ""}))).unwrap_err();
    assert_eq!(number, [("/registration/capacity".to_owned(), "type")], "a blank string is not a missing number");
}

#[test]
fn empty_translations_are_absent() {
    let title = |value: Value| parse(&with("/title", &value));
    assert_eq!(title(json!({"en": "Title", "es": "", "fr": null})).unwrap(), parse(&document()).unwrap());
    for empty in [json!({}), json!({"en": "", "es": " "}), json!({"en": null})] {
        assert_eq!(title(empty.clone()).unwrap_err(), [("/title".to_owned(), "required")], "{empty}");
        let place = parse(&with("/place", &empty)).unwrap();
        assert_eq!(place, parse(&with("/place", &Value::Null)).unwrap(), "{empty}");
    }
    let errors = title(json!({"en": "Title", "es": "a\nb"})).unwrap_err();
    assert_eq!(errors, [("/title/es".to_owned(), "format")]);
}
