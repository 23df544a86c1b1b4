//! What a person said when registering, with the labels of the form. Where those are questions or sentences in the first
//! person, the labels are those of mails.

use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::words::Words;
use plenaria_locale::{countries, words};
use serde::Serialize;
use serde_json::Value as Json;

/// One thing that a person said.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DetailRow {
    /// The label of its field.
    label: String,
    /// Whether the label is one of the event's texts, and so may have another language than the page.
    is_event_label: bool,
    /// What was said.
    value: String,
    /// Whether that is one of the event's texts.
    is_event_value: bool,
}

/// What the registration says, in the order of the form. What was left out is left out here.
pub(crate) fn rows(registration: &Json, event: &Json, language: MessageLanguage) -> Vec<DetailRow> {
    let words = words::of(language);
    let labels = &words.form;
    let text = |name: &str| registration[name].as_str().unwrap_or_default().to_owned();
    let own = |label: &str, value: String| row(label, value, false);
    let mut rows = vec![
        own(labels.name, text("name")),
        own(labels.email, text("email")),
        own(labels.organisation, text("organisation")),
        own(labels.position, text("position")),
        own(labels.city, text("city")),
        own(labels.country, country(&text("country"), language)),
        row(labels.audience, label_of(&event["audiences"], &registration["audience"]), true),
    ];
    rows.extend(answers(registration, event, words));
    rows.extend([
        own(words.mail.labels.access_needs, text("access_needs")),
        own(labels.language, language_name(&text("language"))),
        own(words.mail.labels.newsletter, yes_or_no(&registration["newsletter"], words)),
    ]);
    rows.retain(|row| !row.value.is_empty());
    rows
}

fn answers<'a>(registration: &'a Json, event: &'a Json, words: &'a Words) -> impl Iterator<Item = DetailRow> + 'a {
    let questions = event["registration"]["questions"].as_array().into_iter().flatten();
    let asked = questions.clone();
    let is_asked = move |key: &str| asked.clone().any(|question| question["key"] == key);
    // What the event does not ask, or does not ask any more, has no label.
    let others = registration["answers"].as_object().into_iter().flatten().filter(move |(key, _)| !is_asked(key));
    let others = others.map(|(key, answer)| row(key, unlabelled(answer, words), false));
    questions
        .map(|question| {
            let label = question["label"].as_str().unwrap_or_default();
            let answer = question["key"].as_str().map_or(&Json::Null, |key| &registration["answers"][key]);
            let (value, is_event_value) = match answer {
                Json::Bool(_) => (yes_or_no(answer, words), false),
                Json::Array(chosen) => {
                    let labels: Vec<_> = chosen.iter().map(|key| label_of(&question["choices"], key)).collect();
                    (labels.join(" · "), true)
                }
                _ if question["kind"] == "choice" => (label_of(&question["choices"], answer), true),
                _ => (answer.as_str().unwrap_or_default().to_owned(), false),
            };
            DetailRow { is_event_label: true, ..row(label, value, is_event_value) }
        })
        .chain(others)
}

/// An answer whose question is not known.
fn unlabelled(answer: &Json, words: &Words) -> String {
    match answer {
        Json::Array(chosen) => chosen.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" · "),
        _ => answer.as_str().map_or_else(|| yes_or_no(answer, words), str::to_owned),
    }
}

fn row(label: &str, value: String, is_event_value: bool) -> DetailRow {
    DetailRow { label: label.to_owned(), is_event_label: false, value, is_event_value }
}

/// The label of the choice or audience with this key; the key itself if the event no longer has it.
fn label_of(choices: &Json, key: &Json) -> String {
    let chosen = choices.as_array().into_iter().flatten().find(|choice| choice["key"] == *key);
    chosen.map_or(key, |choice| &choice["label"]).as_str().unwrap_or_default().to_owned()
}

fn country(code: &str, language: MessageLanguage) -> String {
    if code.is_empty() { String::new() } else { countries::name(code, language).to_string() }
}

fn language_name(tag: &str) -> String {
    MessageLanguage::parse(tag).map_or_else(|_| tag.to_owned(), |l| words::of(l).common.language_name.to_owned())
}

fn yes_or_no(value: &Json, words: &Words) -> String {
    value.as_bool().map(|yes| if yes { words.form.yes } else { words.form.no }.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_have_the_labels_of_their_questions() {
        let choices = json!([{"key": "a", "label": "Apples"}, {"key": "b", "label": "Bread"}]);
        let question =
            |key: &str, kind: &str| json!({"key": key, "label": format!("{key}?"), "kind": kind, "choices": choices});
        let event = json!({"audiences": [{"key": "staff", "label": "Staff"}], "registration": {"questions": [
            question("text", "text"), question("one", "choice"), question("some", "choices"),
            question("first", "yes_no"), question("unanswered", "text"), question("former", "choice"),
        ]}});
        let registration = json!({
            "name": "Ana", "email": "ana@example.org", "organisation": null, "audience": "staff", "language": "ca", "newsletter": false,
            "answers": {"text": "a\nb", "one": "b", "some": ["a", "b"], "first": true, "former": "gone", "unknown": ["x", "y"]},
        });
        let rows = rows(&registration, &event, MessageLanguage::En);
        let said: Vec<_> =
            rows.iter().map(|row| (row.value.as_str(), row.is_event_label, row.is_event_value)).collect();
        assert_eq!(
            said,
            [
                ("Ana", false, false),
                ("ana@example.org", false, false),
                ("Staff", false, true),
                ("a\nb", true, false),
                ("Bread", true, true),
                ("Apples · Bread", true, true),
                ("Yes", true, false),
                ("gone", true, true),
                ("x · y", false, false),
                ("Català", false, false),
                ("No", false, false),
            ]
        );
    }
}
