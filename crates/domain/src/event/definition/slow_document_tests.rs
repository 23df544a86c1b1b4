//! Documents of 2 MiB, the largest that the API takes, that are made to be slow to parse.
//!
//! Without optimisation each is parsed within about a second. The limit leaves room for slow machines; work that grows
//! with the square of the size would take minutes.

use std::time::{Duration, Instant as Stopwatch};

use serde_json::{Map, Value, json};

use crate::event::definition::Definition;
use crate::event::definition::diff::diff;
use crate::values::time::Instant;

const SIZE: usize = 2 * 1024 * 1024;
const LIMIT: Duration = Duration::from_secs(15);

/// Parses a valid definition with one more field, within the limit; returns the number of errors.
fn errors_with(field: &str, value: Value) -> usize {
    let mut document = json!({
        "slug": "slow", "language": "en", "title": "T", "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC",
        "duration_minutes": 60,
    });
    document[field] = value;
    let size = document.to_string().len();
    assert!((SIZE / 2..SIZE + SIZE / 4).contains(&size), "{field}: {size} bytes");
    let started = Stopwatch::now();
    let errors = Definition::parse(&document, Instant::default()).err().map_or(0, |errors| errors.len());
    assert!(started.elapsed() < LIMIT, "{field}: {:?} for {size} bytes", started.elapsed());
    errors
}

/// An object with this many fields of a few bytes.
fn object(fields: usize) -> Map<String, Value> {
    (0..fields).map(|index| (format!("x{index}"), json!(1))).collect()
}

#[test]
fn unknown_names() {
    assert_eq!(errors_with("registration", object(190_000).into()), 190_000);
    // Errors in many objects.
    let sessions: Vec<Value> = (0..1000).map(|_| object(190).into()).collect();
    assert!(errors_with("programme", json!({"sessions": sessions})) > 190_000);
}

#[test]
fn long_names() {
    assert_eq!(errors_with("join", json!({"a".repeat(SIZE / 2): object(90_000)})), 2);
    let mut title = object(90_000);
    title.insert("a".repeat(SIZE / 2), json!("T"));
    assert!(errors_with("title", title.into()) > 90_000);
    // Each character becomes two in a pointer.
    assert_eq!(errors_with("join", json!({"~/".repeat(SIZE / 2): object(1)})), 2);
    let names: Map<String, Value> = (0..2000).map(|length| ("/".repeat(length + 1), json!(1))).collect();
    assert_eq!(errors_with("branding", names.into()), 2000);
}

#[test]
fn deep_values() {
    // A JSON parser allows 128 levels.
    let deep = |name: &str| (0..120).fold(json!(1), |value, _| json!({name: value}));
    let values: Vec<Value> = (0..1200).map(|_| deep("abcdefghi")).collect();
    assert_eq!(errors_with("x", values.into()), 1);
    assert_eq!(errors_with("x", deep(&"a".repeat(SIZE / 120))), 1);
}

#[test]
fn long_lists() {
    let topics = errors_with("topics", vec!["t"; SIZE / 4].into());
    assert_eq!(topics, 1, "too many");
    let duplicates: Vec<Value> =
        (0..30_000).map(|_| json!({"key": "a", "title": "T", "minutes": 1, "speakers": ["b"]})).collect();
    assert!(errors_with("programme", json!({"sessions": duplicates})) >= 1000);
    let moderators: Vec<Value> = (0..200_000).map(|index| json!(format!("m{index}"))).collect();
    assert_eq!(errors_with("programme", json!({"moderators": moderators})), 51);
    let speakers: Vec<Value> =
        (0..40_000).map(|index| json!({"key": format!("s{index}"), "name": "Speaker", "country": ""})).collect();
    assert_eq!(errors_with("speakers", speakers.into()), 1);
}

#[test]
fn references_to_many_speakers() {
    let speakers: Vec<Value> = (0..500).map(|index| json!({"key": format!("s{index}"), "name": "S"})).collect();
    let keys: Vec<Value> =
        (0..5).map(|index| json!({"key": format!("s{}", index * 70), "roles": ["speaker"]})).collect();
    let session = |index: usize| json!({"key": format!("t{index}"), "title": "T", "minutes": 1, "speakers": keys});
    let mut document = json!({
        "slug": "slow", "language": "en", "title": "T", "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC",
        "speakers": speakers, "programme": {"sessions": (0..1000).map(session).collect::<Vec<_>>()},
    });
    let started = Stopwatch::now();
    let definition = Definition::parse(&document, Instant::default()).unwrap();
    let before = serde_json::to_value(&definition).unwrap();
    document["programme"]["sessions"].as_array_mut().unwrap().reverse();
    let after = serde_json::to_value(Definition::parse(&document, Instant::default()).unwrap()).unwrap();
    let changes = diff(&before, &after);
    assert!(!changes.is_empty() && definition.advice().len() <= 50);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn long_texts() {
    assert_eq!(errors_with("title", json!("a\u{316}\u{301}".repeat(SIZE / 5))), 1);
    assert_eq!(errors_with("summary", json!("\u{2067}".repeat(SIZE / 3))), 0, "a blank text");
    assert_eq!(errors_with("description", json!(format!("a{}", "\r\n".repeat(SIZE / 4)))), 0);
    assert_eq!(errors_with("place", json!(format!("a{}b", " ".repeat(SIZE)))), 1);
    for field in ["slug", "language", "starts", "time_zone", "image_url", "owner", "status"] {
        assert_eq!(errors_with(field, json!("a-".repeat(SIZE / 2))), 1, "{field}");
    }
    assert_eq!(errors_with("contact", json!({"email": format!("{}@example.org", "a.".repeat(SIZE / 2))})), 1);
}
