//! The form of a text that belongs to a number, by the plural rules of ICU4X.

use std::sync::LazyLock;

use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};
use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;

use crate::locales;
use crate::numbers;

static RULES: LazyLock<[Option<PluralRules>; 4]> =
    LazyLock::new(|| locales::load(|locale| PluralRules::try_new(locale.into(), PluralRulesOptions::default())));

/// A text that depends on a number, by the categories of Unicode's plural rules.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plural {
    /// For one, and in French for zero.
    pub one: &'static str,
    /// For all other numbers.
    pub other: &'static str,
}

/// The form for a number. Whole millions, which have a form of their own in the Romance languages, get the common one.
pub fn choose(text: &Plural, number: i64, language: MessageLanguage) -> &'static str {
    if is_one(number, language) { text.one } else { text.other }
}

/// The form for a number, with the number in the place of `{count}`.
pub fn fill(text: &Plural, number: i64, language: MessageLanguage) -> String {
    choose(text, number, language).replace("{count}", &numbers::format(number, language))
}

/// Whether the form for one belongs to a number: in French it also belongs to zero.
pub fn is_one(number: i64, language: MessageLanguage) -> bool {
    let rules = RULES[language as usize].as_ref();
    rules.is_some_and(|rules| rules.category_for(number) == PluralCategory::One)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_depends_on_the_number_and_the_language() {
        let seats = Plural { one: "{count} seat", other: "{count} seats" };
        let chosen = |number| MessageLanguage::ALL.map(|language| choose(&seats, number, language) == seats.one);
        assert_eq!(chosen(0), [false, false, true, false]);
        assert_eq!(chosen(1), [true; 4]);
        assert_eq!(chosen(2), [false; 4]);
        assert_eq!(chosen(1_000_000), [false; 4]);
        assert_eq!(fill(&seats, 1_200, MessageLanguage::En), "1,200 seats");
    }
}
