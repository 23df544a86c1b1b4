//! What problems say, in every language. A language is one file; the compiler sees to it that each says everything, and
//! that no parameter of a sentence is forgotten. See `docs/decisions/0007-texts.md`.

#![allow(clippy::too_many_lines, reason = "a list of texts has one arm for each")]

mod catalan;
mod english;
mod french;
mod spanish;
#[cfg(test)]
mod tests;

use plenaria_domain::language::MessageLanguage;
use plenaria_domain::refusal::Refusal;

use super::Code;
use super::detail::Detail;

/// A kind of problem in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wording {
    /// What kind of problem it is.
    pub(super) title: &'static str,
    /// What it means and what to do, for the page that `type` leads to; and for the problem, if it has no detail.
    pub(super) meaning: &'static str,
}

/// Everything that a language must say.
pub(super) trait Words {
    /// The title and the meaning of a kind of problem. They are shown in HTML as they are.
    fn wording(&self, code: Code) -> Wording;

    /// What is wrong in a particular case.
    fn detail(&self, detail: &Detail) -> String;

    /// Why a value is refused: a sentence that may stand alone or, with a small letter, behind a colon.
    fn refusal(&self, refusal: &Refusal) -> String;

    /// Whether the same request may succeed later. It is shown in HTML as it is.
    fn retry(&self, retryable: bool) -> &'static str;
}

/// The words of a language.
pub(super) fn words(language: MessageLanguage) -> &'static dyn Words {
    match language {
        MessageLanguage::En => &english::English,
        MessageLanguage::Es => &spanish::Spanish,
        MessageLanguage::Fr => &french::French,
        MessageLanguage::Ca => &catalan::Catalan,
    }
}

/// A sentence that follows a colon: it begins with a small letter.
fn within(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}
