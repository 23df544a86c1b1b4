//! The names of countries, in the order of each language's alphabet.
//!
//! The names are those of Unicode's Common Locale Data Repository, release 48, as ICU4X's `icu_experimental` has them, and
//! were sorted with its `icu_collator`. Neither library is linked: together they would add 2.5 MB of data for all the
//! world's languages to the program, and the first is not stable.

use std::sync::LazyLock;

use plenaria_domain::values::language::MessageLanguage;

/// A line for each country, in the order of [`MessageLanguage::ALL`]: the ISO 3166-1 alpha-2 code, a tab, and the name.
const LINES: [&str; 4] =
    [include_str!("en.tsv"), include_str!("es.tsv"), include_str!("fr.tsv"), include_str!("ca.tsv")];

static NAMES: LazyLock<[Vec<(&str, &str)>; 4]> =
    LazyLock::new(|| LINES.map(|lines| lines.lines().filter_map(|line| line.split_once('\t')).collect()));

/// All countries, by code and name, in the order of the language's alphabet.
pub fn all(language: MessageLanguage) -> &'static [(&'static str, &'static str)] {
    &NAMES[language as usize]
}

/// The name of a country; its code if there is no name.
pub fn name(code: &str, language: MessageLanguage) -> &str {
    all(language).iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use icu_collator::CollatorBorrowed;
    use icu_collator::options::CollatorOptions;
    use plenaria_domain::values::country::Country;

    use super::*;
    use crate::locales;

    #[test]
    fn every_country_has_a_name_in_every_language() {
        assert_eq!(
            MessageLanguage::ALL.map(|language| name("CH", language)),
            ["Switzerland", "Suiza", "Suisse", "Suïssa"]
        );
        for language in MessageLanguage::ALL {
            let mut codes: Vec<&str> = all(language).iter().map(|(code, _)| *code).collect();
            codes.sort_unstable();
            let mut known: Vec<&str> = Country::codes().collect();
            known.sort_unstable();
            assert_eq!(codes, known, "{}", language.as_str());
            assert!(all(language).iter().all(|(_, name)| name.chars().count() > 2));
        }
        assert_eq!(name("XX", MessageLanguage::En), "XX");
    }

    #[test]
    fn names_are_in_the_order_of_the_alphabet() {
        for language in MessageLanguage::ALL {
            let collator = CollatorBorrowed::try_new(locales::of(language).into(), CollatorOptions::default()).unwrap();
            assert!(all(language).is_sorted_by(|(_, first), (_, second)| collator.compare(first, second).is_lt()));
        }
    }
}
