//! A field of a form, as the macros of `fields.html` render it.

use std::collections::HashSet;

use serde::Serialize;

use crate::form_body::FormBody;

/// The elements that a field consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldKind {
    /// A line of text.
    Text,
    /// A mail address.
    Email,
    /// Text of several lines.
    Paragraphs,
    /// One of many choices.
    Select,
    /// One of few choices.
    Radios,
    /// Any of the choices.
    Checkboxes,
    /// Yes, or nothing.
    Checkbox,
}

/// A field with what has been entered.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Field {
    /// The name in the form.
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) label: String,
    /// The language of the label and the choices, if it is not that of the page.
    pub(crate) lang: Option<String>,
    pub(crate) hint: Option<String>,
    /// Whether the field must be filled in.
    pub(crate) required: bool,
    /// The value of the attribute `autocomplete`.
    pub(crate) autocomplete: Option<&'static str>,
    /// The text entered.
    pub(crate) value: String,
    /// The choices of a select, radio buttons or checkboxes.
    pub(crate) choices: Vec<FieldChoice>,
    /// Whether a checkbox is ticked.
    pub(crate) checked: bool,
    /// The address of the notice that the field is about.
    pub(crate) link: Option<String>,
    /// What is wrong with what has been entered.
    pub(crate) error: Option<String>,
}

/// A choice.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FieldChoice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// Whether the label is one of the page's own words, in its language.
    pub(crate) is_own: bool,
    pub(crate) selected: bool,
}

impl Field {
    /// A line of text.
    pub(crate) fn text(form: &FormBody, name: impl Into<String>, label: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            value: form.value(&name).to_owned(),
            name,
            kind: FieldKind::Text,
            label: label.into(),
            lang: None,
            hint: None,
            required: false,
            autocomplete: None,
            choices: Vec::new(),
            checked: false,
            link: None,
            error: None,
        }
    }

    /// A box to tick.
    pub(crate) fn checkbox(form: &FormBody, name: &'static str, label: &str) -> Self {
        let field = Self::text(form, name, label).kind(FieldKind::Checkbox);
        Self { checked: field.value == "true", ..field }
    }

    /// The same field with choices, of which those are selected that the form has.
    pub(crate) fn choices(
        self,
        form: &FormBody,
        kind: FieldKind,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let most = if kind == FieldKind::Checkboxes { usize::MAX } else { 1 };
        let entered: HashSet<&str> = form.values(&self.name).take(most).collect();
        let choices = choices.into_iter().map(|(value, label)| {
            let selected = entered.contains(value.as_str());
            FieldChoice { value, label, is_own: false, selected }
        });
        Self { choices: choices.collect(), kind, ..self }
    }

    /// The same field with a first choice of no answer.
    pub(crate) fn or_nothing(mut self, label: &str) -> Self {
        let selected = self.value.is_empty();
        self.choices.insert(0, FieldChoice { value: String::new(), label: label.to_owned(), is_own: true, selected });
        self
    }

    /// The same field, whose choices are words of the page.
    pub(crate) fn own_choices(mut self) -> Self {
        for choice in &mut self.choices {
            choice.is_own = true;
        }
        self
    }

    pub(crate) fn kind(self, kind: FieldKind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn autocomplete(self, purpose: &'static str) -> Self {
        Self { autocomplete: Some(purpose), ..self }
    }

    pub(crate) fn required(self, required: bool) -> Self {
        Self { required, ..self }
    }

    /// The same field with the event's own texts.
    pub(crate) fn lang(self, lang: Option<String>) -> Self {
        Self { lang, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_that_were_entered_are_selected() {
        let form = FormBody::parse(b"c=b&c=a&c=zzz");
        let selected = |kind: FieldKind| {
            let choices = ["a", "b", "c"].map(|key| (key.to_owned(), key.to_uppercase()));
            let field = Field::text(&form, "c", "C").choices(&form, kind, choices);
            field.choices.into_iter().filter(|choice| choice.selected).map(|choice| choice.value).collect::<Vec<_>>()
        };
        assert_eq!(selected(FieldKind::Checkboxes), ["a", "b"]);
        assert_eq!((selected(FieldKind::Select), selected(FieldKind::Radios)), (vec!["b".into()], vec!["b".into()]));
    }
}
