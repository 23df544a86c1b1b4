//! The words of pages and mails: one catalogue, a file for each subject.
//!
//! A subject is a struct with a constant for each language, so that the compiler finds a text that is missing. A text may
//! have placeholders, `{name}`, which templates fill; a test compares those of the languages.

pub mod common;
pub mod embed;
pub mod event;
pub mod form;
pub mod list;
pub mod state;

use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;

/// All words of one language.
#[derive(Debug, Serialize)]
pub struct Words {
    /// What several pages say.
    pub common: common::Common,
    /// The embedded event.
    pub embed: embed::Embed,
    /// The page of an event.
    pub event: event::Event,
    /// The form to register.
    pub form: form::Form,
    /// The list of events.
    pub list: list::List,
    /// Whether people can register, and what came of it.
    pub state: state::State,
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
    embed: embed::ENGLISH,
    event: event::ENGLISH,
    form: form::ENGLISH,
    list: list::ENGLISH,
    state: state::ENGLISH,
};
static SPANISH: Words = Words {
    common: common::SPANISH,
    embed: embed::SPANISH,
    event: event::SPANISH,
    form: form::SPANISH,
    list: list::SPANISH,
    state: state::SPANISH,
};
static FRENCH: Words = Words {
    common: common::FRENCH,
    embed: embed::FRENCH,
    event: event::FRENCH,
    form: form::FRENCH,
    list: list::FRENCH,
    state: state::FRENCH,
};
static CATALAN: Words = Words {
    common: common::CATALAN,
    embed: embed::CATALAN,
    event: event::CATALAN,
    form: form::CATALAN,
    list: list::CATALAN,
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
