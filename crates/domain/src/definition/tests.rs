//! Reading definitions: the year of a start without one, the order of errors, and errors that only follow from others.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Definition;
use crate::refusal::{FieldError, OutOfRange, InvalidValue, ValueType};
use crate::time::{Instant, minutes, rfc3339};

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

fn starts(read: Result<Definition, Vec<FieldError>>) -> String {
    rfc3339(read.unwrap().schedule().unwrap().starts_at)
}

#[test]
fn an_event_is_not_over_before_its_last_session_is() {
    for (now, expected) in [
        ("2027-07-22T17:00:01Z", "2027-07-22T15:00:00Z"),
        ("2027-07-23T10:59:59Z", "2027-07-22T15:00:00Z"),
        ("2027-07-23T11:00:00Z", "2028-07-22T15:00:00Z"),
    ] {
        assert_eq!(starts(Definition::parse(&two_days(), at(now))), expected, "{now}");
    }
    // The session that ends last need not be the last one.
    let mut turned = two_days();
    turned["programme"]["sessions"].as_array_mut().unwrap().reverse();
    turned["programme"]["sessions"][1]["starts"] = json!("07-22T15:00");
    assert_eq!(starts(Definition::parse(&turned, at("2027-07-23T10:59:59Z"))), "2027-07-22T15:00:00Z");
}

#[test]
fn a_published_event_keeps_its_year_until_it_has_ended() {
    let stored = Definition::parse(&two_days(), at("2026-11-23T09:00:00Z")).unwrap();
    let again = |change: &dyn Fn(&mut Value), now: &str| {
        let mut document = two_days();
        change(&mut document);
        starts(Definition::parse_update(&document, at(now), Some(&stored)))
    };
    let second_day = "2027-07-23T09:00:00Z";
    // The second day is struck out, so by what the file says now the event is over.
    let shortened = |d: &mut Value| {
        d["programme"]["sessions"].as_array_mut().unwrap().pop();
    };
    assert_eq!(again(&shortened, second_day), "2027-07-22T15:00:00Z");
    assert_eq!(again(&|d| d["starts"] = json!("07-22T14:00"), second_day), "2027-07-22T14:00:00Z");
    // The stored event has ended: this is the next edition.
    assert_eq!(again(&|_| (), "2027-07-23T11:00:00Z"), "2028-07-22T15:00:00Z");
    // Another event's year is none of ours.
    let other = |d: &mut Value| {
        shortened(d);
        d["slug"] = json!("other");
    };
    assert_eq!(again(&other, second_day), "2028-07-22T15:00:00Z");
    // A start with a year is what it says.
    let full = |d: &mut Value| {
        d["starts"] = json!("2029-07-22T15:00");
    };
    assert_eq!(again(&full, second_day), "2029-07-22T15:00:00Z");
}

#[test]
fn a_date_that_is_moved_goes_to_the_nearest_one() {
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
fn sessions_without_a_year_are_near_their_event() {
    let mut document = document("12-31T22:00");
    let session = |starts: &str| json!({"sessions": [{"key": "a", "title": "A", "minutes": 30, "starts": starts}]});
    document["programme"] = session("01-01T00:30");
    let definition = Definition::parse(&document, at("2027-12-31T23:00:00Z")).unwrap();
    assert_eq!(rfc3339(definition.schedule().unwrap().ends_at), "2028-01-01T01:00:00Z");
    // A little too early is a fault, and not an event of a year.
    document["programme"] = session("12-31T21:00");
    assert_eq!(errors(&document), [("/programme/sessions/0/starts".to_owned(), "range")]);
    // A session with its year says the event's.
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
fn nothing_is_beyond_the_year_9999() {
    let beyond = |document: &Value| {
        let errors = Definition::parse(document, at("2026-11-23T09:00:00Z")).unwrap_err();
        let [FieldError { pointer, refusal: InvalidValue::Range(OutOfRange::TooLate { last: 9999 }) }] = errors.as_slice() else {
            panic!("{errors:?}")
        };
        pointer.clone()
    };
    let mut last = document("9999-12-31T23:00");
    last["duration_minutes"] = json!(59);
    assert!(Definition::parse(&last, at("2026-11-23T09:00:00Z")).is_ok());
    last["duration_minutes"] = json!(60);
    assert_eq!(beyond(&last), "/starts");
    // Where it is earlier, the last hours are in the year 10000 by UTC.
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
fn faults_stand_in_the_documents_order() {
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
fn what_only_follows_from_a_fault_is_not_told() {
    let cases = [
        // Nor does an event lack a length because its sessions have errors.
        (json!({"programme": {"sessions": [{"key": "a", "title": "A"}]}}), "/programme/sessions/0/minutes"),
        (json!({"programme": {"sessions": {}}}), "/programme/sessions"),
        (json!({"programme": []}), "/programme"),
        (json!({"duration_minutes": "x"}), "/duration_minutes"),
        // A speaker whose card has a fault is there.
        (
            json!({"duration_minutes": 5, "speakers": [{"key": "ana"}], "programme": {"moderators": ["ana"]}}),
            "/speakers/0/name",
        ),
        (json!({"duration_minutes": 5, "speakers": {}, "programme": {"moderators": ["ana"]}}), "/speakers"),
        // Whether registration opens in time is known once it is known when it closes.
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
fn a_fault_of_a_session_names_that_session() {
    let mut document = document("2027-07-22T15:00");
    document["programme"] = json!({"sessions": [
        {"key": "a", "title": "A"},
        {"key": "b", "title": "B", "minutes": 5, "starts": "2027-07-22T14:00"},
    ]});
    let found = errors(&document);
    assert_eq!(found[1], ("/programme/sessions/1/starts".to_owned(), "range"), "{found:?}");
}

#[test]
fn languages_exist() {
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
    /// Whenever it is published again before it has ended, and whatever is corrected but the date, an event keeps its year;
    /// and the end is that of the session that ends last.
    #[test]
    fn an_event_stays_in_its_year_until_its_last_session_has_ended(
        // Not about New Year, where the years of the test itself would be another matter.
        month in 2u32..=11,
        day in 1u32..=28,
        hours in prop::collection::vec((prop::option::of(0i64..72), 1u32..600), 1..6),
        corrected in prop::collection::vec((prop::option::of(0i64..72), 1u32..600), 1..6),
        later in 0f64..1.0,
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
        let seconds = ((last - schedule.starts_at).num_seconds() as f64 * later) as i64;
        let now = schedule.starts_at + chrono::TimeDelta::seconds(seconds);
        // Without the stored event it is the same, as long as nothing of it is changed.
        prop_assert_eq!(Definition::parse(&build(&hours), now).unwrap().starts, full);
        let again = Definition::parse_update(&build(&corrected), now, Some(&definition)).unwrap();
        prop_assert_eq!(again.starts, full);
        prop_assert_eq!(Definition::parse_update(&build(&hours), last, Some(&definition)).unwrap().starts.format("%Y").to_string(), "2028");
    }

    /// Reading has an answer for every wall-clock time that can be written, and no event that is taken leaves the years that can
    /// be written.
    #[test]
    fn every_start_is_read(
        year in prop_oneof![1970i32..2100, 9990i32..=9999],
        rest in (1u32..=12, 1u32..=31, 0u32..24),
        zone in prop::sample::select(crate::time_zone::TimeZone::all().collect::<Vec<_>>()),
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
