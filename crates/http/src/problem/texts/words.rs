//! The texts that every language must have.

use plenaria_domain::event::definition::advice::Advice;
use plenaria_domain::validation::InvalidValue;

use crate::problem::code::Code;
use crate::problem::detail::Detail;

/// The texts for a kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    /// A short description of the kind of problem.
    pub(crate) title: &'static str,
    /// The meaning of the problem and the remedy, for the page that explains it. It is also the detail of problems
    /// without one, unless `for_people` has a sentence.
    pub(crate) meaning: &'static str,
}

/// The texts in one language.
pub(crate) trait Words {
    /// The title and the meaning of a kind of problem. They are inserted into HTML without escaping.
    fn wording(&self, code: Code) -> Wording;

    /// The sentence for a particular case.
    fn detail(&self, detail: &Detail) -> String;

    /// Why a value is invalid: a sentence that may stand alone or, through [`after_colon`], after a colon.
    fn invalid_value(&self, error: &InvalidValue) -> String;

    /// Advice on the times of a programme.
    fn advice(&self, advice: &Advice) -> String;

    /// Whether the same request may succeed later. It is inserted into HTML without escaping.
    fn retry(&self, retryable: bool) -> &'static str;
}

/// A sentence for use after a colon: its first letter becomes lower case, unless it begins with an acronym.
pub(crate) fn after_colon(sentence: &str) -> String {
    let begins_with_acronym = sentence.chars().take(2).all(char::is_uppercase);
    if begins_with_acronym {
        return sentence.to_owned();
    }
    let mut rest = sentence.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}
