//! The texts of problems in every language. Each language is one file; the compiler checks that each has every text and
//! uses every parameter. See `docs/decisions/0007-problem-texts.md`.

#![allow(clippy::too_many_lines, reason = "a list of texts has one arm for each")]

mod catalan;
mod english;
mod for_people;
mod french;
mod spanish;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use plenaria_domain::values::language::MessageLanguage;

use crate::problem::code::Code;
use words::Words;

/// The texts in a language.
pub(crate) fn in_language(language: MessageLanguage) -> &'static dyn Words {
    match language {
        MessageLanguage::En => &english::English,
        MessageLanguage::Es => &spanish::Spanish,
        MessageLanguage::Fr => &french::French,
        MessageLanguage::Ca => &catalan::Catalan,
    }
}

/// The detail of a problem that has none of its own: the sentence for people, or else the meaning.
pub(in crate::problem) fn without_detail(language: MessageLanguage, code: Code) -> &'static str {
    for_people::sentence(language, code).unwrap_or_else(|| in_language(language).wording(code).meaning)
}
