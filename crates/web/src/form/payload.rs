//! Converts a form into the body of a request to the API, and a registration into a form. Fields that the form should not
//! have are ignored: the API would refuse them, and no person would know why.

use serde_json::{Map, Value};

use crate::form::fields::FormPurpose;
use crate::form::rules::{FormRules, Question, QuestionKind};
use crate::form_body::FormBody;

/// Texts that may be left out.
const OPTIONAL: [&str; 7] = ["organisation", "position", "city", "country", "audience", "access_needs", "language"];

/// The body: to register, what has been entered; to change a registration, every field, with null for what is empty.
pub(crate) fn payload(rules: &FormRules, purpose: FormPurpose, form: &FormBody) -> Value {
    let registers = purpose == FormPurpose::Register;
    let mut body = Map::new();
    body.insert("name".to_owned(), form.value("name").into());
    if registers {
        body.insert("email".to_owned(), form.value("email").into());
        body.insert("privacy_accepted".to_owned(), (form.value("privacy_accepted") == "true").into());
    }
    body.insert("newsletter".to_owned(), (form.value("newsletter") == "true").into());
    for name in OPTIONAL {
        let value = form.value(name);
        // The language cannot be cleared, and an audience is nothing where there are none.
        let is_asked = name != "audience" || !rules.audiences.is_empty();
        if !value.trim().is_empty() && is_asked {
            body.insert(name.to_owned(), value.into());
        } else if !registers && name != "language" {
            body.insert(name.to_owned(), Value::Null);
        }
    }
    let mut answers = Map::new();
    for question in &rules.registration.questions {
        let answer = answer(question, form);
        if !registers || !answer.is_null() {
            answers.insert(question.key.clone(), answer);
        }
    }
    body.insert("answers".to_owned(), answers.into());
    body.into()
}

/// The answer to a question; null if there is none.
fn answer(question: &Question, form: &FormBody) -> Value {
    let name = question.field_name();
    let value = form.value(&name);
    match question.kind {
        QuestionKind::Choices => {
            let keys: Vec<&str> = form.values(&name).filter(|key| !key.is_empty()).collect();
            if keys.is_empty() { Value::Null } else { keys.into() }
        }
        QuestionKind::YesNo => match value {
            "true" => true.into(),
            "false" => false.into(),
            _ => Value::Null,
        },
        QuestionKind::Text | QuestionKind::Choice if value.trim().is_empty() => Value::Null,
        QuestionKind::Text | QuestionKind::Choice => value.into(),
    }
}

/// A form with what a registration says, to be changed.
pub(crate) fn filled(registration: &Value) -> FormBody {
    let mut values = Vec::new();
    let names = ["name", "email", "organisation", "position", "city", "country", "audience", "language", "newsletter"];
    for name in names.into_iter().chain(["access_needs"]) {
        add(&mut values, name, &registration[name]);
    }
    for (key, answer) in registration["answers"].as_object().into_iter().flatten() {
        add(&mut values, &format!("answers.{key}"), answer);
    }
    FormBody::filled(values)
}

fn add(values: &mut Vec<(String, String)>, name: &str, value: &Value) {
    match value {
        Value::String(text) => values.push((name.to_owned(), text.clone())),
        Value::Bool(value) => values.push((name.to_owned(), value.to_string())),
        Value::Array(several) => several.iter().for_each(|value| add(values, name, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules() -> FormRules {
        let choices = json!([{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]);
        let question = |key: &str, kind: &str| json!({"key": key, "label": key, "kind": kind, "required": false, "choices": choices});
        let questions =
            [("t", "text"), ("c", "choice"), ("s", "choices"), ("y", "yes_no")].map(|(key, kind)| question(key, kind));
        let event = json!({
            "audiences": choices, "privacy_notice": {"url": null, "version": "1"},
            "registration": {"audience_required": false, "questions": questions},
        });
        FormRules::of(&event).unwrap()
    }

    #[test]
    fn registering_sends_what_has_been_entered() {
        let form = FormBody::parse(
            b"name=Ana&email=a%40b.org&organisation=+&city=B&audience=a&language=ca&privacy_accepted=true&unknown=1\
              &answers.t=x%0D%0Ay&answers.c=&answers.s=a&answers.s=b&answers.y=false&answers.z=1&idempotency_key=k",
        );
        let expected = json!({
            "name": "Ana", "email": "a@b.org", "privacy_accepted": true, "newsletter": false, "city": "B", "audience": "a",
            "language": "ca", "answers": {"t": "x\r\ny", "s": ["a", "b"], "y": false},
        });
        assert_eq!(payload(&rules(), FormPurpose::Register, &form), expected);
        let nothing = json!({"name": "", "email": "", "privacy_accepted": false, "newsletter": false, "answers": {}});
        assert_eq!(payload(&rules(), FormPurpose::Register, &FormBody::parse(b"")), nothing);
    }

    #[test]
    fn editing_clears_what_is_empty() {
        let registration = json!({
            "name": "Ana", "email": "a@b.org", "organisation": null, "city": "B", "newsletter": true, "language": "ca",
            "answers": {"t": "x", "s": ["a", "b"], "y": true},
        });
        let form = filled(&registration);
        let expected = json!({
            "name": "Ana", "newsletter": true, "organisation": null, "position": null, "city": "B", "country": null,
            "audience": null, "access_needs": null, "language": "ca",
            "answers": {"t": "x", "c": null, "s": ["a", "b"], "y": true},
        });
        assert_eq!(payload(&rules(), FormPurpose::Edit, &form), expected);
    }
}
