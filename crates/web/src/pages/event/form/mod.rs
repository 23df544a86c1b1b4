//! The form to register on an event's page, and the one that sends people the link to their registration again.

use minijinja::Value;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use crate::errors::PageError;
use crate::form::fields::{self, FormPurpose};
use crate::form::problem::{FormErrors, Problem};
use crate::form::rules::{FormLanguages, FormRules};
use crate::form_body::FormBody;
use crate::pages::event::page::EventPage;

/// The form as it is shown first.
pub(crate) fn empty(page: &EventPage) -> Result<Value, PageError> {
    let form = FormBody::filled(Vec::new());
    if page.is_open() { filled(page, &form, &FormErrors::default(), "") } else { Ok(closed(page, &form)) }
}

/// The form as it has been sent, with its errors. `key` is its idempotency key, if it is to be sent again with the same one.
pub(crate) fn filled(page: &EventPage, form: &FormBody, errors: &FormErrors, key: &str) -> Result<Value, PageError> {
    let rules = FormRules::of(&page.event)?;
    let fields = fields::fields(&rules, languages(page), FormPurpose::Register, form, errors);
    Ok(context! {
        is_open => true,
        is_waitlist => page.availability["status"] == "waitlist",
        key,
        fields => fields::to_value(&fields),
        summary => Value::from(Serde(errors.summary(&fields))),
        ..closed(page, form)
    })
}

/// The form as it has been sent, with what the API found in it.
pub(crate) fn with_problem(
    page: &EventPage,
    form: &FormBody,
    problem: &Problem,
    key: &str,
) -> Result<Value, PageError> {
    let rules = FormRules::of(&page.event)?;
    let fields = fields::fields(&rules, languages(page), FormPurpose::Register, form, &FormErrors::default());
    filled(page, form, &FormErrors::of(problem, &fields, form, page.language), key)
}

/// No form to register, only that for the link, with the address that has been entered.
pub(crate) fn closed(page: &EventPage, form: &FormBody) -> Value {
    link_form(page, form.value("email"), None, false)
}

/// The form for the link, shown at once, with the address that has been entered.
pub(crate) fn link_again(page: &EventPage, email: &str) -> Value {
    link_form(page, email, None, true)
}

/// The form for the link, with its error.
pub(crate) fn link_with_error(page: &EventPage, email: &str, error: &str) -> Value {
    link_form(page, email, Some(error), true)
}

fn link_form(page: &EventPage, email: &str, error: Option<&str>, is_shown: bool) -> Value {
    let language = page.tag.as_deref().map(|tag| format!("?lang={tag}")).unwrap_or_default();
    let path = format!("/events/{}", page.slug());
    let link = LinkForm { action: format!("{path}/link{language}"), email, error, is_shown };
    context! { is_open => false, action => format!("{path}{language}"), link => Value::from(Serde(link)) }
}

fn languages(page: &EventPage) -> FormLanguages<'_> {
    FormLanguages { page: page.language, texts: &page.text_language }
}

/// The form with which people get their link again.
#[derive(Debug, Serialize)]
struct LinkForm<'a> {
    action: String,
    email: &'a str,
    error: Option<&'a str>,
    is_shown: bool,
}
