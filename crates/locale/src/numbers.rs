//! How numbers are written, by ICU4X.

use std::sync::LazyLock;

use icu_decimal::DecimalFormatter;
use icu_decimal::options::DecimalFormatterOptions;
use plenaria_domain::values::language::MessageLanguage;

use crate::locales;

static FORMATS: LazyLock<[Option<DecimalFormatter>; 4]> = LazyLock::new(|| {
    locales::load(|locale| DecimalFormatter::try_new(locale.into(), DecimalFormatterOptions::default()))
});

/// A number with the separators of the language: `12,345`.
pub fn format(number: i64, language: MessageLanguage) -> String {
    let format = FORMATS[language as usize].as_ref();
    format.map_or_else(|| number.to_string(), |format| format.format(&number.into()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_every_language() {
        let written = |number| MessageLanguage::ALL.map(|language| format(number, language));
        assert_eq!(written(7), ["7"; 4]);
        // Spanish separates thousands from five digits on.
        assert_eq!(written(1_234), ["1,234", "1234", "1\u{202f}234", "1.234"]);
        assert_eq!(written(-12_345), ["-12,345", "-12.345", "-12\u{202f}345", "-12.345"]);
    }
}
