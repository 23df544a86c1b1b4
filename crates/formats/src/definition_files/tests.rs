//! Definition files with and without errors.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::json;

use crate::definition_files::*;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::time::rfc3339;
use plenaria_domain::values::wall_clock::instant_of;

/// The names and texts of the events of the program.
const BUNDLED_EVENTS: [(&str, &str); 2] = [
    ("en.yaml", include_str!("../../../../programmes/internationalisation-and-metropolitan-spaces-en.yaml")),
    ("es.yaml", include_str!("../../../../programmes/internationalisation-and-metropolitan-spaces-es.yaml")),
];
const NOW: &str = "2026-11-23T00:00:00Z";
/// The required fields of a definition, in five lines.
const HEAD: &str = "slug: a\nlanguage: en\nstarts: 2027-07-22T15:00\ntime_zone: Etc/UTC\nduration_minutes: 60\n";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn the_bundled_event_is_always_upcoming() {
    let (name, text) = BUNDLED_EVENTS[0];
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
fn a_definition_survives_serialisation() {
    for (name, text) in BUNDLED_EVENTS {
        let definition = read(name, text, at("2026-11-23T00:00:00Z")).unwrap();
        let stored = serde_json::to_value(&definition).unwrap();
        assert_eq!(serde_json::from_value::<Definition>(stored.clone()).unwrap(), definition);
        assert_eq!(Definition::parse(&stored, at("2030-01-01T00:00:00Z")).unwrap(), definition, "it reads back");
    }
}

#[test]
fn a_definition_survives_yaml() {
    for (name, text) in BUNDLED_EVENTS {
        let definition = read(name, text, at(NOW)).unwrap();
        let written = to_yaml(&definition).unwrap();
        assert_eq!(read(name, &written, at("2030-01-01T00:00:00Z")).unwrap(), definition, "{written}");
        assert!(written.starts_with("---\nslug: internationalisation") && written.ends_with('\n'));
    }
}

proptest! {
    /// Texts that YAML could take for something else, or that need quotes.
    #[test]
    fn texts_survive_yaml(
        title in "[ -~]{0,6}[-:#?!|>&*%@`'\"{}\\[\\],~=<. a-zé0-9]{1,12}[ -~]{0,6}",
        description in "[ -~]{0,4}(\n{1,2}[ -~\t]{0,9}){1,4}",
    ) {
        let head = read("x", &format!("{HEAD}title: T\n"), at(NOW)).unwrap();
        let mut value = serde_json::to_value(&head).unwrap();
        value["title"] = json!({"en": title, "es": "no"});
        value["description"] = json!({"en": description, "fr": "1984"});
        if let Ok(definition) = Definition::parse(&value, at(NOW)) {
            let written = to_yaml(&definition).unwrap();
            prop_assert_eq!(read("x", &written, at(NOW)), Ok(definition), "{}", written);
        }
    }
}

#[test]
fn positions_are_lines_and_columns() {
    let document = Document::parse("slug: a\nprogramme:\n  sessions:\n    - { key: a, minutes: 0 }\n").unwrap();
    let position = |pointer: &str| document.position_of(pointer);
    assert_eq!(position("/programme/sessions/0/minutes"), Position { line: 4, column: 17 });
    assert_eq!(position("/programme/sessions/0/title"), Position { line: 4, column: 7 }, "the value around it");
    assert_eq!(position("/title"), Position { line: 1, column: 1 });
    assert_eq!(Document::parse("a: [").err().and_then(|error| error.position()).map(|at| at.line), Some(2));
}

#[test]
fn all_errors_are_reported_with_their_lines() {
    let text = "slug: Bad Slug\nlanguage: en\ntitle: T\nstarts: 2027-03-28T02:30\ntime_zone: Europe/Madrid\n\
                organizers: []\nprogramme:\n  sessions:\n    - { key: a, title: A, minutes: 0 }\n    - key: a\n      \
                title: B\n      minutes: 5\n      speakers: [nobody]\n";
    let report = error(read("x.yaml", text, at("2026-11-23T00:00:00Z")));
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
    assert!(error(read("x.yaml", skipped, at("2026-11-23T00:00:00Z"))).starts_with("x.yaml:4: /starts: "));
    let madrid = plenaria_domain::values::time_zone::TimeZone::parse("Europe/Madrid").unwrap();
    assert!(instant_of(at("2027-03-28T02:30:00Z").naive_utc(), madrid).is_err());
}

/// The definition in a text, or its errors, one per line, as commands print them.
fn read(name: &str, text: &str, now: Instant) -> Result<Definition, String> {
    let document = Document::parse(text).map_err(|error| match error.position() {
        Some(position) => format!("{name}:{}: {error}", position.line),
        None => format!("{name}: {error}"),
    })?;
    document.read(now, None).map_err(|errors| {
        let lines = errors.iter().map(|error| format!("{name}:{}: {error}", error.position.line));
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn error(result: Result<Definition, String>) -> String {
    result.unwrap_err()
}

/// Parses a definition with these lines, from the sixth on.
fn with(lines: &str) -> Result<Definition, String> {
    read("x.yaml", &format!("{HEAD}{lines}"), at(NOW))
}

#[track_caller]
fn assert_errors(lines: &str, expected: &[&str]) {
    let report = error(with(lines));
    let found: Vec<&str> = report.lines().collect();
    assert!(found.len() == expected.len(), "{report}");
    for (line, expected) in found.iter().zip(expected) {
        assert!(line.starts_with(expected), "{expected}\n---\n{report}");
    }
}

#[test]
fn errors_are_reported_in_the_order_of_lines() {
    let text = "title: T\nfoo: 1\nprogramme:\n  sessions:\n    - key: a\n      minutes: 0\n      title: A\n\
                slug: Bad Slug\nlanguage: english\nbar: 2\nslug: again\n";
    let report = error(read("x.yaml", text, at(NOW)));
    let lines: Vec<usize> = report.lines().map(|l| l.split(':').nth(1).unwrap().parse().unwrap()).collect();
    assert!(lines.is_sorted() && lines.len() == 8, "{report}");
    assert!(
        report.contains("x.yaml:9: /language: ") && report.contains("x.yaml:11: /slug: The key “slug”"),
        "{report}"
    );
    assert!(!report.contains("/duration_minutes"), "{report}");
}

#[test]
fn missing_quotes_are_explained() {
    for (written, quoted) in [("1984", "1984"), ("true", "true"), ("0x10", "0x10"), ("1.50", "1.50")] {
        let expected = format!(
            "x.yaml:6: /title: This must be a string, or an object of strings by language. Without quotes it is not text: write \"{quoted}\". (type)"
        );
        assert_errors(&format!("title: {written}\n"), &[&expected]);
        assert!(with(&format!("title: \"{written}\"\n")).is_ok());
    }
    let expected = "x.yaml:7: /title/es: This must be a string. Without quotes it is not text: write \"1984\". (type)";
    assert_errors("title:\n  es: 1984\n", &[expected]);
    let speakers = "title: T\nspeakers:\n  - { key: ana, name: 7 }\nprogramme:\n  moderators: [1984]\n";
    assert_errors(
        speakers,
        &[
            "x.yaml:8: /speakers/0/name: This must be a string. Without quotes it is not text: write \"7\".",
            "x.yaml:10: /programme/moderators/0: This must be a string. Without quotes",
        ],
    );
    // An unquoted word or date is text; where a number is expected, quotes would not help.
    assert!(with("title: no\nsummary: 2027-07-22\n").is_ok());
    assert_errors("title: T\nis_free: 1\n", &["x.yaml:7: /is_free: This must be true or false. (type)"]);
    assert_errors("title: T\n1984: x\n", &["x.yaml:7: /1984: A key must be text: write it in quotes."]);
}

#[test]
fn a_repeated_key_is_an_error() {
    assert_errors(
        "title: T\nplace: A\nplace: B\nplace: C\njoin: { url: https://example.org, url: https://example.org/x }\n",
        &[
            "x.yaml:8: /place: The key “place” stands here more than once. (duplicate)",
            "x.yaml:9: /place: The key “place” stands here more than once. (duplicate)",
            "x.yaml:10: /join/url: The key “url” stands here more than once. (duplicate)",
        ],
    );
}

#[test]
fn aliases_and_merge_keys_are_expanded() {
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
    // An error in a merged mapping is reported where the mapping is written.
    assert_errors(
        "title: T\nprogramme:\n  sessions:\n    - &talk { key: a, minutes: 0, title: A }\n    - { <<: *talk, key: b }\n",
        &["x.yaml:9: /programme/sessions/0/minutes: ", "x.yaml:9: /programme/sessions/1/minutes: "],
    );
    assert_errors("title: T\n<<: 5\n", &["x.yaml:7: the document: Only mappings can be merged."]);
    assert_errors("title: T\n<<: {}\n<<: {}\n", &["x.yaml:8: /<<: The key “<<” stands here more than once."]);
    assert!(error(with("title: T\n\"<<\": {}\n")).contains("/<<: This field is not known."));
    assert!(error(with("title: *nothing\n")).starts_with("x.yaml:6: "));
    assert_errors(
        "title: &a { en: *a }\n",
        &["x.yaml:6: /title/en: An alias cannot be part of the value that it refers to."],
    );
    assert_errors("title: !local T\n", &["x.yaml:6: /title: YAML tags are not supported here."]);
    assert!(with("title: !!str 1984\n").is_ok());
}

/// A few lines with aliases can denote more values than fit into memory, or nest them deeper than the stack allows.
#[test]
fn expanded_aliases_are_limited() {
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
        let report = error(with(&bomb));
        assert!(report.contains(expected) && report.lines().count() == 1, "{report}");
    }
    let nested = format!("title: T\nx: {}{}\n", "[".repeat(200), "]".repeat(200));
    assert!(with(&nested).is_err());
    assert!(
        with(&format!("title: T\nx:\n{}\n", (1..500).map(|n| " ".repeat(n) + "- y:\n").collect::<String>())).is_err()
    );
}

#[test]
fn json_is_parsed() {
    let text = r#"{"slug": "a", "language": "en", "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC",
        "duration_minutes": 60, "title": "T", "is_free": false}"#;
    assert!(!read("x.json", text, at(NOW)).unwrap().is_free);
    for (text, count) in [("", 0), ("a: b\n---\nc: d\n", 2)] {
        assert!(error(read("x.yaml", text, at(NOW))).contains(&format!("here are {count}.")));
    }
}
