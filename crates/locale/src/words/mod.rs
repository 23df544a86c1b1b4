//! The words of pages and mails: one catalogue, a file for each subject.
//!
//! A subject is a struct with a constant for each language, so that the compiler finds a text that is missing. A text may
//! have placeholders, `{name}`, which templates fill; a test compares those of the languages.

pub mod common;
pub mod event;
pub mod form;
pub mod list;
pub mod mail;
pub mod state;

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
    /// Mails.
    pub mail: mail::Mail,
    /// The page of an event.
    pub event: event::Event,
    /// Whether people can register, and what came of it.
    pub state: state::State,
}

static ENGLISH: Words = Words {
    common: common::ENGLISH,
    event: event::ENGLISH,
    form: form::ENGLISH,
    list: list::ENGLISH,
    mail: mail::ENGLISH,
    state: state::ENGLISH,
};
static SPANISH: Words = Words {
    common: common::SPANISH,
    event: event::SPANISH,
    form: form::SPANISH,
    list: list::SPANISH,
    mail: mail::SPANISH,
    state: state::SPANISH,
};
static FRENCH: Words = Words {
    common: common::FRENCH,
    event: event::FRENCH,
    form: form::FRENCH,
    list: list::FRENCH,
    mail: mail::FRENCH,
    state: state::FRENCH,
};
static CATALAN: Words = Words {
    common: common::CATALAN,
    event: event::CATALAN,
    form: form::CATALAN,
    list: list::CATALAN,
    mail: mail::CATALAN,
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
