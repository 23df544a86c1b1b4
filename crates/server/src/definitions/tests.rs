//! Files with and without faults.

use std::fmt::Write as _;

use super::*;
use crate::embedded::PROGRAMMES;
use plenaria_domain::time::{instant_of, rfc3339};

const NOW: &str = "2026-11-23T00:00:00Z";
/// What every definition needs, in five lines.
const HEAD: &str = "slug: a\nlanguage: en\nstarts: 2027-07-22T15:00\ntime_zone: Etc/UTC\nduration_minutes: 60\n";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn the_real_webinar_is_always_ahead() {
    let (name, text) = PROGRAMMES[0];
    for (now, start) in [
        ("2026-11-23T00:00:00Z", "2027-07-22T13:00:00Z"),
        ("2027-07-22T14:01:59Z", "2027-07-22T13:00:00Z"),
        ("2027-07-22T14:02:00Z", "2028-07-22T13:00:00Z"),
    ] {
        let definition = read(name, text, at(now)).unwrap();
        let schedule = definition.schedule().unwrap();
        assert_eq!(rfc3339(schedule.starts_at), start, "seen on {now}");
        assert_eq!((schedule.ends_at - schedule.starts_at).num_minutes(), 62);
        assert_eq!(schedule.slots.len(), 8);
    }
}

#[test]
fn a_definition_survives_being_kept() {
    for (name, text) in PROGRAMMES {
        let definition = read(name, text, at("2026-11-23T00:00:00Z")).unwrap();
        let kept = serde_json::to_value(&definition).unwrap();
        assert_eq!(serde_json::from_value::<Definition>(kept.clone()).unwrap(), definition);
        assert_eq!(Definition::read(&kept, at("2030-01-01T00:00:00Z")).unwrap(), definition, "it reads back");
    }
}

#[test]
fn all_faults_are_told_with_their_lines() {
    let text = "slug: Bad Slug\nlanguage: en\ntitle: T\nstarts: 2027-03-28T02:30\ntime_zone: Europe/Madrid\n\
                organizers: []\nprogramme:\n  sessions:\n    - { key: a, title: A, minutes: 0 }\n    - key: a\n      \
                title: B\n      minutes: 5\n      speakers: [nobody]\n";
    let report = read("x.yaml", text, at("2026-11-23T00:00:00Z")).unwrap_err();
    for line in [
        "x.yaml:1: /slug: ",
        "x.yaml:6: /organizers: This field is not known. Did you mean “organisers”?",
        "x.yaml:9: /programme/sessions/0/minutes: ",
        "x.yaml:13: /programme/sessions/1/speakers/0: There is no speaker",
    ] {
        assert!(report.contains(line), "{line}\n---\n{report}");
    }
    let skipped =
        "slug: a\nlanguage: en\ntitle: T\nstarts: 2027-03-28T02:30\ntime_zone: Europe/Madrid\nduration_minutes: 5\n";
    assert!(read("x.yaml", skipped, at("2026-11-23T00:00:00Z")).unwrap_err().starts_with("x.yaml:4: /starts: "));
    let madrid = plenaria_domain::time::parse_time_zone("Europe/Madrid").unwrap();
    assert!(instant_of(at("2027-03-28T02:30:00Z").naive_utc(), madrid).is_err());
}

/// Reads a definition of these lines, from the sixth on.
fn with(lines: &str) -> Result<Definition, Failure> {
    read("x.yaml", &format!("{HEAD}{lines}"), at(NOW))
}

#[track_caller]
fn refused(lines: &str, expected: &[&str]) {
    let report = with(lines).unwrap_err();
    let found: Vec<&str> = report.lines().collect();
    assert!(found.len() == expected.len(), "{report}");
    for (line, expected) in found.iter().zip(expected) {
        assert!(line.starts_with(expected), "{expected}\n---\n{report}");
    }
}

#[test]
fn faults_are_told_in_the_order_of_lines() {
    let text = "title: T\nfoo: 1\nprogramme:\n  sessions:\n    - key: a\n      minutes: 0\n      title: A\n\
                slug: Bad Slug\nlanguage: english\nbar: 2\nslug: again\n";
    let report = read("x.yaml", text, at(NOW)).unwrap_err();
    let lines: Vec<usize> = report.lines().map(|l| l.split(':').nth(1).unwrap().parse().unwrap()).collect();
    assert!(lines.is_sorted() && lines.len() == 8, "{report}");
    assert!(
        report.contains("x.yaml:9: /language: ") && report.contains("x.yaml:11: /slug: The key “slug”"),
        "{report}"
    );
    assert!(!report.contains("/duration_minutes"), "{report}");
}

#[test]
fn what_needs_quotes_is_told() {
    for (written, quoted) in [("1984", "1984"), ("true", "true"), ("0x10", "0x10"), ("1.50", "1.50")] {
        let expected = format!(
            "x.yaml:6: /title: This must be a string, or an object of strings by language. Without quotes it is not text: write \"{quoted}\". (type)"
        );
        refused(&format!("title: {written}\n"), &[&expected]);
        assert!(with(&format!("title: \"{written}\"\n")).is_ok());
    }
    let expected = "x.yaml:7: /title/es: This must be a string. Without quotes it is not text: write \"1984\". (type)";
    refused("title:\n  es: 1984\n", &[expected]);
    let speakers = "title: T\nspeakers:\n  - { key: ana, name: 7 }\nprogramme:\n  moderators: [1984]\n";
    refused(
        speakers,
        &[
            "x.yaml:8: /speakers/0/name: This must be a string. Without quotes it is not text: write \"7\".",
            "x.yaml:10: /programme/moderators/0: This must be a string. Without quotes",
        ],
    );
    // A word without quotes is text, and so is a date; where a number is wanted, quotes are no help.
    assert!(with("title: no\nsummary: 2027-07-22\n").is_ok());
    refused("title: T\nis_free: 1\n", &["x.yaml:7: /is_free: This must be true or false. (type)"]);
    refused("title: T\n1984: x\n", &["x.yaml:7: /1984: A key must be text: write it in quotes."]);
}

#[test]
fn a_key_that_stands_there_twice_is_a_fault() {
    refused(
        "title: T\nplace: A\nplace: B\nplace: C\njoin: { url: https://example.org, url: https://example.org/x }\n",
        &[
            "x.yaml:8: /place: The key “place” stands here more than once. (duplicate)",
            "x.yaml:9: /place: The key “place” stands here more than once. (duplicate)",
            "x.yaml:10: /join/url: The key “url” stands here more than once. (duplicate)",
        ],
    );
}

#[test]
fn aliases_and_merge_keys_say_what_they_name() {
    let sessions = "title: &title T\nsummary: *title\nprogramme:\n  sessions:\n    \
                    - &talk { key: a, kind: talk, minutes: 10, title: A }\n    \
                    - { <<: *talk, key: b }\n    \
                    - { key: c, <<: [{ title: C }, *talk], minutes: 20 }\n    \
                    - { <<: { <<: *talk, title: D }, key: d }\n";
    let definition = with(sessions).unwrap();
    let language = &definition.language;
    assert_eq!(definition.summary.as_ref().unwrap().get(language, language), "T");
    let found: Vec<_> = definition
        .programme
        .sessions
        .iter()
        .map(|s| (s.key.as_str(), s.kind.as_str(), s.minutes, s.title.get(language, language)))
        .collect();
    let expected = [("a", "talk", 10, "A"), ("b", "talk", 10, "A"), ("c", "talk", 20, "C"), ("d", "talk", 10, "D")];
    assert_eq!(found, expected);
    // A fault of what is merged is told where it is written.
    refused(
        "title: T\nprogramme:\n  sessions:\n    - &talk { key: a, minutes: 0, title: A }\n    - { <<: *talk, key: b }\n",
        &["x.yaml:9: /programme/sessions/0/minutes: ", "x.yaml:9: /programme/sessions/1/minutes: "],
    );
    refused("title: T\n<<: 5\n", &["x.yaml:7: the document: Only mappings can be merged."]);
    refused("title: T\n<<: {}\n<<: {}\n", &["x.yaml:8: /<<: The key “<<” stands here more than once."]);
    assert!(with("title: T\n\"<<\": {}\n").unwrap_err().contains("/<<: This field is not known."));
    assert!(with("title: *nothing\n").unwrap_err().starts_with("x.yaml:6: "));
    refused("title: &a { en: *a }\n", &["x.yaml:6: /title/en: An alias cannot stand in what it names."]);
    refused("title: !local T\n", &["x.yaml:6: /title: Tags are not understood here."]);
    assert!(with("title: !!str 1984\n").is_ok());
}

/// A few lines that name more values than any memory holds, or nest them deeper than any stack.
#[test]
fn aliases_are_no_bombs() {
    let mut lists = "title: T\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    let mut maps = "title: T\na0: &a0 { x: y }\n".to_owned();
    let mut deep = "title: T\na0: &a0 [x]\n".to_owned();
    for n in 1..40 {
        let before = n - 1;
        let _ = writeln!(lists, "a{n}: &a{n} [{}]", vec![format!("*a{before}"); 10].join(", "));
        let _ = writeln!(maps, "a{n}: &a{n} {{ <<: [{}] }}", vec![format!("*a{before}"); 10].join(", "));
        let _ = writeln!(deep, "a{n}: &a{n} [[[*a{before}]]]");
    }
    for (bomb, expected) in
        [(lists, "more than 200000 values"), (maps, "more than 200000 values"), (deep, "nested 64 deep")]
    {
        let report = with(&bomb).unwrap_err();
        assert!(report.contains(expected) && report.lines().count() == 1, "{report}");
    }
    let nested = format!("title: T\nx: {}{}\n", "[".repeat(200), "]".repeat(200));
    assert!(with(&nested).is_err());
    assert!(
        with(&format!("title: T\nx:\n{}\n", (1..500).map(|n| " ".repeat(n) + "- y:\n").collect::<String>())).is_err()
    );
}

#[test]
fn json_is_read_as_it_is() {
    let text = r#"{"slug": "a", "language": "en", "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC",
        "duration_minutes": 60, "title": "T", "is_free": false}"#;
    assert!(!read("x.json", text, at(NOW)).unwrap().is_free);
    for (text, count) in [("", 0), ("a: b\n---\nc: d\n", 2)] {
        assert!(read("x.yaml", text, at(NOW)).unwrap_err().contains(&format!("here are {count}.")));
    }
}
