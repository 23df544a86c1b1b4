//! The names of countries in the languages of messages, from Unicode's Common Locale Data Repository.

use plenaria_domain::values::language::MessageLanguage;

/// A line for each country: the ISO 3166-1 alpha-2 code, and the names in the order of [`MessageLanguage::ALL`].
const NAMES: &str = include_str!("countries.tsv");

/// The name of a country; its code if there is no name.
pub(super) fn name(code: &str, language: MessageLanguage) -> &str {
    let names = NAMES.lines().find_map(|line| line.strip_prefix(code)?.strip_prefix('\t'));
    let position = MessageLanguage::ALL.iter().position(|other| *other == language).unwrap_or_default();
    names.and_then(|names| names.split('\t').nth(position)).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use plenaria_domain::values::country::Country;

    use super::*;

    #[test]
    fn every_country_has_a_name_in_every_language() {
        assert_eq!(
            MessageLanguage::ALL.map(|language| name("CH", language)),
            ["Switzerland", "Suiza", "Suisse", "Suïssa"]
        );
        for code in Country::codes() {
            for language in MessageLanguage::ALL {
                assert!(name(code, language).chars().count() > 2, "{code}");
            }
        }
        assert_eq!(name("XX", MessageLanguage::En), "XX");
    }
}
