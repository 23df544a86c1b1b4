//! The words of pages and mails: one catalogue, a file for each subject.
//!
//! A subject is a struct with a constant for each language, so that the compiler finds a text that is missing. A text may
//! have placeholders, `{name}`, which templates fill; a test compares those of the languages.

pub mod charts;
pub mod common;
pub mod confirm;
pub mod embed;
pub mod event;
pub mod form;
pub mod list;
pub mod mail;
pub mod manage;
pub mod registration;
pub mod state;

use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;

/// All words of one language.
#[derive(Debug, Serialize)]
pub struct Words {
    /// Charts of an event's registrations.
    pub charts: charts::Charts,
    /// What several pages say.
    pub common: common::Common,
    /// The page that confirms an address.
    pub confirm: confirm::Confirm,
    /// The embedded event.
    pub embed: embed::Embed,
    /// The page of an event.
    pub event: event::Event,
    /// The form to register.
    pub form: form::Form,
    /// The list of events.
    pub list: list::List,
    /// Mails.
    pub mail: mail::model::Mail,
    /// How people reach, change, cancel and erase their registration.
    pub manage: manage::Manage,
    /// The page of a person's registration.
    pub registration: registration::RegistrationPage,
    /// Whether people can register, and what came of it.
    pub state: state::State,
}

static ENGLISH: Words = Words {
    charts: charts::ENGLISH,
    common: common::ENGLISH,
    confirm: confirm::ENGLISH,
    embed: embed::ENGLISH,
    event: event::ENGLISH,
    form: form::ENGLISH,
    list: list::ENGLISH,
    mail: mail::ENGLISH,
    manage: manage::ENGLISH,
    registration: registration::ENGLISH,
    state: state::ENGLISH,
};
static SPANISH: Words = Words {
    charts: charts::SPANISH,
    common: common::SPANISH,
    confirm: confirm::SPANISH,
    embed: embed::SPANISH,
    event: event::SPANISH,
    form: form::SPANISH,
    list: list::SPANISH,
    mail: mail::SPANISH,
    manage: manage::SPANISH,
    registration: registration::SPANISH,
    state: state::SPANISH,
};
static FRENCH: Words = Words {
    charts: charts::FRENCH,
    common: common::FRENCH,
    confirm: confirm::FRENCH,
    embed: embed::FRENCH,
    event: event::FRENCH,
    form: form::FRENCH,
    list: list::FRENCH,
    mail: mail::FRENCH,
    manage: manage::FRENCH,
    registration: registration::FRENCH,
    state: state::FRENCH,
};
static CATALAN: Words = Words {
    charts: charts::CATALAN,
    common: common::CATALAN,
    confirm: confirm::CATALAN,
    embed: embed::CATALAN,
    event: event::CATALAN,
    form: form::CATALAN,
    list: list::CATALAN,
    mail: mail::CATALAN,
    manage: manage::CATALAN,
    registration: registration::CATALAN,
    state: state::CATALAN,
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

#[cfg(test)]
mod tests;
