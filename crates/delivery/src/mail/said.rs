//! What a request for a registration says, as the mail that asks to confirm it shows it: nobody confirms what they have not
//! seen. Long texts are cut, and links are left out, so that nobody's words are carried to a stranger's mailbox by way of us.

use plenaria_domain::event::Event;
use plenaria_domain::language::Language;
use plenaria_domain::registration::{PUBLIC_SOURCE, Registration};
use plenaria_domain::text::links::has_web_address;
use serde_json::Value;

/// The most characters of a text that are shown.
const LONGEST: usize = 80;

/// What stands before a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// The block of this name in the templates.
    Block(&'static str),
    /// The words of a question.
    Words(String),
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    YesNo(bool),
}

/// Everything that was said, in the order of the form; what was left out is left out.
pub(super) fn all(event: &Event, registration: &Registration, shown: &Language) -> Vec<(Label, Said)> {
    let (definition, attendee) = (&event.definition, &registration.attendee);
    let own = &definition.language;
    let audience = definition.audiences.iter().find(|audience| Some(&audience.key) == attendee.audience.as_ref());
    let text =
        |name, value: &Option<String>| value.as_deref().map(|value| (Label::Block(name), Said::Text(excerpt(value))));
    let mut all = vec![(Label::Block("label_name"), Said::Text(attendee.name.clone()))];
    all.extend(text("label_organisation", &attendee.organisation));
    all.extend(text("label_position", &attendee.position));
    all.extend(text("label_city", &attendee.city));
    all.extend(text("label_country", &attendee.country.map(|country| country.as_str().to_owned())));
    all.extend(text("label_audience", &audience.map(|audience| audience.label.get(shown, own).to_owned())));
    all.extend(text("label_access_needs", &attendee.access_needs));
    for question in &definition.registration.questions {
        let Some(answer) = attendee.answers.get(question.key.as_str()) else { continue };
        let label = |key: &str| {
            let choice = question.choices.iter().find(|choice| choice.key.as_str() == key);
            choice.map_or_else(|| excerpt(key), |choice| choice.label.get(shown, own).to_owned())
        };
        let said = match answer {
            Value::Bool(yes) => Said::YesNo(*yes),
            Value::String(text) => Said::Text(label(text)),
            Value::Array(keys) => {
                Said::Text(keys.iter().filter_map(Value::as_str).map(label).collect::<Vec<_>>().join(", "))
            }
            _ => continue,
        };
        all.push((Label::Words(question.label.get(shown, own).to_owned()), said));
    }
    all.push((Label::Block("label_newsletter"), Said::YesNo(attendee.newsletter)));
    if registration.source != PUBLIC_SOURCE {
        all.push((Label::Block("label_source"), Said::Text(registration.source.clone())));
    }
    all
}

/// The beginning of a text, on one line; words that a mail program could make a link of are left out.
fn excerpt(text: &str) -> String {
    let shown = |word: &str| if has_web_address(word) { "…".to_owned() } else { word.to_owned() };
    let line = text.split_whitespace().map(shown).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_links_are_left_out() {
        assert_eq!(excerpt("a\nb  c"), "a b c");
        assert_eq!(excerpt("Win at https://example.net/x or www.example.net now"), "Win at … or … now");
        let long = excerpt(&"é ".repeat(100));
        assert!(long.chars().count() <= LONGEST + 1 && long.ends_with('…'), "{long}");
    }
}
