//! The fields that a form has, in their order.

use minijinja::value::{Serde, Value};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::words::form::Form as FormWords;
use plenaria_locale::{countries, words};

use crate::form::field::{Field, FieldKind};
use crate::form::problem::FormErrors;
use crate::form::rules::{FormLanguages, FormRules, PrivacyNotice, Question, QuestionKind};
use crate::form_body::FormBody;

/// More choices than these are a select instead of radio buttons.
const MAX_RADIOS: usize = 6;

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormPurpose {
    /// To register: it asks for an address and for consent.
    Register,
    /// To change a registration.
    Edit,
}

/// The fields for an event with these rules, filled with `form`, each with its error.
pub(crate) fn fields(
    rules: &FormRules,
    languages: FormLanguages<'_>,
    purpose: FormPurpose,
    form: &FormBody,
    errors: &FormErrors,
) -> Vec<Field> {
    let words = &words::of(languages.page).form;
    let registers = purpose == FormPurpose::Register;
    let mut fields =
        vec![Field::text(form, "name", words.name).hint(words.name_hint).autocomplete("name").required(true)];
    if registers {
        let email = Field::text(form, "email", words.email).kind(FieldKind::Email).hint(words.email_hint);
        fields.push(email.autocomplete("email").required(true));
    }
    fields.extend([
        Field::text(form, "organisation", words.organisation).autocomplete("organization"),
        Field::text(form, "position", words.position).autocomplete("organization-title"),
        Field::text(form, "city", words.city).autocomplete("address-level2"),
        country(form, languages.page, words),
    ]);
    if !rules.audiences.is_empty() {
        fields.push(audience(form, rules, languages, words));
    }
    fields.extend(rules.registration.questions.iter().map(|question| answer(form, question, languages, words)));
    let needs = Field::text(form, "access_needs", words.access_needs).kind(FieldKind::Paragraphs);
    fields.push(needs.hint(words.access_needs_hint));
    fields.push(language(form, languages.page, words));
    fields.push(Field::checkbox(form, "newsletter", words.newsletter));
    if registers {
        fields.push(privacy(form, &rules.privacy_notice, words));
    }
    for field in &mut fields {
        field.error = errors.at(&field.name).map(str::to_owned);
    }
    fields
}

/// The fields for templates.
pub(crate) fn to_value(fields: &[Field]) -> Value {
    Value::from(Serde(fields))
}

fn country(form: &FormBody, page: MessageLanguage, words: &FormWords) -> Field {
    let names = countries::all(page).iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned()));
    let field = Field::text(form, "country", words.country).autocomplete("country");
    field.choices(form, FieldKind::Select, names).own_choices().or_nothing(words.no_choice)
}

fn audience(form: &FormBody, rules: &FormRules, languages: FormLanguages<'_>, words: &FormWords) -> Field {
    let required = rules.registration.audience_required;
    let choices = rules.audiences.iter().map(|audience| (audience.key.clone(), audience.label.clone()));
    let kind = choice_kind(rules.audiences.len());
    let field = Field::text(form, "audience", words.audience).choices(form, kind, choices).required(required);
    let choices_lang = languages.other();
    choice_of_one(field.lang(choices_lang), words)
}

fn answer(form: &FormBody, question: &Question, languages: FormLanguages<'_>, words: &FormWords) -> Field {
    let field = Field::text(form, question.field_name(), question.label.as_str());
    let field = field.required(question.required).lang(languages.other());
    let choices = question.choices.iter().map(|choice| (choice.key.clone(), choice.label.clone()));
    match question.kind {
        QuestionKind::Text => field.kind(FieldKind::Paragraphs),
        QuestionKind::Choice => choice_of_one(field.choices(form, choice_kind(question.choices.len()), choices), words),
        QuestionKind::Choices => field.choices(form, FieldKind::Checkboxes, choices).hint(words.several_hint),
        QuestionKind::YesNo => {
            let choices =
                [("true", words.yes), ("false", words.no)].map(|(key, label)| (key.to_owned(), label.to_owned()));
            choice_of_one(field.choices(form, FieldKind::Radios, choices).own_choices(), words)
        }
    }
}

/// A select always needs a choice that means nothing. Radio buttons need it where no answer is required, because they cannot
/// be undone without a script.
fn choice_of_one(field: Field, words: &FormWords) -> Field {
    match field.kind {
        FieldKind::Select => field.or_nothing(words.no_choice),
        _ if !field.required => field.or_nothing(words.no_answer),
        _ => field,
    }
}

const fn choice_kind(choices: usize) -> FieldKind {
    if choices > MAX_RADIOS { FieldKind::Select } else { FieldKind::Radios }
}

fn language(form: &FormBody, page: MessageLanguage, words: &FormWords) -> Field {
    let names = MessageLanguage::ALL.map(|language| {
        let name = words::of(language).common.language_name;
        (language.as_str().to_owned(), name.to_owned())
    });
    let mut field = Field::text(form, "language", words.language).choices(form, FieldKind::Select, names).own_choices();
    if field.choices.iter().all(|choice| !choice.selected) {
        for choice in &mut field.choices {
            choice.selected = choice.value == page.as_str();
        }
    }
    field.hint(words.language_hint)
}

fn privacy(form: &FormBody, notice: &PrivacyNotice, words: &FormWords) -> Field {
    let is_web_address = |url: &&String| url.starts_with("https://") || url.starts_with("http://");
    let field = |label| Field::checkbox(form, "privacy_accepted", label).required(true);
    // Nobody can have read a notice that has no address.
    let Some(url) = notice.url.as_ref().filter(is_web_address) else { return field(words.privacy_without_notice) };
    let version = words.privacy_version.replace("{version}", &notice.version);
    Field { link: Some(url.clone()), ..field(words.privacy).hint(version) }
}
