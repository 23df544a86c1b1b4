//! The details of a registration request, as the mail that asks to confirm it shows them.
//!
//! People see what they confirm. Long texts are shortened and web addresses are omitted, so that the mail cannot be used to
//! send advertising to somebody else's mailbox.

use plenaria_domain::event::Event;
use plenaria_domain::registration::{PUBLIC_SOURCE, Registration};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::text::links::has_web_address;
use serde_json::Value;

/// The longest excerpt of a text, in characters.
const MAX_EXCERPT: usize = 80;

/// The label of a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// The block of this name in the templates.
    Block(&'static str),
    /// The text of a question.
    Text(String),
}

/// The value of a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DetailValue {
    Text(String),
    YesNo(bool),
}

/// The details in the order of the form, without empty ones. `language` is the preferred language of labels.
pub(crate) fn details(event: &Event, registration: &Registration, language: &Language) -> Vec<(Label, DetailValue)> {
    let (definition, attendee) = (&event.definition, &registration.attendee);
    let own = &definition.language;
    let audience = definition.audiences.iter().find(|audience| Some(&audience.key) == attendee.audience.as_ref());
    let text = |name, value: &Option<String>| {
        value.as_deref().map(|value| (Label::Block(name), DetailValue::Text(excerpt(value))))
    };
    let mut details = vec![(Label::Block("label_name"), DetailValue::Text(attendee.name.clone()))];
    details.extend(text("label_organisation", &attendee.organisation));
    details.extend(text("label_position", &attendee.position));
    details.extend(text("label_city", &attendee.city));
    details.extend(text("label_country", &attendee.country.map(|country| country.as_str().to_owned())));
    details.extend(text("label_audience", &audience.map(|audience| audience.label.get(language, own).to_owned())));
    details.extend(text("label_access_needs", &attendee.access_needs));
    for question in &definition.registration.questions {
        let Some(answer) = attendee.answers.get(question.key.as_str()) else { continue };
        let label = |key: &str| {
            let choice = question.choices.iter().find(|choice| choice.key.as_str() == key);
            choice.map_or_else(|| excerpt(key), |choice| choice.label.get(language, own).to_owned())
        };
        let value = match answer {
            Value::Bool(yes) => DetailValue::YesNo(*yes),
            Value::String(text) => DetailValue::Text(label(text)),
            Value::Array(keys) => {
                DetailValue::Text(keys.iter().filter_map(Value::as_str).map(label).collect::<Vec<_>>().join(", "))
            }
            _ => continue,
        };
        details.push((Label::Text(question.label.get(language, own).to_owned()), value));
    }
    details.push((Label::Block("label_newsletter"), DetailValue::YesNo(attendee.newsletter)));
    if registration.source != PUBLIC_SOURCE {
        details.push((Label::Block("label_source"), DetailValue::Text(registration.source.clone())));
    }
    details
}

/// The beginning of a text, on one line, without words that a mail program could turn into a link.
fn excerpt(text: &str) -> String {
    let safe = |word: &str| if has_web_address(word) { "…".to_owned() } else { word.to_owned() };
    let line = text.split_whitespace().map(safe).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened_and_links_omitted() {
        assert_eq!(excerpt("a\nb  c"), "a b c");
        assert_eq!(excerpt("Win at https://example.net/x or www.example.net now"), "Win at … or … now");
        let long = excerpt(&"é ".repeat(100));
        assert!(long.chars().count() <= MAX_EXCERPT + 1 && long.ends_with('…'), "{long}");
    }
}
