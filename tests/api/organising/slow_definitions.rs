//! Definitions of 2 MiB that are made to be slow to parse, and errors in them whose positions are long.

use std::time::{Duration, Instant as Timer};

use serde_json::{Map, Value, json};

use crate::support::server::app::TestApp;
use crate::support::server::organiser::{JSON, NEW, Organiser, YAML};

crate::on_both_engines!(large_documents_with_errors_are_refused_in_time);

const SIZE: usize = 2_000_000;
/// Each takes a second or two without optimisation. Work that grows with the square of the size would take minutes.
const LIMIT: Duration = Duration::from_secs(20);
const PATH: &str = "/v1/events/slow/definition?dry_run=true";

/// An object with this many fields of a few bytes.
fn object(fields: usize) -> Map<String, Value> {
    (0..fields).map(|index| (format!("x{index}"), json!(1))).collect()
}

async fn large_documents_with_errors_are_refused_in_time(app: TestApp) {
    let organiser = Organiser::of(&app, "metropolis").await;
    let session = json!({"key": "a", "title": "T", "minutes": 1, "speakers": ["b"]});
    let sessions = vec![session; SIZE / 60];
    let valid = json!({
        "slug": "slow", "language": "en", "title": "T", "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC",
        "duration_minutes": 60,
    });
    for (field, value) in [
        ("registration", Value::from(object(SIZE / 12))),
        ("programme", json!({"sessions": sessions})),
        ("join", json!({"a".repeat(SIZE / 2): object(SIZE / 24)})),
        ("branding", (1..1900).map(|length| ("/".repeat(length), json!(1))).collect::<Map<_, _>>().into()),
    ] {
        let mut document = valid.clone();
        document[field] = value;
        let started = Timer::now();
        let refused = organiser.call("PUT", PATH, &[JSON, NEW], &document.to_string()).await;
        assert!(started.elapsed() < LIMIT, "{field}: {:?}", started.elapsed());
        assert!(!refused.field_errors().is_empty(), "{field}");
        assert!(refused.json()["errors"].as_array().unwrap().len() <= 50);
    }
    let repeated = format!("{{{}\"x\":1}}", "\"x\":1,".repeat(SIZE / 6));
    let nested = format!("{}{}", "[".repeat(SIZE / 2), "]".repeat(SIZE / 2));
    let name = "a".repeat(SIZE / 2);
    let head =
        "slug: slow\nlanguage: en\ntitle: T\nstarts: 2027-07-22T15:00\ntime_zone: Etc/UTC\nduration_minutes: 60\n";
    for (media_type, body, status) in [
        (JSON, repeated, 400),
        (JSON, nested, 400),
        (YAML, format!("{head}x: {}", "[".repeat(SIZE)), 400),
        (YAML, format!("{head}{}", "? ".repeat(SIZE / 2)), 400),
        (YAML, format!("{head}? {name}\n: {{{}}}\n", "a: 1, ".repeat(SIZE / 40)), 400),
        (YAML, format!("{head}{}", "x: 1\n".repeat(SIZE / 24)), 422),
        (YAML, format!("{head}{}", format!("? {name}\n: 1\n").repeat(2)), 422),
    ] {
        let started = Timer::now();
        let refused = organiser.call("PUT", PATH, &[media_type, NEW], &body).await;
        assert!(started.elapsed() < LIMIT, "{}: {:?}", &body[..20], started.elapsed());
        assert_eq!(refused.status, status, "{}", &refused.body[..refused.body.len().min(500)]);
    }
}
