//! Tests of the whole catalogue.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

/// Every text of a language by its path, like `state.seats.one`.
fn texts(language: MessageLanguage) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    collect(&serde_json::to_value(of(language)).unwrap(), "", &mut texts);
    texts
}

fn collect(value: &Value, path: &str, texts: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, &format!("{path}.{name}"), texts));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| collect(value, &format!("{path}.{index}"), texts));
        }
        Value::String(text) => {
            texts.insert(path.trim_start_matches('.').to_owned(), text.clone());
        }
        other => panic!("{path} is no text: {other}"),
    }
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|rest| rest.split_once('}').expect("a placeholder ends").0).collect()
}

#[test]
fn every_language_has_the_same_placeholders() {
    let english = texts(MessageLanguage::En);
    for language in MessageLanguage::ALL {
        for (path, text) in texts(language) {
            // A text for one may write the number as a word, or leave it out.
            if path.rsplit('.').next() != Some("one") {
                assert_eq!(placeholders(&text), placeholders(&english[&path]), "{path} in {}", language.as_str());
            }
        }
    }
}

#[test]
fn texts_are_written_with_the_characters_of_their_language() {
    for language in MessageLanguage::ALL {
        for (path, text) in texts(language) {
            let place = format!("{path} in {}: {text}", language.as_str());
            assert!(!text.is_empty() && text.trim_matches(' ') == text && !text.contains("  "), "{place}");
            assert!(!text.contains(['\'', '"']), "{place}");
            if language == MessageLanguage::Fr {
                // A line must not begin with a mark of punctuation.
                assert!([" :", " ;", " !", " ?", "« ", " »"].iter().all(|mark| !text.contains(mark)), "{place}");
            }
        }
    }
}
