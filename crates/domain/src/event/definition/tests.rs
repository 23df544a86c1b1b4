//! Parsing of definitions: the year of a start without one, the order of errors, and errors that only follow from
//! others.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::event::definition::Definition;
use crate::validation::{FieldError, InvalidValue, OutOfRange, ValueType};
use crate::values::time::{Instant, minutes, rfc3339};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn document(starts: &str) -> Value {
    json!({"slug": "e", "language": "en", "title": "T", "starts": starts, "time_zone": "Etc/UTC"})
}

/// An event of two days, whose sessions' minutes add up to two hours.
fn two_days() -> Value {
    let mut document = document("07-22T15:00");
    document["programme"] = json!({"sessions": [
        {"key": "first", "title": "First", "minutes": 60},
        {"key": "second", "title": "Second", "minutes": 60, "starts": "07-23T10:00"},
    ]});
    document
}

fn errors(document: &Value) -> Vec<(String, &'static str)> {
    let errors = Definition::parse(document, at("2026-11-23T09:00:00Z")).unwrap_err();
    errors.into_iter().map(|error| (error.pointer, error.reason.code())).collect()
}

fn starts(parsed: Result<Definition, Vec<FieldError>>) -> String {
    rfc3339(parsed.unwrap().schedule().unwrap().starts_at)
}

#[test]
fn an_event_ends_with_its_last_session() {
    for (now, expected) in [
        ("2027-07-22T17:00:01Z", "2027-07-22T15:00:00Z"),
        ("2027-07-23T10:59:59Z", "2027-07-22T15:00:00Z"),
        ("2027-07-23T11:00:00Z", "2028-07-22T15:00:00Z"),
    ] {
        assert_eq!(starts(Definition::parse(&two_days(), at(now))), expected, "{now}");
    }
    // The session that ends last need not be the last one in the list.
    let mut reversed = two_days();
    reversed["programme"]["sessions"].as_array_mut().unwrap().reverse();
    reversed["programme"]["sessions"][1]["starts"] = json!("07-22T15:00");
    assert_eq!(starts(Definition::parse(&reversed, at("2027-07-23T10:59:59Z"))), "2027-07-22T15:00:00Z");
}

#[test]
fn a_published_event_keeps_its_year_until_it_has_ended() {
    let stored = Definition::parse(&two_days(), at("2026-11-23T09:00:00Z")).unwrap();
    let start_after = |change: &dyn Fn(&mut Value), now: &str| {
        let mut document = two_days();
        change(&mut document);
        starts(Definition::parse_update(&document, at(now), Some(&stored)))
    };
    let second_day = "2027-07-23T09:00:00Z";
    // The second day is removed, so by its new definition the event is over.
    let shortened = |d: &mut Value| {
        d["programme"]["sessions"].as_array_mut().unwrap().pop();
    };
    assert_eq!(start_after(&shortened, second_day), "2027-07-22T15:00:00Z");
    assert_eq!(start_after(&|d| d["starts"] = json!("07-22T14:00"), second_day), "2027-07-22T14:00:00Z");
    // The stored event has ended, so this is the next edition.
    assert_eq!(start_after(&|_| (), "2027-07-23T11:00:00Z"), "2028-07-22T15:00:00Z");
    // The stored event has another slug, so its year does not matter.
    let other = |d: &mut Value| {
        shortened(d);
        d["slug"] = json!("other");
    };
    assert_eq!(start_after(&other, second_day), "2028-07-22T15:00:00Z");
    // A start with a year keeps its year.
    let full = |d: &mut Value| {
        d["starts"] = json!("2029-07-22T15:00");
    };
    assert_eq!(start_after(&full, second_day), "2029-07-22T15:00:00Z");
}

#[test]
fn a_changed_date_gets_the_nearest_year() {
    let mut document = document("12-30T10:00");
    document["duration_minutes"] = json!(60);
    let now = at("2027-12-01T00:00:00Z");
    let stored = Definition::parse(&document, now).unwrap();
    let mut moved = |starts_on: &str| {
        document["starts"] = json!(starts_on);
        starts(Definition::parse_update(&document, now, Some(&stored)))
    };
    assert_eq!(moved("12-28T10:00"), "2027-12-28T10:00:00Z");
    assert_eq!(moved("01-05T10:00"), "2028-01-05T10:00:00Z");
}

#[test]
fn sessions_without_a_year_get_the_year_nearest_to_their_event() {
    let mut document = document("12-31T22:00");
    let session = |starts: &str| json!({"sessions": [{"key": "a", "title": "A", "minutes": 30, "starts": starts}]});
    document["programme"] = session("01-01T00:30");
    let definition = Definition::parse(&document, at("2027-12-31T23:00:00Z")).unwrap();
    assert_eq!(rfc3339(definition.schedule().unwrap().ends_at), "2028-01-01T01:00:00Z");
    // A session slightly too early is an error, and does not make the event last a year.
    document["programme"] = session("12-31T21:00");
    assert_eq!(errors(&document), [("/programme/sessions/0/starts".to_owned(), "range")]);
    // The event's year follows from the session's.
    document["programme"] = session("2031-01-01T00:30");
    assert_eq!(starts(Definition::parse(&document, at("2026-11-23T09:00:00Z"))), "2030-12-31T22:00:00Z");
}

#[test]
fn registration_may_close_on_the_second_day() {
    let mut document = two_days();
    document["registration"] = json!({"opens": "06-01T00:00", "closes": "07-23T09:00"});
    let definition = Definition::parse(&document, at("2026-11-23T09:00:00Z")).unwrap();
    let schedule = definition.schedule().unwrap();
    let window = definition.registration_window(schedule.starts_at, schedule.ends_at).unwrap();
    assert_eq!(window.opens_at, Some(at("2027-06-01T00:00:00Z")));
    assert_eq!(window.closes_at, at("2027-07-23T09:00:00Z"));
}

#[test]
fn times_after_the_year_9999_are_refused() {
    let beyond = |document: &Value| {
        let errors = Definition::parse(document, at("2026-11-23T09:00:00Z")).unwrap_err();
        let [FieldError { pointer, reason: InvalidValue::Range(OutOfRange::TooLate { last: 9999 }) }] =
            errors.as_slice()
        else {
            panic!("{errors:?}")
        };
        pointer.clone()
    };
    let mut last = document("9999-12-31T23:00");
    last["duration_minutes"] = json!(59);
    assert!(Definition::parse(&last, at("2026-11-23T09:00:00Z")).is_ok());
    last["duration_minutes"] = json!(60);
    assert_eq!(beyond(&last), "/starts");
    // The last hours of 9999 in New York are in the year 10000 in UTC.
    last["duration_minutes"] = json!(1);
    last["time_zone"] = json!("America/New_York");
    assert_eq!(beyond(&last), "/starts");
    let mut sessions = document("9999-12-31T10:00");
    sessions["programme"] = json!({"sessions": [
        {"key": "a", "title": "A", "minutes": 600},
        {"key": "b", "title": "B", "minutes": 600},
    ]});
    assert_eq!(beyond(&sessions), "/starts");
    sessions["programme"]["sessions"][1]["starts"] = json!("9999-12-31T23:00");
    assert_eq!(beyond(&sessions), "/programme/sessions/1/starts");
    let mut closes = document("9999-12-31T10:00");
    closes["duration_minutes"] = json!(1);
    closes["time_zone"] = json!("America/New_York");
    closes["registration"] = json!({"closes": "9999-12-31T23:00"});
    assert_eq!(beyond(&closes), "/registration/closes");
}

#[test]
fn errors_are_in_document_order() {
    let document = json!({
        "colour": "red", "title": 5, "starts": "tomorrow", "programme": {"sessions": [
            {"minutes": "x", "key": "a", "unknown": 1},
            {"key": "b", "minutes": 1, "title": "B", "speakers": ["nobody"]},
        ]}, "slug": "No", "language": "en",
    });
    let expected = [
        ("/colour", "unknown-field"),
        ("/title", "type"),
        ("/starts", "format"),
        ("/programme/sessions/0/minutes", "type"),
        ("/programme/sessions/0/unknown", "unknown-field"),
        ("/programme/sessions/0/title", "required"),
        ("/programme/sessions/1/speakers/0", "reference"),
        ("/slug", "format"),
        ("/time_zone", "required"),
    ];
    assert_eq!(errors(&document), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn consequences_of_other_errors_are_not_reported() {
    let cases = [
        // An event with invalid sessions does not lack a duration.
        (json!({"programme": {"sessions": [{"key": "a", "title": "A"}]}}), "/programme/sessions/0/minutes"),
        (json!({"programme": {"sessions": {}}}), "/programme/sessions"),
        (json!({"programme": []}), "/programme"),
        (json!({"duration_minutes": "x"}), "/duration_minutes"),
        // A reference to a speaker with an invalid card is valid.
        (
            json!({"duration_minutes": 5, "speakers": [{"key": "ana"}], "programme": {"moderators": ["ana"]}}),
            "/speakers/0/name",
        ),
        (json!({"duration_minutes": 5, "speakers": {}, "programme": {"moderators": ["ana"]}}), "/speakers"),
        // The opening time cannot be compared with an invalid closing time.
        (
            json!({"duration_minutes": 5, "registration": {"opens": "2027-07-22T16:00", "closes": "late"}}),
            "/registration/closes",
        ),
    ];
    for (parts, pointer) in cases {
        let mut document = document("2027-07-22T15:00");
        document.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        let found = errors(&document);
        assert!(found.len() == 1 && found[0].0 == pointer, "{parts}: {found:?}");
    }
    assert_eq!(errors(&document("2027-07-22T15:00")), [("/duration_minutes".to_owned(), "required")]);
    let mut empty = document("2027-07-22T15:00");
    empty["programme"] = json!({"sessions": []});
    assert_eq!(errors(&empty), [("/duration_minutes".to_owned(), "required")]);
}

#[test]
fn an_error_of_a_session_points_to_that_session() {
    let mut document = document("2027-07-22T15:00");
    document["programme"] = json!({"sessions": [
        {"key": "a", "title": "A"},
        {"key": "b", "title": "B", "minutes": 5, "starts": "2027-07-22T14:00"},
    ]});
    let found = errors(&document);
    assert_eq!(found[1], ("/programme/sessions/1/starts".to_owned(), "range"), "{found:?}");
}

#[test]
fn languages_must_be_registered() {
    let mut document = document("2027-07-22T15:00");
    document["duration_minutes"] = json!(5);
    document["language"] = json!("english");
    document["title"] = json!({"en": "T", "spanish": "T"});
    let expected = [("/language", "format"), ("/title/spanish", "format")];
    let mut found = errors(&document);
    found.sort();
    assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn a_key_that_is_a_number_should_be_a_string() {
    let mut document = document("2027-07-22T15:00");
    document["programme"] = json!({"sessions": [{"key": "a", "title": "A", "minutes": 5, "speakers": [1984]}]});
    let errors = Definition::parse(&document, at("2026-11-23T09:00:00Z")).unwrap_err();
    assert_eq!(errors[0].reason, InvalidValue::Type { expected: ValueType::String });
}

proptest! {
    /// An event that is published again before it has ended keeps its year, whatever is corrected except its date; and
    /// it ends when its last session ends.
    #[test]
    fn an_event_stays_in_its_year_until_its_last_session_has_ended(
        // Not around New Year, where the test itself would have to choose years.
        month in 2u32..=11,
        day in 1u32..=28,
        hours in prop::collection::vec((prop::option::of(0i64..72), 1u32..600), 1..6),
        corrected in prop::collection::vec((prop::option::of(0i64..72), 1u32..600), 1..6),
        elapsed in 0f64..1.0,
    ) {
        let starts = format!("{month:02}-{day:02}T10:00");
        let full: chrono::NaiveDateTime = format!("2027-{starts}:00").parse().unwrap();
        let build = |sessions: &[(Option<i64>, u32)]| {
            let mut document = document(&starts);
            let session = |(index, (after, length)): (usize, &(Option<i64>, u32))| {
                let own = after.map(|hours| (full + chrono::TimeDelta::hours(hours)).format("%m-%dT%H:%M").to_string());
                json!({"key": format!("s{index}"), "title": "S", "minutes": length, "starts": own})
            };
            document["programme"] = json!({"sessions": sessions.iter().enumerate().map(session).collect::<Vec<_>>()});
            document
        };
        let definition = Definition::parse(&build(&hours), at("2027-01-01T00:00:00Z")).unwrap();
        let schedule = definition.schedule().unwrap();
        prop_assert_eq!(definition.starts, full);
        let mut next = schedule.starts_at;
        let mut last = next;
        for (after, length) in &hours {
            let begins = after.map_or(next, |hours| schedule.starts_at + chrono::TimeDelta::hours(hours));
            next = begins + minutes(*length);
            last = last.max(next);
        }
        prop_assert_eq!(schedule.ends_at, last);

        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "some seconds of a few days")]
        let seconds = ((last - schedule.starts_at).num_seconds() as f64 * elapsed) as i64;
        let now = schedule.starts_at + chrono::TimeDelta::seconds(seconds);
        // Without the stored event the year is the same, as long as the definition does not change.
        prop_assert_eq!(Definition::parse(&build(&hours), now).unwrap().starts, full);
        let updated = Definition::parse_update(&build(&corrected), now, Some(&definition)).unwrap();
        prop_assert_eq!(updated.starts, full);
        prop_assert_eq!(Definition::parse_update(&build(&hours), last, Some(&definition)).unwrap().starts.format("%Y").to_string(), "2028");
    }

    /// Every local time that can be written either parses or is an error at `/starts`, and a parsed event ends within
    /// the years that can be written.
    #[test]
    fn every_start_parses_or_is_an_error(
        year in prop_oneof![1970i32..2100, 9990i32..=9999],
        rest in (1u32..=12, 1u32..=31, 0u32..24),
        zone in prop::sample::select(crate::values::time_zone::TimeZone::all().collect::<Vec<_>>()),
        length in 1u32..=10_080,
        yearless: bool,
    ) {
        let (month, day, hour) = rest;
        let start = format!("{month:02}-{day:02}T{hour:02}:00");
        let now = format!("{year}-06-01T00:00:00Z").parse().unwrap();
        let mut document = document(&if yearless { start } else { format!("{year}-{start}") });
        document["time_zone"] = json!(zone.name());
        document["duration_minutes"] = json!(length);
        match Definition::parse(&document, now) {
            Ok(definition) => {
                let schedule = definition.schedule().unwrap();
                prop_assert_eq!(rfc3339(schedule.ends_at).len(), 20);
                prop_assert!(!yearless || schedule.ends_at > now);
                let stored = serde_json::to_value(&definition).unwrap();
                prop_assert_eq!(Definition::parse(&stored, now).unwrap(), definition);
            }
            Err(errors) => prop_assert!(errors.iter().all(|f| f.pointer == "/starts") && !errors.is_empty()),
        }
    }
}

/// The time that parsing takes grows with the size of the document, whatever is in it: a document four times as large
/// must not take much more than four times as long.
#[test]
fn parsing_takes_time_in_proportion() {
    let many = |count: usize, item: &dyn Fn(usize) -> Value| (0..count).map(item).collect::<Vec<_>>();
    let documents: [(&str, &dyn Fn(usize) -> Value); 5] = [
        ("unknown fields", &|size| {
            many(size, &|i| json!((format!("field-{i}"), i)))
                .into_iter()
                .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone()))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }),
        ("a long name above many values", &|size| json!({"x".repeat(size * 10): many(size, &|i| json!(i))})),
        (
            "duplicate keys",
            &|size| json!({"speakers": many(size.min(500), &|_| json!({"key": "a", "name": "A"})), "co_organisers": many(size, &|_| json!("a"))}),
        ),
        ("errors in one list", &|size| json!({"topics": many(size, &|_| json!({"en": 1, "es": "a\nb"}))})),
        (
            "languages of one text",
            &|size| json!({"title": many(size, &|i| json!(i)).iter().map(|i| (format!("en-x-a{i}"), json!("T"))).collect::<serde_json::Map<_, _>>()}),
        ),
    ];
    for (name, document) in documents {
        let seconds = |size: usize| {
            let document = document(size);
            let fastest = (0..3).map(|_| {
                let begin = std::time::Instant::now();
                let _ = Definition::parse(&document, at("2026-11-23T09:00:00Z"));
                begin.elapsed()
            });
            fastest.min().unwrap_or_default().as_secs_f64()
        };
        let (small, large) = (seconds(2_000), seconds(16_000));
        assert!(large < small * 8.0 * 4.0 + 0.02, "{name}: {small} s and {large} s");
    }
}

#[test]
fn all_sessions_together_have_a_limited_number_of_speakers() {
    let with_sessions = |count: usize| {
        let speakers: Vec<Value> = (0..50).map(|n| json!({"key": format!("s{n}"), "name": "S"})).collect();
        let keys: Vec<String> = (0..50).map(|n| format!("s{n}")).collect();
        let session = |n: usize| json!({"key": format!("k{n}"), "title": "T", "minutes": 1, "speakers": keys});
        let mut document = document("2027-07-22T15:00");
        document["speakers"] = speakers.into();
        document["programme"] = json!({"sessions": (0..count).map(session).collect::<Vec<_>>()});
        document
    };
    assert!(Definition::parse(&with_sessions(100), at("2026-11-23T09:00:00Z")).is_ok());
    assert_eq!(errors(&with_sessions(102)), [("/programme/sessions/100/speakers".to_owned(), "length")]);
}
