//! The words of pages and mails: one catalogue, a file for each subject.
//!
//! A subject is a struct with a constant for each language, so that the compiler finds a text that is missing. A text may
//! have placeholders, `{name}`, which templates fill; a test compares those of the languages.

pub mod common;
pub mod confirm;
pub mod form;
pub mod list;
pub mod manage;
pub mod registration;

use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;

/// All words of one language.
#[derive(Debug, Serialize)]
pub struct Words {
    /// What several pages say.
    pub common: common::Common,
    /// The form to register.
    pub form: form::Form,
    /// The list of events.
    pub list: list::List,
    /// The page of a person's registration.
    pub registration: registration::RegistrationPage,
    /// How people reach, change, cancel and erase their registration.
    pub manage: manage::Manage,
    /// The page that confirms an address.
    pub confirm: confirm::Confirm,
}

/// A text that depends on a number, by the categories of Unicode's plural rules.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plural {
    /// For one, and in French for zero.
    pub one: &'static str,
    /// For all other numbers.
    pub other: &'static str,
}

static ENGLISH: Words = Words {
    common: common::ENGLISH,
    form: form::ENGLISH,
    list: list::ENGLISH,
    registration: registration::ENGLISH,
    manage: manage::ENGLISH,
    confirm: confirm::ENGLISH,
};
static SPANISH: Words = Words {
    common: common::SPANISH,
    form: form::SPANISH,
    list: list::SPANISH,
    registration: registration::SPANISH,
    manage: manage::SPANISH,
    confirm: confirm::SPANISH,
};
static FRENCH: Words = Words {
    common: common::FRENCH,
    form: form::FRENCH,
    list: list::FRENCH,
    registration: registration::FRENCH,
    manage: manage::FRENCH,
    confirm: confirm::FRENCH,
};
static CATALAN: Words = Words {
    common: common::CATALAN,
    form: form::CATALAN,
    list: list::CATALAN,
    registration: registration::CATALAN,
    manage: manage::CATALAN,
    confirm: confirm::CATALAN,
};

/// The words of a language.
#[must_use]
pub fn of(language: MessageLanguage) -> &'static Words {
    match language {
        MessageLanguage::En => &ENGLISH,
        MessageLanguage::Es => &SPANISH,
        MessageLanguage::Fr => &FRENCH,
        MessageLanguage::Ca => &CATALAN,
    }
}
