//! The languages as locales of ICU4X, whose compiled data are those of Unicode's Common Locale Data Repository.

use icu_locale_core::{Locale, locale};
use plenaria_domain::values::language::MessageLanguage;

/// The locale of a language. English is British.
pub(crate) fn of(language: MessageLanguage) -> &'static Locale {
    static ENGLISH: Locale = locale!("en-GB");
    static SPANISH: Locale = locale!("es");
    static FRENCH: Locale = locale!("fr");
    static CATALAN: Locale = locale!("ca");
    match language {
        MessageLanguage::En => &ENGLISH,
        MessageLanguage::Es => &SPANISH,
        MessageLanguage::Fr => &FRENCH,
        MessageLanguage::Ca => &CATALAN,
    }
}

/// What `load` makes for each language, in the order of [`MessageLanguage::ALL`]. Loading fails only if the compiled data
/// lack a language, which the tests of its users exclude.
pub(crate) fn load<T, E>(load: impl Fn(&'static Locale) -> Result<T, E>) -> [Option<T>; 4] {
    MessageLanguage::ALL.map(|language| load(of(language)).ok())
}
