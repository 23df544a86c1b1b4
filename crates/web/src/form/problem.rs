//! The problems with which the API responds to a form: the errors of its fields, and what is to be said above it.

use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::in_process::ApiResponse;
use plenaria_locale::words;
use plenaria_locale::words::form::Form as FormWords;
use serde::{Deserialize, Serialize};

use crate::form::field::{Field, FieldKind};
use crate::form_body::FormBody;

/// A problem document of the API, as far as pages show it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Problem {
    pub(crate) code: String,
    /// What is wrong, for people.
    pub(crate) detail: String,
    /// Whether the same request may succeed later.
    pub(crate) retryable: bool,
    #[serde(default)]
    pub(crate) errors: Vec<FieldProblem>,
    /// When registration opens.
    pub(crate) opens_at: Option<plenaria_domain::values::time::Instant>,
    /// When registration closed.
    pub(crate) closed_at: Option<plenaria_domain::values::time::Instant>,
}

/// The error of a field.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FieldProblem {
    pub(crate) pointer: String,
    pub(crate) code: String,
    pub(crate) detail: String,
}

/// What is wrong with a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormErrors {
    by_field: Vec<FieldError>,
    /// What concerns no field.
    general: Vec<String>,
}

/// The error of a field.
#[derive(Clone, Debug)]
struct FieldError {
    /// The field's name.
    name: String,
    text: String,
    /// Whether the text itself says which field it is about.
    names_field: bool,
}

/// A line of the summary above a form.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SummaryLine {
    /// The id of the element that the line is about.
    id: Option<String>,
    /// The field's label, if the text does not say which field it is about.
    label: Option<String>,
    text: String,
}

impl Problem {
    /// The problem in a response of the API.
    pub(crate) fn of(response: &ApiResponse) -> Result<Self, actix_web::Error> {
        response.json()
    }
}

impl FormErrors {
    /// Only this sentence.
    pub(crate) fn general(sentence: impl Into<String>) -> Self {
        Self { by_field: Vec::new(), general: vec![sentence.into()] }
    }

    /// The errors of a problem. `fields` are those of the form, which the API's pointers name.
    pub(crate) fn of(problem: &Problem, fields: &[Field], form: &FormBody, language: MessageLanguage) -> Self {
        let words = &words::of(language).form;
        let mut errors = Self::default();
        for error in &problem.errors {
            let name = field_name(&error.pointer);
            match fields.iter().find(|field| field.name == name) {
                Some(field) if errors.at(&name).is_none() => {
                    errors.by_field.push(field_error(error, field, form, words));
                }
                Some(_) => {}
                None => errors.general.push(error.detail.clone()),
            }
        }
        if problem.errors.is_empty() {
            errors.general.push(problem.detail.clone());
        }
        errors
    }

    /// The error of a field.
    pub(crate) fn at(&self, name: &str) -> Option<&str> {
        self.find(name).map(|error| error.text.as_str())
    }

    fn find(&self, name: &str) -> Option<&FieldError> {
        self.by_field.iter().find(|error| error.name == name)
    }

    /// The summary, in the order of the form.
    pub(crate) fn summary(&self, fields: &[Field]) -> Vec<SummaryLine> {
        let general = self.general.iter().map(|text| SummaryLine { id: None, label: None, text: text.clone() });
        let of_fields = fields.iter().filter_map(|field| {
            let error = self.find(&field.name)?;
            let label = (!error.names_field).then(|| field.label.clone());
            Some(SummaryLine { id: Some(format!("field-{}", field.name)), label, text: error.text.clone() })
        });
        general.chain(of_fields).collect()
    }
}

/// The name of the field that a JSON Pointer leads to, or into. Names and keys have no characters that pointers escape.
fn field_name(pointer: &str) -> String {
    let mut parts = pointer.trim_start_matches('/').split('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("answers", Some(key)) => format!("answers.{key}"),
        (name, _) => name.to_owned(),
    }
}

/// What to say at a field: what to do if it is empty, else the API's sentence.
fn field_error(error: &FieldProblem, field: &Field, form: &FormBody, words: &FormWords) -> FieldError {
    let is_blank = form.values(&field.name).all(|value| value.trim().is_empty());
    let own = match (field.name.as_str(), error.code.as_str()) {
        ("name", _) if is_blank => Some(words.enter_name),
        ("email", _) if is_blank => Some(words.enter_email),
        ("email", "email") => Some(words.correct_email),
        ("privacy_accepted", _) => Some(words.accept_privacy),
        _ => None,
    };
    let common = match field.kind {
        _ if error.code == "length" => None,
        FieldKind::Checkboxes => Some(words.choose_some),
        FieldKind::Select | FieldKind::Radios => Some(words.choose),
        _ if is_blank => Some(words.answer),
        _ => None,
    };
    let text = own.or(common).map_or_else(|| error.detail.clone(), str::to_owned);
    FieldError { name: field.name.clone(), text, names_field: own.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stand_at_their_fields() {
        let form = FormBody::parse(b"email=ana&name=+&city=http://x.org/&answers.c=zzz");
        let mut fields: Vec<Field> =
            ["name", "email", "city", "answers.c"].map(|name| Field::text(&form, name, name.to_uppercase())).into();
        fields[3].kind = FieldKind::Radios;
        let error = |pointer: &str, code: &str| FieldProblem {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: format!("{code}."),
        };
        let errors = vec![
            error("/answers/c/0", "choice"),
            error("/email", "email"),
            error("/name", "required"),
            error("/city", "format"),
            error("/city", "length"),
            error("/answers/gone", "unknown_field"),
        ];
        let problem = Problem {
            code: "validation-failed".to_owned(),
            detail: "6 fields".to_owned(),
            retryable: false,
            errors,
            opens_at: None,
            closed_at: None,
        };
        let errors = FormErrors::of(&problem, &fields, &form, MessageLanguage::En);
        assert_eq!(errors.at("name"), Some("Enter your name."));
        assert_eq!(errors.at("city"), Some("format."));
        let lines = errors.summary(&fields);
        let ids: Vec<_> = lines.iter().map(|line| line.id.as_deref()).collect();
        let expected = [None, Some("field-name"), Some("field-email"), Some("field-city"), Some("field-answers.c")];
        assert_eq!(ids, expected);
        assert_eq!((lines[1].label.as_deref(), lines[3].label.as_deref()), (None, Some("CITY")));
        assert_eq!(lines[4].text, "Choose one of the options.");
    }
}
