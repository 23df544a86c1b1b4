//! The words of pages and mails: one catalogue, a file for each subject.
//!
//! A subject is a struct with a constant for each language, so that the compiler finds a text that is missing. A text may
//! have placeholders, `{name}`, which templates fill; a test compares those of the languages.

pub mod common;
pub mod list;
pub mod mail;

use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;

/// All words of one language.
#[derive(Debug, Serialize)]
pub struct Words {
    /// What several pages say.
    pub common: common::Common,
    /// The list of events.
    pub list: list::List,
    /// Mails.
    pub mail: mail::Mail,
}

/// A text that depends on a number, by the categories of Unicode's plural rules.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plural {
    /// For one, and in French for zero.
    pub one: &'static str,
    /// For all other numbers.
    pub other: &'static str,
}

static ENGLISH: Words = Words { common: common::ENGLISH, list: list::ENGLISH, mail: mail::ENGLISH };
static SPANISH: Words = Words { common: common::SPANISH, list: list::SPANISH, mail: mail::SPANISH };
static FRENCH: Words = Words { common: common::FRENCH, list: list::FRENCH, mail: mail::FRENCH };
static CATALAN: Words = Words { common: common::CATALAN, list: list::CATALAN, mail: mail::CATALAN };

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
