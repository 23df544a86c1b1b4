//! The details of a registration request, as the mail that asks to confirm it shows them.
//!
//! People see what they confirm. Long texts are shortened and web addresses are omitted, so that the mail cannot be used to
//! send advertising to somebody else's mailbox.

use plenaria_domain::registration::PUBLIC_SOURCE;
use plenaria_domain::values::text::links::has_web_address;
use plenaria_locale::countries;
use serde_json::Value;

use crate::mail::content::message::{MailContent, isolated};

/// The longest excerpt of a text, in characters.
const MAX_EXCERPT: usize = 80;

/// The details in the order of the form, without empty ones, each with its label.
pub(crate) fn details(content: MailContent<'_>) -> Vec<(String, String)> {
    let MailContent { event, registration, .. } = content;
    let (definition, attendee) = (&event.definition, &registration.attendee);
    let (labels, language, own) = (&content.words().labels, content.text_language(), &definition.language);
    let yes_no = |yes: bool| if yes { labels.yes } else { labels.no };
    let audience = definition.audiences.iter().find(|audience| Some(&audience.key) == attendee.audience.as_ref());
    let text = |label: &str, value: Option<&str>| value.map(|value| (label.to_owned(), isolated(&excerpt(value))));
    let mut details = vec![(labels.name.to_owned(), isolated(&attendee.name))];
    details.extend(text(labels.organisation, attendee.organisation.as_deref()));
    details.extend(text(labels.position, attendee.position.as_deref()));
    details.extend(text(labels.city, attendee.city.as_deref()));
    details.extend(text(
        labels.country,
        attendee.country.as_ref().map(|country| countries::name(country.as_str(), content.language())),
    ));
    details.extend(text(labels.audience, audience.map(|audience| audience.label.get(&language, own))));
    details.extend(text(labels.access_needs, attendee.access_needs.as_deref()));
    for question in &definition.registration.questions {
        let Some(answer) = attendee.answers.get(question.key.as_str()) else { continue };
        let label = |key: &str| {
            let choice = question.choices.iter().find(|choice| choice.key.as_str() == key);
            choice.map_or_else(|| excerpt(key), |choice| choice.label.get(&language, own).to_owned())
        };
        let value = match answer {
            Value::Bool(yes) => yes_no(*yes).to_owned(),
            Value::String(text) => isolated(&label(text)),
            Value::Array(keys) => {
                isolated(&keys.iter().filter_map(Value::as_str).map(label).collect::<Vec<_>>().join(", "))
            }
            _ => continue,
        };
        details.push((question.label.get(&language, own).to_owned(), value));
    }
    details.push((labels.newsletter.to_owned(), yes_no(attendee.newsletter).to_owned()));
    if registration.source != PUBLIC_SOURCE {
        details.push((labels.source.to_owned(), registration.source.clone()));
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
