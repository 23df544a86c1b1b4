//! The texts of problems in every language. Each language is one file; the compiler checks that each has every text and
//! uses every parameter. See `docs/decisions/0007-problem-texts.md`.

#![allow(clippy::too_many_lines, reason = "a list of texts has one arm for each")]

mod catalan;
mod english;
mod french;
mod spanish;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use plenaria_domain::values::language::MessageLanguage;

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
