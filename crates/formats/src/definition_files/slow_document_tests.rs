//! Texts of 2 MiB, the largest that the API takes, that are made to be slow to parse as YAML.
//!
//! Without optimisation each takes a few seconds at most. The limit leaves room for slow machines; work that grows with
//! the square of the size would take minutes, and memory that grows with it would run out.

use std::time::{Duration, Instant as Stopwatch};

use plenaria_domain::values::time::Instant;

use crate::definition_files::Document;

const SIZE: usize = 2 * 1024 * 1024;
const LIMIT: Duration = Duration::from_secs(20);
/// The required fields of a definition.
const HEAD: &str =
    "slug: a\nlanguage: en\nstarts: 2027-07-22T15:00\ntime_zone: Etc/UTC\nduration_minutes: 60\ntitle: T\n";

/// Parses a definition with more lines, within the limit; the first error as text, or nothing.
#[track_caller]
fn first_error(more: &str) -> String {
    let text = format!("{HEAD}{more}");
    assert!((SIZE / 2..SIZE + SIZE / 4).contains(&text.len()), "{} bytes", text.len());
    let started = Stopwatch::now();
    let error = match Document::parse(&text) {
        Err(error) => error.to_string(),
        Ok(document) => match document.read(Instant::default(), None) {
            Err(errors) => errors.first().map(ToString::to_string).unwrap_or_default(),
            Ok(_) => String::new(),
        },
    };
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    error
}

#[test]
fn deep_texts() {
    for more in [
        format!("x:\n {}a\n", "- ".repeat(SIZE / 2)),
        "? ".repeat(SIZE / 2),
        ": ".repeat(SIZE / 2),
        format!("x: {}", "[".repeat(SIZE)),
        format!("x: {}", "{a: ".repeat(SIZE / 4)),
    ] {
        let error = first_error(&more);
        // The YAML parser has a limit of its own for brackets.
        assert!(error.contains("nested 64 deep") || error.contains("recursion limit"), "{error}");
    }
}

#[test]
fn many_values() {
    for more in [
        format!("x: [{}]", "a,".repeat(SIZE / 2)),
        format!("x: [{}]", "a: 1,".repeat(SIZE / 5)),
        format!("x:\n{}", "- a\n".repeat(SIZE / 4)),
        "a: 1\n".repeat(SIZE / 5),
        format!("a: &a {{b: 1}}\nc: {{<<: [{}]}}", "*a,".repeat(SIZE / 3)),
        format!("a: &a [{}]\n{}", "x,".repeat(1000), "b: *a\n".repeat(SIZE / 6)),
    ] {
        let error = first_error(&more);
        assert!(error.contains("200000 values"), "{error}");
    }
    let anchors = (0..150_000).map(|index| format!("&a{index} x,")).collect::<Vec<_>>().concat();
    assert!(first_error(&format!("x: [{anchors}]")).starts_with("/x: This field is not known."));
}

/// One long name is part of the pointers of all values below it, and of their errors.
#[test]
fn long_names() {
    let name = "a".repeat(SIZE / 2);
    for below in ["a: 1, ", "1: 1, ", "[]: 1, ", "? !x a : !x b, "] {
        let error = first_error(&format!("? {name}\n: {{{}}}\n", below.repeat(60_000)));
        assert!(error.contains("33554432 bytes"), "{error}");
    }
    let error = first_error(&format!("? {name}\n: [{}]\n", "!x 1, ".repeat(SIZE / 12)));
    assert!(error.contains("33554432 bytes"), "{error}");
}

#[test]
fn long_scalars_and_blanks() {
    for more in [
        format!("x: \"{}\"", "\\u0041".repeat(SIZE / 6)),
        format!("x: a{}b", " ".repeat(SIZE)),
        format!("x: a\n{}", "  a\n\n".repeat(SIZE / 5)),
        format!("x: |\n{}", "  a\n\n".repeat(SIZE / 5)),
        format!("x: >\n  a{}", "\n".repeat(SIZE)),
    ] {
        assert!(first_error(&more).starts_with("/x: This field is not known."), "{}", &more[..20]);
    }
    for more in ["\n".repeat(SIZE), "# a\n".repeat(SIZE / 4)] {
        assert_eq!(first_error(&more), "");
    }
    assert!(first_error(&"--- aaaaaa\n".repeat(SIZE / 11)).contains("one YAML document"));
}
